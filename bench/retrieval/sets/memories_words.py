"""The words of the generated talks about people: facts, said in some words, asked for in others; small talk.

{name} is the person that a fact is about (in half of the facts "she" or "he", the name being in the message before),
{x} what is special about it, {old} what it was before.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """A thing that may be true of a person. `tail` is what may be added to it, `back` asks for the person instead.

    `changed` says that it is another now; () for what does not change. `asked_all` asks for the old and the new.
    """

    kind: str
    said: tuple[str, ...]
    asked: tuple[str, ...]
    x: tuple[str, ...]
    tail: str
    back: str
    changed: tuple[str, ...] = ()
    asked_all: str = ""


SHE = (
    "Amelie",
    "Brigid",
    "Chiara",
    "Dagny",
    "Esther",
    "Fatima",
    "Greta",
    "Hanako",
    "Ingrid",
    "Jolanta",
    "Kavita",
    "Leonie",
)
HE = (
    "Anselm",
    "Bogdan",
    "Cedric",
    "Dimitri",
    "Emeka",
    "Fabrice",
    "Gunnar",
    "Hiroshi",
    "Ismail",
    "Jonas",
    "Kwame",
    "Lorenzo",
)

FACTS = (
    Fact("home", ("{name} has rented a flat in {x}.", "{name} lives in {x}."),
         ("which town is {name} at home in", "where does {name} live"),
         ("Porto", "Ghent", "Tromsø", "Leipzig", "Trieste", "Cork", "Vilnius", "Graz", "Aarhus", "Turin"),
         "A quiet town, it seems.", "who is at home in {x}",
         ("{name} has moved from {old} to {x}.", "{name} gave up the place in {old} and is in {x} now."),
         "all the places where {name} lived"),
    Fact("work", ("{name} works as a {x}.", "{name} has found a job as a {x}."),
         ("what is {name}'s profession", "how does {name} earn a living"),
         ("glazier", "midwife", "tram driver", "notary", "sound engineer", "beekeeper", "surveyor", "dental nurse"),
         "A profession with a future.", "who earns money as a {x}",
         ("{name} has quit being a {old} and trains as a {x}.",), "{name}'s career so far"),
    Fact("pet", ("{name} has adopted a {x}.", "{name} got a {x} from the shelter."),
         ("which animal does {name} keep", "what sort of pet does {name} own"),
         ("greyhound", "pair of budgies", "tortoise", "tabby cat", "ferret", "blind pony", "corn snake", "dachshund"),
         "The animal sleeps all day.", "who owns the {x}"),
    Fact("allergy", ("{name} cannot eat {x}.", "{name} gets a rash from {x}."),
         ("what is {name} allergic to", "which food should we avoid when {name} comes"),
         ("walnuts", "shellfish", "celery", "strawberries", "sesame", "lupin flour", "mustard", "soy milk"),
         "Allergies are a nuisance at dinner.", "who is allergic to {x}"),
    Fact("instrument", ("{name} plays the {x}.", "{name} practises the {x} every evening."),
         ("which musical instrument is {name} learning", "what music does {name} make"),
         ("bassoon", "accordion", "viola", "theremin", "hurdy-gurdy", "oboe", "marimba", "double bass"),
         "What beautiful music.", "who of us makes music on the {x}",
         ("{name} has sold the {old} and plays the {x} instead.",), "everything that {name} has played"),
    Fact("car", ("{name} drives a {x}.", "{name} bought a {x}."),
         ("what vehicle does {name} have", "which automobile does {name} own"),
         ("rusty Saab", "green Twingo", "camper van", "cargo bike", "Vespa",
          "diesel Golf", "Fiat Panda", "electric Kangoo"),
         "The vehicle needs new tyres, though.", "who owns the {x}",
         ("{name} traded the {old} in for a {x}.",), "all vehicles {name} has had"),
    Fact("trip", ("{name} went to {x} for a week.", "{name} came back from {x} with a sunburn."),
         ("where did {name} spend the holidays", "which journey did {name} make"),
         ("the Azores", "Lake Ohrid", "Patagonia", "the Lofoten", "Oaxaca", "Cappadocia", "the Hebrides", "Zanzibar"),
         "A journey to remember.", "who spent the holidays in {x}"),
    Fact("illness", ("{name} has broken {x}.", "{name} is in hospital with {x}."),
         ("what injury did {name} have", "what happened to {name}'s health"),
         ("a collarbone", "two ribs", "the left ankle", "a wrist", "the tailbone", "a kneecap", "a thumb", "the jaw"),
         "The injury hurts a lot.", "who injured {x}"),
    Fact("book", ("{name} cannot put down {x}.", "{name} lent me {x}."),
         ("what is {name} reading", "which novel did {name} recommend"),
         ("The Magic Mountain", "Middlemarch", "Pedro Páramo", "The Leopard", "Solaris", "Austerlitz",
          "Kokoro", "Pnin"),
         "A great novel, apparently.", "who is reading {x}"),
    Fact("sport", ("{name} goes {x} on Thursdays.", "{name} has taken up {x}."),
         ("how does {name} keep fit", "which exercise does {name} like"),
         ("fencing", "bouldering", "rowing", "roller derby", "curling",
          "open-water swimming", "archery", "trail running"),
         "Exercise does wonders.", "who likes {x}",
         ("{name} dropped {old} for {x}.",), "all sports {name} has tried"),
    Fact("party", ("{name}'s birthday is on {x}.", "{name} turns forty on {x}."),
         ("when should I congratulate {name}", "on which date was {name} born"),
         ("3 May", "the 19th of August", "leap day", "New Year's Eve", "12 October",
          "the 27th of June", "1 April", "9 November"),
         "Somebody should send congratulations.", "who was born on {x}"),
    Fact("gift", ("{name} would love {x}.", "{name} has been wishing for {x}."),
         ("what present could we buy {name}", "idea for a surprise for {name}"),
         ("a sourdough crock", "a star chart", "wool slippers", "a pruning saw", "opera tickets", "a fountain pen",
          "a cheese knife", "a hammock"),
         "Now there is an idea for a present.", "who could be given {x}"),
    Fact("fear", ("{name} is terrified of {x}.", "{name} panics at {x}."),
         ("what is {name} afraid of", "which phobia has {name} got"),
         ("lifts", "moths", "thunder", "needles", "open water", "clowns", "flying", "heights"),
         "It is a real phobia.", "who is afraid of {x}"),
)  # fmt: skip

BRIDGES = (
    ("I had {name} on the phone just now.", "How are things there?"),
    ("Remember {name} from the choir?", "Of course, you told me."),
    ("Met {name} at the market.", "That is nice. What is new?"),
    ("A letter from {name} came.", "Oh, what does it say?"),
)  # fmt: skip
SMALL_TALK = (
    ("The weather is dreadful again.", "It should clear up by the weekend, they say."),
    ("I am tired; the neighbours had a party.", "Maybe an early night would help."),
    ("{name} sends greetings to you.", "Thank you, that is kind; greetings back."),
    ("What shall I cook tonight?", "A risotto is quick, if there is rice and stock."),
    ("{name} was late, as always.", "Some people never change."),
    ("I am thinking of painting the hall yellow.", "A warm white would keep it lighter."),
    ("Did I tell you that {name} called?", "You did not. Is everything fine?"),
    ("My train stood still for an hour.", "That is annoying. Did you get to read?"),
    ("Do you know a good film for this evening?", "Something light, perhaps a comedy from the sixties."),
    ("{name} and I had coffee.", "That sounds like a pleasant morning."),
    ("The cellar smells of damp.", "Airing it early in the day is best."),
    ("I must not forget the dentist.", "Shall I put it on the list of things to do?"),
)  # fmt: skip
ANSWERS = (
    "Good to know.",
    "I will remember that.",
    "Really? I had no idea.",
    "That is news to me.",
    "Thanks for telling me.",
)

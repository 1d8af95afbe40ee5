"""Talks of many months about two dozen people, generated: facts, what became of them, and questions in other words.

What makes it hard: every name stands in many messages that say nothing, every fact is true of other people too, half of
the facts say "she" or "he" after the name was said, and some are outdated by a later one.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from bench.retrieval import questions
from bench.retrieval.sets.memories_words import ANSWERS, BRIDGES, FACTS, HE, SHE, SMALL_TALK, Fact
from tests.builders import records, transcript

SEED = 11
SESSIONS = 160
FACTS_PER_PERSON = 9
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October")


@dataclass(frozen=True, slots=True)
class _Told:
    """A fact that will be said: of whom, in which session (its number), in which words."""

    name: str
    fact: Fact
    session: int
    text: str
    x: str
    is_change: bool


@dataclass(slots=True)
class _Writing:
    """What is being made: the plan of facts by session, the sessions, and where each fact stands."""

    chance: random.Random
    plan: dict[int, list[_Told]] = field(default_factory=dict)
    sessions: list[transcript.Session] = field(default_factory=list)
    places: dict[_Told, tuple[frozenset[str], str]] = field(default_factory=dict)


def make() -> questions.EvaluationSet:
    """Return the set; it is the same every time."""
    writing = _Writing(random.Random(SEED))
    told = [each for name in (*SHE, *HE) for each in _life(writing, name)]
    for each in told:
        writing.plan.setdefault(each.session, []).append(each)
    for number in range(SESSIONS):
        _write_session(writing, number)
    about = f"{SESSIONS} generated talks of ten months about {len(SHE) + len(HE)} people, with {len(told)} facts."
    return questions.EvaluationSet("memories", about, tuple(writing.sessions), tuple(_questions(writing, told)))


def _life(writing: _Writing, name: str) -> list[_Told]:
    """Return what will be said of one person over the months."""
    chance = writing.chance
    told = []
    for fact in chance.sample(FACTS, FACTS_PER_PERSON):
        first, second = sorted(chance.sample(range(SESSIONS), 2))
        old, x = chance.sample(fact.x, 2)
        told.append(_Told(name, fact, first, chance.choice(fact.said).replace("{x}", old), old, False))
        if fact.changed:
            text = chance.choice(fact.changed).replace("{x}", x).replace("{old}", old)
            told.append(_Told(name, fact, second, text, x, True))
    return told


def _write_session(writing: _Writing, number: int) -> None:
    chance = writing.chance
    day = f"2026-{1 + number * 10 // SESSIONS:02d}-{1 + number % 16 * 28 // 16:02d}T{8 + number % 12:02d}:00:00.000Z"
    session = transcript.Session("/home/ada/diary", session=records.uuid_of("memories", SEED, number), start=day)
    for told in writing.plan.get(number, []):
        _write_small_talk(chance, session, chance.randint(1, 4))
        _write_fact(writing, session, told)
    _write_small_talk(chance, session, chance.randint(1, 5))
    writing.sessions.append(session)


def _write_small_talk(chance: random.Random, session: transcript.Session, turns: int) -> None:
    for _ in range(turns):
        said, answer = chance.choice(SMALL_TALK)
        session.prompt(said.format(name=chance.choice((*SHE, *HE)))).reply(answer)


def _write_fact(writing: _Writing, session: transcript.Session, told: _Told) -> None:
    """Write the fact with the name in it, or after a message that has the name."""
    spoken = told.name
    if writing.chance.random() < 0.5:
        said, answer = writing.chance.choice(BRIDGES)
        session.prompt(said.format(name=told.name)).reply(answer)
        spoken = "She" if told.name in SHE else "He"
    text = told.text.replace("{name}'s", told.name + "'s" if spoken == told.name else _whose(spoken))
    tail = writing.chance.choice(("", "here", "later"))
    session.prompt(text.replace("{name}", spoken) + (f" {told.fact.tail}" if tail == "here" else ""))
    writing.places[told] = (frozenset({session.leaf or ""}), session.session)
    session.reply(writing.chance.choice(ANSWERS))
    if tail == "later":
        session.prompt(told.fact.tail).reply(writing.chance.choice(ANSWERS))


def _whose(spoken: str) -> str:
    return "Her" if spoken == "She" else "His"


def _questions(writing: _Writing, told: list[_Told]) -> list[questions.Question]:
    made = []
    for each in told:
        chain = [other for other in told if (other.name, other.fact) == (each.name, each.fact)]
        text = writing.chance.choice(each.fact.asked).replace("{name}", each.name)
        if each.is_change:
            made.append(_question(writing, "update", f"{text} now", each))
            made.append(
                _question(writing, "several sessions", each.fact.asked_all.replace("{name}", each.name), *chain)
            )
        elif len(chain) == 1:
            made.append(_question(writing, "one fact", text, each))
            made.append(_question(writing, "which person", each.fact.back.replace("{x}", each.x), *_alike(told, each)))
            if writing.chance.random() < 0.5:
                month = MONTHS[each.session * 10 // SESSIONS]
                made.append(_question(writing, "with a month", f"{text}, told in {month}", each))
    return made


def _alike(told: list[_Told], one: _Told) -> list[_Told]:
    """Return the fact and all others that say the same of somebody else."""
    return [one, *(each for each in told if (each.fact, each.x) == (one.fact, one.x) and each != one)]


def _question(writing: _Writing, kind: str, text: str, *told: _Told) -> questions.Question:
    places = [writing.places[each] for each in told]
    return questions.Question(
        f"memories:{told[0].name}:{told[0].fact.kind}:{kind}",
        text,
        tuple(uuids for uuids, _ in places),
        frozenset(session for _, session in places),
        kind,
    )

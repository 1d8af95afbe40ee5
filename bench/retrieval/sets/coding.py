"""Coding sessions, generated: something happens once to each part of a system, and is asked for later in other words.

Around it stands what makes it hard: the same files read and edited in other sessions, the same things happening to
other parts, replies that speak of the part and say nothing.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from bench.retrieval import questions
from bench.retrieval.sets.coding_words import ANSWERS, EVENTS, OPENINGS, PARTS, TURNS, Event, Part
from tests.builders import records, transcript, words

SEED = 5
PER_SESSION = 3
"""Events of one part in one session; its other events stand in sessions of other days."""
OTHER_WORDS = 0.5
"""Share of the questions that speak of a part in words that its code does not have; a session begins with them."""
TITLED = 0.5
"""Share of the sessions to which the agent gave a title."""


@dataclass(slots=True)
class _Writing:
    """What is being made: sessions, questions, and where the random numbers come from."""

    chance: random.Random
    yard: words.Yard
    sessions: list[transcript.Session] = field(default_factory=list)
    asked: list[questions.Question] = field(default_factory=list)


def make() -> questions.EvaluationSet:
    """Return the set; it is the same every time."""
    writing = _Writing(random.Random(SEED), words.Yard(SEED))
    plan = []
    for part in PARTS:
        events = list(EVENTS)
        writing.chance.shuffle(events)
        plan += [(part, events[begin : begin + PER_SESSION]) for begin in range(0, len(events), PER_SESSION)]
    writing.chance.shuffle(plan)
    for number, (part, events) in enumerate(plan):
        _write_session(writing, number, part, events)
    about = f"{len(writing.sessions)} generated coding sessions about {len(PARTS)} parts of a system."
    return questions.EvaluationSet("coding", about, tuple(writing.sessions), tuple(writing.asked))


def _write_session(writing: _Writing, number: int, part: Part, events: list[Event]) -> None:
    day = f"2026-{1 + number % 9:02d}-{1 + number % 28:02d}T{8 + number % 10:02d}:00:00.000Z"
    session = transcript.Session(
        f"/home/ada/{part.file.split('/')[0]}", session=records.uuid_of("coding", SEED, number), start=day
    )
    session.prompt(writing.chance.choice(OPENINGS).format(topic=part.other))
    session.reply("All right, I will read the code first.")
    for event in events:
        for _ in range(writing.chance.randint(1, 3)):
            _write_chatter(writing, session, part)
        told, x = _write_event(writing, session, part, event)
        id_ = f"coding:{part.name}:{event.kind}"
        asked = questions.Question(
            id_, _ask(writing, part, event, x), (told,), frozenset({session.session}), event.kind
        )
        writing.asked.append(asked)
    _write_chatter(writing, session, part)
    if writing.chance.random() < TITLED:
        session.ai_title(f"{part.spoken[0].upper()}{part.spoken[1:]}: {events[0].kind}")
    writing.sessions.append(session)


def _write_chatter(writing: _Writing, session: transcript.Session, part: Part) -> None:
    """Write a turn that speaks of the part and answers no question."""
    chance = writing.chance
    names = {"name": chance.choice((part.name, f"the {part.spoken}")), "file": part.file, "n": chance.randint(2, 40)}
    session.prompt(chance.choice(TURNS).format(**names))
    session.tool("Read", {"file_path": f"{session.project}/{part.file}"}, result=_code(writing, part))
    if chance.random() < 0.4:
        session.tool("Bash", {"command": f"git log -3 -- {part.file}"}, result=writing.yard.code(300))
    session.reply(chance.choice(ANSWERS).format(**names))


def _write_event(
    writing: _Writing, session: transcript.Session, part: Part, event: Event
) -> tuple[frozenset[str], str]:
    """Write what happened; return the uuids of the messages that say it, and what was special about it."""
    chance = writing.chance
    x = chance.choice(event.x)
    snake = snake_case(part.name)
    place = chance.choice((part.name, f"`{snake}`", f"the {part.spoken}"))
    said = chance.choice(event.said).format(
        place=place, file=part.file, snake=snake, constant=snake.upper(), x=x, n=chance.randint(10, 400)
    )
    if event.role == "prompt":
        session.prompt(said)
        told = session.leaf
        session.reply("Understood.")
        return frozenset({told or ""}), x
    session.prompt(f"Go on with {part.name}.")
    if event.role == "edit":
        path = f"{session.project}/{part.file}"
        session.call(
            "Edit", {"file_path": path, "old_string": "pass", "new_string": f"{said}\n{writing.yard.code(120)}"}
        )
        told = session.leaf
        session.result(f"The file {path} has been updated.")
    elif event.role == "output":
        noise = (writing.yard.code(chance.randint(100, 900)), writing.yard.code(chance.randint(50, 400)))
        session.tool(
            "Bash", {"command": f"make check-{snake.replace('_', '-')}"}, result=f"{noise[0]}\n{said}\n{noise[1]}"
        )
        told = session.leaf
    elif event.role == "thinking":
        told = session.thinking(said).leaf
    else:
        told = session.reply(said).leaf
    if event.role != "reply":
        session.reply("I see what it is. Shall I go on?")
    return frozenset({told or ""}), x


def _code(writing: _Writing, part: Part) -> str:
    """Return what a look into the part's file shows: its name, and code that says nothing."""
    return f"class {part.name}:\n{writing.yard.code(writing.chance.randint(200, 1200))}"


def snake_case(name: str) -> str:
    """Return a name in camel case as one in snake case."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _ask(writing: _Writing, part: Part, event: Event, x: str) -> str:
    topic = part.other if writing.chance.random() < OTHER_WORDS else part.spoken
    text = writing.chance.choice(event.asked).format(topic=topic)
    return f"{text}{_hint(writing, x)}"


def _hint(writing: _Writing, x: str) -> str:
    """Return now and then a word that the asker remembers of what was special: as people do."""
    long = [word for word in re.findall(r"[A-Za-z]{5,}", x) if word.lower() != "error"]
    return f" ({writing.chance.choice(long).lower()})" if long and writing.chance.random() < 0.5 else ""

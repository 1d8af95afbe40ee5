"""Small sets of transcripts that have much to do with each other, from a seed. Not a test."""

from __future__ import annotations

import random
from pathlib import Path

from tests.builders import records, transcript

BAD = (
    b"nothing\n",
    b"[]\n",
    b'{"type":"user","mess\n',
    b"\n",
    b"\r\n",
    b'{"type":"new-kind","sessionId":"s"}\n',
    b"{}\n",
    b"\xff\xfe\n",
)
"""Lines that are no records, and records that nobody knows."""


def write(claude: Path, seed: int, *, most: int = 4) -> None:
    """Write up to `most` sessions below `claude`; the same seed gives the same bytes."""
    chance = random.Random(seed)
    sessions: list[transcript.Session] = []
    for number in range(chance.randint(2, most)):
        name = records.uuid_of("tangle", seed, number)
        donors = [session for session in sessions if session.written]
        if donors and chance.random() < 0.6:
            donor = chance.choice(donors)
            keep = chance.randint(1, len(donor.written))
            by_sdk = chance.random() < 0.25 and not any("forkedFrom" in record for record in donor.written)
            session = donor.fork_by_sdk(session=name) if by_sdk else donor.fork(keep=keep, session=name)
        elif donors and chance.random() < 0.3:
            session = _elsewhere(chance.choice(donors), number)
        else:
            start = f"2026-01-05T{9 + number:02d}:00:00.000Z"
            session = transcript.Session(session=name, start=start, branch=f"branch-{number}")
        sessions.append(session)
        _play(session, sessions, chance)
    for session in sessions:
        session.write(claude)


def _elsewhere(of: transcript.Session, number: int) -> transcript.Session:
    """Return a session of the same name in another folder."""
    made = transcript.Session(f"/home/ada/moved-{number}", session=of.session, branch=f"moved-{number}")
    made.time = of.time
    made._made = 10_000 * (number + 1)
    return made


def _play(session: transcript.Session, sessions: list[transcript.Session], chance: random.Random) -> None:
    if chance.random() < 0.3:
        session.title("a title before anything")
    for _ in range(chance.randint(1, 6)):
        _step(session, sessions, chance)


def _step(session: transcript.Session, sessions: list[transcript.Session], chance: random.Random) -> None:
    word = f"word{chance.randint(0, 99)}"
    chance.choice((_talk, _talk, _use_tools, _note, _disturb))(session, sessions, chance, word)


def _talk(session: transcript.Session, _: list[transcript.Session], chance: random.Random, word: str) -> None:
    match chance.randint(0, 3):
        case 0:
            session.prompt(word)
        case 1:
            session.prompt(word).thinking("hm").reply(word)
        case 2:
            session.compact(word)
        case _:
            session.command("review", word, word)


def _use_tools(session: transcript.Session, _: list[transcript.Session], chance: random.Random, word: str) -> None:
    match chance.randint(0, 3):
        case 0:
            session.tool("Bash", {"command": word}, result=word * chance.choice((1, 400)))
        case 1 if session.open_calls:
            session.result(word)
        case 2:
            layout: transcript.Layout = chance.choice(("folder", "flat", "inline"))
            session.delegate(word, word, layout=layout).tool("Grep", {"pattern": word}).report(word)
        case _:
            session.call("Read", {"file_path": f"/{word}"})


def _note(session: transcript.Session, sessions: list[transcript.Session], chance: random.Random, word: str) -> None:
    match chance.randint(0, 3):
        case 0:
            session.title(f"title {word}").ai_title(word)
        case 1:
            leaf = chance.choice([other.leaf for other in sessions if other.leaf] or [None])
            session.summary(f"summary {word}", leaf=leaf or records.uuid_of("nowhere"))
        case 2:
            session.queue("enqueue", word).last_prompt(word)
        case _:
            session.system("informational", word).attachment("file", filename=word, content=word * 300)


def _disturb(session: transcript.Session, _: list[transcript.Session], chance: random.Random, word: str) -> None:
    if chance.random() < 0.5 and session.lines and session.lines[-1].endswith(b"}\n"):
        session.lines.append(session.lines[-1])  # the same line twice
    else:
        session.raw(chance.choice(BAD))

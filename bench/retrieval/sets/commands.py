"""Commands of the shell, from the sheets of the package cheat (GPL 3): which command was it that did this?

People wrote above each command what it is for. That is the question; an agent ran the command without saying it. Every
other command is told with its description, as an agent gives one, so that wrong answers speak the words of questions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from bench.retrieval import packages, questions, systems
from tests.builders import records, transcript

PACKAGE = "cheat==2.5.1"
FEWEST_WORDS = 3
"""Words that say something, of a question."""
LONGEST = 8
"""Lines of a command, at most."""
PER_SESSION = 3
"""Sheets that one session uses."""

Use = tuple[str, str]
"""What a command is for, and the command."""


def make() -> questions.EvaluationSet:
    """Return the set, made of the package's sheets. Raises SystemExit where the package cannot be had."""
    folder = packages.folder_of(PACKAGE) / "usr" / "share" / "cheat"
    return from_sheets({path.name: read_sheet(path) for path in sorted(folder.iterdir()) if path.is_file()})


def read_sheet(path: Path) -> list[Use]:
    """Return the commands of a sheet that are told what they are for."""
    return list(_uses(path.read_text(encoding="utf-8", errors="replace")))


def _uses(text: str) -> Iterator[Use]:
    for block in text.split("\n\n"):
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        said = [line.lstrip("# ").rstrip(": ") for line in lines if line.startswith("#")]
        command = [line for line in lines if not line.startswith("#")]
        if said and command and lines[0].startswith("#") and len(command) <= LONGEST:
            yield " ".join(said), "\n".join(command)


def from_sheets(sheets: dict[str, list[Use]]) -> questions.EvaluationSet:
    """Return the set of these sheets, some of them to a session."""
    sessions: list[transcript.Session] = []
    asked: list[questions.Question] = []
    names = sorted((name for name in sheets if sheets[name]), key=lambda name: hashlib.sha256(name.encode()).digest())
    for number, begin in enumerate(range(0, len(names), PER_SESSION)):
        session = transcript.Session(
            "/home/ada/machine",
            session=records.uuid_of("commands", number),
            start=f"2026-{1 + number % 9:02d}-{1 + number % 28:02d}T09:00:00.000Z",
        )
        for name in names[begin : begin + PER_SESSION]:
            session.prompt(f"Some more of {name}, please.")
            asked.extend(_tell(session, name, sheets[name]))
        sessions.append(session)
    about = f"{sum(map(len, sheets.values())):,} commands of the shell (package {PACKAGE}, GPL 3), half told what for."
    return questions.EvaluationSet("commands", about, tuple(sessions), tuple(asked))


def _tell(session: transcript.Session, name: str, uses: list[Use]) -> Iterator[questions.Question]:
    for place, (purpose, command) in enumerate(uses):
        id_ = f"commands:{name}:{place}"
        is_asked = hashlib.sha256(f"{id_} asked".encode()).digest()[0] % 2 == 0
        given = {"command": command} if is_asked else {"command": command, "description": purpose}
        session.call("Bash", given)
        told = session.leaf or ""
        session.result("(Bash completed with no output)")
        words = systems.telling_words(purpose)
        if is_asked and len(words) >= FEWEST_WORDS:
            text = purpose if name in words else f"{purpose} with {name}"
            evidence = (frozenset({told}),)
            yield questions.Question(id_, text, evidence, frozenset({session.session}), "command")

"""Talks of real people, from the package chitchat-dataset (MIT licence): what was a follow-up question about?

People wrote these in pairs, about anything. Of some talks one turn that asks back is taken out; it is the question, and
the turn before it the evidence. Nobody wrote the questions to search with; many cannot be answered by words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.retrieval import packages, questions, systems
from simple_memory.search import words
from tests.builders import records, transcript

PACKAGE = "chitchat-dataset==0.9.0"
TALKS = 1_000
FEWEST_TURNS = 8
FEWEST_WORDS = 4
"""Words that say something, of a question: fewer ask nothing in particular."""

Turn = list[str]
"""Messages that one person wrote in a row."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A talk: its name, its turns, and which of them is taken out as a question (None: none asks back)."""

    name: str
    turns: tuple[Turn, ...]
    asking: int | None


def make() -> questions.EvaluationSet:
    """Return the set, made of the package's file. Raises SystemExit where the package cannot be had."""
    path = packages.folder_of(PACKAGE) / "chitchat_dataset" / "dataset.json"
    return from_talks(read_talks(path))


def read_talks(path: Path) -> list[Talk]:
    """Return the talks of the file that are used: those that are long enough, chosen by the digest of their names."""
    told = json.loads(path.read_text(encoding="utf-8"))
    names = sorted(told, key=lambda name: hashlib.sha256(name.encode()).digest())
    found = (_talk(name, told[name]["messages"]) for name in names)
    return [talk for talk in found if len(talk.turns) >= FEWEST_TURNS][:TALKS]


def _talk(name: str, messages: list[list[dict[str, str]]]) -> Talk:
    turns = tuple([" ".join(said["text"].split()) for said in turn if said["text"].strip()] for turn in messages)
    turns = tuple(turn for turn in turns if turn)
    return Talk(name, turns, next(_asking(turns), None))


def _asking(turns: tuple[Turn, ...]) -> Iterator[int]:
    """Yield the places of turns that are one question, with a word of the turn before and enough others."""
    for place in range(2, len(turns) - 1):
        own = _telling(turns[place])
        is_question = len(turns[place]) == 1 and turns[place][0].endswith("?")
        if is_question and len(own) >= FEWEST_WORDS and own & _telling(turns[place - 1]):
            yield place


def _telling(turn: Iterable[str]) -> set[str]:
    return {stem for text in turn for word in systems.telling_words(text) for stem in words.stems(word)}


def from_talks(talks: list[Talk]) -> questions.EvaluationSet:
    """Return the set of these talks."""
    told = [_tell(number, talk) for number, talk in enumerate(talks)]
    asked = tuple(question for _, question in told if question is not None)
    about = f"{len(talks):,} talks of real people (package {PACKAGE}, MIT licence); their own follow-up questions."
    return questions.EvaluationSet("talks", about, tuple(session for session, _ in told), asked)


def _tell(number: int, talk: Talk) -> tuple[transcript.Session, questions.Question | None]:
    day = f"2026-{1 + number % 9:02d}-{1 + number % 28:02d}T09:00:00.000Z"
    session = transcript.Session("/home/ada/talks", session=records.uuid_of("talks", talk.name), start=day)
    evidence: set[str] = set()
    for place, turn in enumerate(talk.turns):
        if place == talk.asking:
            continue
        for text in turn:
            (session.reply if place % 2 else session.prompt)(text)
            if talk.asking is not None and place == talk.asking - 1:
                evidence.add(session.leaf or "")
    if talk.asking is None:
        return session, None
    text = talk.turns[talk.asking][0]
    sessions = frozenset({session.session})
    return session, questions.Question(f"talks:{talk.name}", text, (frozenset(evidence),), sessions, "follow-up")

"""Questions with their evidence, and the sets that they stand in; not how they are asked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from tests.builders import transcript

Half = Literal["development", "held"]
HALVES: tuple[Half, ...] = ("development", "held")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what answers it.

    `evidence` holds one entry per thing that must be found; each is the uuids of the messages that say it,
    of which one is enough. `sessions` are the ids of the sessions that they stand in. `kind` is the sort of
    question within its set.
    """

    id: str
    text: str
    evidence: tuple[frozenset[str], ...]
    sessions: frozenset[str]
    kind: str

    @property
    def half(self) -> Half:
        """Return which half it belongs to. Depends on the id alone, so that a question never changes sides."""
        digest = hashlib.sha256(self.id.encode()).digest()
        return "held" if digest[0] % 2 else "development"


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Sessions to be imported, questions about them, and where the texts come from (one sentence)."""

    name: str
    about: str
    sessions: tuple[transcript.Session, ...]
    questions: tuple[Question, ...]

    def of(self, half: Half) -> tuple[Question, ...]:
        """Return the questions of one half, in their order."""
        return tuple(question for question in self.questions if question.half == half)

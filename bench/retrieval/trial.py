"""Asks every question of a set of everybody, and takes the means; nothing about who is asked or how it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench import measure
from bench.retrieval import metrics, questions, systems


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one system did on some questions: means of the measures, ms per question, mean bytes of an answer."""

    system: str
    messages: metrics.Scores
    sessions: metrics.Scores
    median_ms: float
    p95_ms: float
    bytes: float

    def as_json(self) -> dict[str, Any]:
        """Return it as it stands in the results, rounded so that a run reads like the one before."""
        return {
            "system": self.system,
            "messages": {name: round(value, 4) for name, value in asdict(self.messages).items()},
            "sessions": {name: round(value, 4) for name, value in asdict(self.sessions).items()},
            "median_ms": round(self.median_ms, 2),
            "p95_ms": round(self.p95_ms, 2),
            "bytes": round(self.bytes),
        }


@dataclass(frozen=True, slots=True)
class Answered:
    """One question with what a system made of it."""

    question: questions.Question
    ranking: systems.Ranking

    @property
    def messages(self) -> metrics.Scores:
        """Return how well the messages were ranked."""
        return metrics.score(self.ranking.messages, self.question.evidence)

    @property
    def sessions(self) -> metrics.Scores:
        """Return how well the sessions were ranked."""
        return metrics.score(self.ranking.sessions, [frozenset({id_}) for id_ in sorted(self.question.sessions)])


def ask_all(system: systems.System, asked: Sequence[questions.Question]) -> list[Answered]:
    """Return the answers of one system, after a few questions to warm it up."""
    for question in asked[:5]:
        system.ask(question.text)
    return [Answered(question, system.ask(question.text)) for question in asked]


def outcome(name: str, answered: Sequence[Answered]) -> Outcome:
    """Return the means over some answers of one system."""
    times = [each.ranking.took_ms for each in answered]
    return Outcome(
        name,
        metrics.mean(each.messages for each in answered),
        metrics.mean(each.sessions for each in answered),
        measure.median(times),
        measure.p95(times),
        sum(each.ranking.bytes for each in answered) / len(answered),
    )

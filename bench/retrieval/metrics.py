"""How good a ranking is against its evidence: recall, reciprocal rank, nDCG. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

DEPTH = 10
"""How far down an answer is looked at: what a person or an agent reads of it."""

Evidence = Sequence[frozenset[str]]


@dataclass(frozen=True, slots=True)
class Scores:
    """The measures of one ranking, or the means of many; each from 0 to 1."""

    recall_1: float
    recall_5: float
    recall_10: float
    mrr: float
    ndcg_10: float


def score(ranking: Sequence[str], evidence: Evidence) -> Scores:
    """Return the scores of a ranking of ids, best first; what stands below DEPTH counts as not found."""
    places = [_place(ranking[:DEPTH], each) for each in evidence]
    found = sorted(place for place in places if place is not None)
    gained = sum(1 / math.log2(place + 1) for place in found)
    possible = sum(1 / math.log2(place + 1) for place in range(1, min(len(evidence), DEPTH) + 1))
    return Scores(
        recall_1=_within(found, 1) / min(len(evidence), 1),
        recall_5=_within(found, 5) / min(len(evidence), 5),
        recall_10=_within(found, 10) / min(len(evidence), 10),
        mrr=1 / found[0] if found else 0.0,
        ndcg_10=gained / possible,
    )


def _place(ranking: Sequence[str], wanted: frozenset[str]) -> int | None:
    return next((place for place, id_ in enumerate(ranking, 1) if id_ in wanted), None)


def _within(places: Sequence[int], depth: int) -> int:
    return sum(place <= depth for place in places)


def mean(scores: Iterable[Scores]) -> Scores:
    """Return the mean of each measure; zeros where there is nothing to take it of."""
    listed = list(scores)
    count = max(len(listed), 1)
    return Scores(**{field.name: sum(getattr(each, field.name) for each in listed) / count for field in fields(Scores)})

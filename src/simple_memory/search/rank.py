"""The order of hits: sessions grouped, the best part of each first, one's own project preferred. Pure.

The index gives exact scores (BM25); what is added here is small, and never more than a good match is worth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

SESSION_SHARE = 0.3
"""How much the mean of a session's next best two matches adds to its best one (measured: recall@10 0.62 → 0.70)."""
TITLE_SHARE = 0.25
"""What a title that holds every sought word adds, as a share of the best score."""
NEAR_SHARE = 0.25
"""What standing in the asker's own project adds, likewise."""


class Candidate(NamedTuple):
    """A match as the index gave it; `session` is a row id."""

    id: int
    session: int
    score: float


class Ranked(NamedTuple):
    """A session's best match, its final score, and how many more candidates stand in the same session."""

    best: Candidate
    score: float
    more: int


def group(
    candidates: Sequence[Candidate],
    *,
    title_coverage: Mapping[int, float],
    is_near: Callable[[int], bool],
) -> list[Ranked]:
    """Return one entry per session, best first, from candidates in falling order of score.

    `title_coverage` gives per session the share (0 to 1) of sought words in its title; `is_near`: it is preferred.
    Equal scores keep the order of the candidates, so that the same question has the same answer.
    """
    sessions: dict[int, list[Candidate]] = {}
    for candidate in candidates:
        # Session 0 holds what belongs to no session that we know: each of these stands alone.
        key = candidate.session or -candidate.id
        sessions.setdefault(key, []).append(candidate)
    ranked = []
    for session, members in sessions.items():
        top = members[0].score
        following = members[1:3]
        share = SESSION_SHARE * sum(member.score for member in following) / 2 if following else 0.0
        score = top + share + TITLE_SHARE * top * title_coverage.get(session, 0.0)
        if is_near(session):
            score += NEAR_SHARE * top
        ranked.append(Ranked(members[0], score, len(members) - 1))
    ranked.sort(key=lambda entry: -entry.score)
    return ranked


def coverage(title: str | None, words: Sequence[Sequence[str]], analyze: Callable[[str], list[str]]) -> float:
    """Return the share of `words` (each a list of index words) that stand in `title`; `analyze` makes index words."""
    if not title or not words:
        return 0.0
    present = set(analyze(title))
    return sum(all(part in present for part in word) for word in words) / len(words)

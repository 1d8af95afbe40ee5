"""The order of hits: what stands around a match, sessions grouped, one's own project preferred. Pure.

The index gives exact scores (BM25); what is added here is small, and never more than a good match is worth.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from simple_memory.records import NamedTuple

AROUND = (0.2, 0.1)
"""How much of its score a match lends to matches one and two places away in its session (docs/decisions/0008)."""
PRESENCE = 2.5
"""What each of several sought words adds that is there at all: many words once beat one word often."""
PRESENCE_SESSION = 1.0
"""What each word adds that stands not in a session's best match, but in another of it."""
PRESENCE_AROUND = (0.5, 0.25)
"""What is left of that for a word that stands not in the message, but one or two places away."""
SESSION_SHARE = 0.3
"""How much the mean of a session's next best two matches adds to its best one (measured: recall@10 0.62 → 0.70)."""
COMPANY_SHARE = 0.3
"""How much the mean of its session's best three matches adds to a message, where messages are ranked alone."""
TITLE_SHARE = 0.25
"""What a title that holds every sought word adds, as a share of the best score."""
NEAR_SHARE = 0.25
"""What standing in the asker's own project adds, likewise."""
NOTE_SHARE = 0.5
"""What is left of the score of a note that is a title: what it speaks of stands in the messages."""


_SURE = 3
"""Letters of an index word, but for its last two, that the words have in common whose stem it is ("die": dying)."""


class Candidate(NamedTuple):
    """A match; `session` is a row id, `score` the index's. `presence`, `around`, `note` are what is added, or taken.

    `words` has a bit for each sought word that stands in it; 0 where that was not looked at.
    """

    id: int
    session: int
    score: float
    presence: float = 0.0
    around: float = 0.0
    note: float = 0.0
    words: int = 0

    @property
    def strength(self) -> float:
        """The score with all that is added to it."""
        return self.score + self.presence + self.around + self.note


class Ranked(NamedTuple):
    """A match as it is shown: its final score, how many more matches stand in its session, and what was added to it."""

    best: Candidate
    score: float
    more: int
    session: float = 0.0
    title: float = 0.0
    project: float = 0.0


def in_context(
    candidates: Sequence[Candidate],
    positions: Mapping[int, int | None],
    titles: Collection[int] = (),
    seen: Mapping[int, int] | None = None,
    tools: Collection[int] = (),
) -> list[Candidate]:
    """Return `candidates` with what stands around them counted, strongest first.

    `positions` gives by id where a message stands in its session, None for beside the order; `titles` are the ids of
    notes that are titles; `seen` holds by id a bit for each sought word that stands in it (presence.py); `tools` are
    the ids of what tools were given and gave back, which lend nothing.
    """
    words = seen or {}
    places = {
        (candidate.session, position): candidate
        for candidate in candidates
        if candidate.session and (position := positions.get(candidate.id)) is not None
    }
    placed = []
    for candidate in candidates:
        rings = _rings(places, candidate.session, positions.get(candidate.id))
        placed.append(
            candidate._replace(
                words=words.get(candidate.id, 0),
                presence=_presence(candidate, rings, words) if candidate.id in words else 0.0,
                around=_lent(rings, tools),
                note=-(1 - NOTE_SHARE) * candidate.score if candidate.id in titles else 0.0,
            )
        )
    placed.sort(key=lambda candidate: -candidate.strength)
    return placed


def _lent(rings: Sequence[Sequence[Candidate]], tools: Collection[int]) -> float:
    """Return what the matches around a place lend: those where something was said."""
    lending = zip(AROUND, rings, strict=False)
    return sum(share * near.score for share, ring in lending for near in ring if near.id not in tools)


def _rings(places: Mapping[tuple[int, int], Candidate], session: int, position: int | None) -> list[list[Candidate]]:
    """Return the matches one place away, two places away … of a place."""
    if position is None:
        return []
    return [
        [near for place in (position - away, position + away) if (near := places.get((session, place))) is not None]
        for away in range(1, len(AROUND) + 1)
    ]


def _presence(candidate: Candidate, rings: Sequence[Sequence[Candidate]], seen: Mapping[int, int]) -> float:
    """Return what the words add that stand in a match, and less for those that stand near it alone."""
    known = seen[candidate.id]
    worth = float(known.bit_count())
    for share, ring in zip(PRESENCE_AROUND, rings, strict=False):
        for near in ring:
            more = seen.get(near.id, 0) & ~known
            worth += share * more.bit_count()
            known |= more
    return PRESENCE * worth


def _by_session(candidates: Iterable[Candidate]) -> dict[int, list[Candidate]]:
    """Return candidates by session, in their order. What belongs to no session that we know stands alone."""
    sessions: dict[int, list[Candidate]] = {}
    for candidate in candidates:
        sessions.setdefault(candidate.session or -candidate.id, []).append(candidate)
    return sessions


def count_groups(candidates: Iterable[Candidate]) -> int:
    """Return how many entries `group` makes of candidates."""
    return len({candidate.session or -candidate.id for candidate in candidates})


def alone(candidates: Sequence[Candidate]) -> list[Ranked]:
    """Return one entry per message, best first, from candidates in falling order of strength."""
    company = {
        session: COMPANY_SHARE * sum(member.strength for member in members[:3]) / 3
        for session, members in _by_session(candidates).items()
        if len(members) > 1
    }
    ranked = []
    for candidate in candidates:
        added = company.get(candidate.session, 0.0)
        ranked.append(Ranked(candidate, candidate.strength + added, 0, session=added))
    ranked.sort(key=lambda entry: -entry.score)
    return ranked


def _more_words(members: Sequence[Candidate]) -> int:
    """Return how many of the sought words stand in members, but not in the first."""
    every = functools.reduce(operator.or_, (member.words for member in members))
    return (every & ~members[0].words).bit_count()


def group(
    candidates: Sequence[Candidate],
    *,
    title_coverage: Mapping[int, float],
    is_near: Callable[[int], bool],
) -> list[Ranked]:
    """Return one entry per session, best first, from candidates in falling order of strength.

    `title_coverage` gives per session the share (0 to 1) of sought words in its title; `is_near`: it is preferred.
    Equal scores keep the order of the candidates, so that the same question has the same answer.
    """
    ranked = []
    for session, members in _by_session(candidates).items():
        top = members[0].strength
        following = members[1:3]
        share = SESSION_SHARE * sum(member.strength for member in following) / 2 if following else 0.0
        share += PRESENCE_SESSION * _more_words(members)
        title = TITLE_SHARE * top * title_coverage.get(session, 0.0)
        project = NEAR_SHARE * top if is_near(session) else 0.0
        score = top + share + title + project
        ranked.append(Ranked(members[0], score, len(members) - 1, share, title, project))
    ranked.sort(key=lambda entry: -entry.score)
    return ranked


def coverage(title: str | None, words: Sequence[Sequence[str]], analyze: Callable[[str], list[str]]) -> float:
    """Return the share of `words` (each a list of index words) that stand in `title`; `analyze` makes index words."""
    if not title or not words:
        return 0.0
    lowered = title.lower()
    starts = [part[:-2][:_SURE] or part[:1] for word in words for part in word]
    if not any(start in lowered for start in starts):  # most titles: analysing them costs more
        return 0.0
    present = set(analyze(title))
    return sum(all(part in present for part in word) for word in words) / len(words)

"""The order of hits: what stands around a match, sessions grouped, one's own project preferred. Pure.

The index gives exact scores (BM25); what is added here is small, and never more than a good match is worth.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from simple_memory.records import NamedTuple

AROUND = (0.2, 0.1)
"""How much of its score a match lends to matches one and two places away in its session (docs/decisions/0008, 0020)."""
PRESENCE = 2.5
"""What each of several sought words adds that is there at all, where its weight is not known; else the more, the rarer
it is: many words once beat one word often (docs/decisions/0009, 0022, 0023)."""
SHORT = 700
"""Characters of a text, up to which a word that is there adds all that it is worth: in a longer one most words are."""
PRESENCE_SESSION = 1.0
"""What each word adds that stands not in a session's best match, but in another of it."""
PRESENCE_AROUND = (0.5, 0.25)
"""What is left of that for a word that stands not in the message, but one or two places away."""
SESSION_SHARE = 0.3
"""How much the mean of a session's next best two matches adds to its best one (measured: recall@10 0.62 → 0.70)."""
COMPANY_SHARE = 0.3
"""How much the mean of its session's best three matches adds to a message, where messages are ranked alone."""
NEAR_SHARE = 0.25
"""What standing in the asker's own project adds, as a share of the best score."""
NOTE_SHARE = 0.5
"""What is left of the score of a note that is a title: what it speaks of stands in the messages."""


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
        return _strength(self)


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
    *,
    titles: Collection[int] = (),
    seen: Mapping[int, int] | None = None,
    tools: Collection[int] = (),
    weights: Sequence[float] = (),
    lengths: Mapping[int, int] | None = None,
) -> list[Candidate]:
    """Return `candidates` with what stands around them counted, strongest first.

    `positions` gives by id where a message stands in its session, None for beside the order; `titles` are the ids of
    notes that are titles; `seen` holds by id a bit for each sought word that stands in it (presence.py); `tools` are
    the ids of what tools were given and gave back, which lend nothing; `weights` say what each bit is worth; `lengths`
    have by id the characters of a message, about, with what its tools were given and gave back.
    """
    words = seen or {}
    characters = lengths or {}
    sessions = _placed(candidates, positions)
    placed = []
    for candidate in candidates:
        near = sessions.get(candidate.session, {})
        known, is_title = candidate.id in words, candidate.id in titles
        if len(near) < 2 and not known and not is_title:
            placed.append(candidate)
            continue
        rings = _rings(near, positions.get(candidate.id)) if len(near) > 1 else []
        placed.append(
            Candidate(
                candidate.id,
                candidate.session,
                candidate.score,
                _presence(candidate, rings, words, weights) * _telling(characters.get(candidate.id, 0))
                if known
                else 0.0,
                _lent(rings, tools),
                -(1 - NOTE_SHARE) * candidate.score if is_title else 0.0,
                words.get(candidate.id, 0),
            )
        )
    placed.sort(key=_strength, reverse=True)
    return placed


def _lent(rings: Sequence[Sequence[Candidate]], tools: Collection[int]) -> float:
    """Return what the matches around a place lend: those where something was said."""
    lending = zip(AROUND, rings, strict=False)
    return sum(share * near.score for share, ring in lending for near in ring if near.id not in tools)


def _strength(candidate: Candidate) -> float:
    _, _, score, presence, around, note, _ = candidate
    return score + presence + around + note


_Placed = dict[int, Candidate]
"""The matches of one session by where they stand."""


def _placed(candidates: Sequence[Candidate], positions: Mapping[int, int | None]) -> dict[int, _Placed]:
    """Return by session its matches that stand somewhere in it."""
    sessions: dict[int, _Placed] = {}
    for candidate in candidates:
        position = positions.get(candidate.id)
        if position is not None and candidate.session:
            sessions.setdefault(candidate.session, {})[position] = candidate
    return sessions


def _rings(near: _Placed, position: int | None) -> list[list[Candidate]]:
    """Return the matches one place away, two places away … of a place."""
    if position is None:
        return []
    return [
        [other for place in (position - away, position + away) if (other := near.get(place)) is not None]
        for away in range(1, len(AROUND) + 1)
    ]


def _presence(
    candidate: Candidate, rings: Sequence[Sequence[Candidate]], seen: Mapping[int, int], weights: Sequence[float]
) -> float:
    """Return what the words add that stand in a match, and less for those that stand near it alone."""
    known = seen[candidate.id]
    worth = _worth(known, weights)
    for share, ring in zip(PRESENCE_AROUND, rings, strict=False):
        for near in ring:
            more = seen.get(near.id, 0) & ~known
            worth += share * _worth(more, weights) if more else 0.0
            known |= more
    return worth


def _telling(characters: int) -> float:
    """Return what is left of the worth of a word for standing in a text so long: of four times SHORT, half."""
    return math.sqrt(SHORT / characters) if characters > SHORT else 1.0


def _worth(bits: int, weights: Sequence[float]) -> float:
    """Return what the words are worth whose bits are set."""
    known = sum(weight for place, weight in enumerate(weights) if bits >> place & 1)
    return known + PRESENCE * (bits >> len(weights)).bit_count()


_final = operator.attrgetter("score")


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
    ranked.sort(key=_final, reverse=True)
    return ranked


def _more_words(members: Sequence[Candidate]) -> int:
    """Return how many of the sought words stand in members, but not in the first."""
    every = functools.reduce(operator.or_, (member.words for member in members))
    return (every & ~members[0].words).bit_count()


def group(candidates: Sequence[Candidate], is_near: Callable[[int], bool] = lambda _: False) -> list[Ranked]:
    """Return one entry per session, best first, from candidates in falling order of strength.

    `is_near` says of a session that it is preferred. What its title adds comes later (titles.py); where the best match
    is a note that is a title, the best message is shown, and what the note was better by is the title's. Equal scores
    keep the order of the candidates, so that the same question has the same answer.
    """
    ranked = []
    for session, members in _by_session(candidates).items():
        top = _strength(members[0])
        share = 0.0
        if len(members) > 1:
            share = SESSION_SHARE * sum(map(_strength, members[1:3])) / 2 + PRESENCE_SESSION * _more_words(members)
        project = NEAR_SHARE * top if is_near(session) else 0.0
        shown = next((member for member in members if not member.note), members[0])
        title = top - _strength(shown)
        ranked.append(Ranked(shown, top + share + project, len(members) - 1, share, title, project))
    ranked.sort(key=_final, reverse=True)
    return ranked

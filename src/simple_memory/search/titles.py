"""What the words in a session's title add to its score, looked up for those alone that it may lift; pure."""

from __future__ import annotations

import collections
import functools
import operator
import re
from collections.abc import Callable, Mapping, Sequence

from simple_memory.search import rank

SHARE = 0.25
"""What a title that holds every sought word adds, as a share of the best score."""

_WORD = re.compile(r"[^\W_]+")
_SURE = 3
"""Letters of an index word, but for its last two, that the words have in common whose stem it is ("die": dying)."""

_score = operator.attrgetter("score")


def add(
    ranked: Sequence[rank.Ranked],
    wanted: int,
    titles: Callable[[list[int]], Mapping[int, str | None]],
    share: Callable[[str | None], float],
) -> list[rank.Ranked]:
    """Return `ranked`, one entry per session, best first, with what titles add, so that the first `wanted` are right.

    `titles` gives those of sessions, `share` what part of the sought words stands in one (0 to 1). No other title is
    asked for than those of sessions that would come among the first `wanted` if all words stood in it.
    """
    least = ranked[wanted - 1].score if len(ranked) >= wanted else float("-inf")
    rising = [entry for entry in ranked if entry.score + SHARE * _top(entry) >= least]
    found = titles([entry.best.session for entry in rising])
    lifted = []
    for entry in rising:
        title = SHARE * _top(entry) * share(found.get(entry.best.session))
        lifted.append(entry._replace(score=entry.score + title, title=entry.title + title) if title else entry)
    left = [entry for entry in ranked if entry.score + SHARE * _top(entry) < least]
    return sorted([*lifted, *left], key=_score, reverse=True)


def _top(entry: rank.Ranked) -> float:
    """Return the score of the session's best match, which may be a note that is a title."""
    return entry.best.strength + entry.title


def coverage(words: Sequence[Sequence[str]], analyze: Callable[[str], list[str]]) -> Callable[[str | None], float]:
    """Return what gives the share of `words` (each a list of index words) that stand in a title.

    `analyze` makes index words of a text. Only what begins like one of them is analysed, and once: it costs the most.
    """
    parts = {part for word in words for part in word}
    starts = tuple({part[:-2][:_SURE] or part[:1] for part in parts})
    alone = collections.Counter(word[0] for word in words if len(word) == 1)
    joined = [word for word in words if len(word) != 1]
    analyzed = functools.cache(lambda found: frozenset(analyze(found)) & parts)

    def share(title: str | None) -> float:
        if not title or not parts:
            return 0.0
        lowered = title.lower()
        if not any(start in lowered for start in starts):
            return 0.0
        begin_so = (found for found in _WORD.findall(lowered) if found.startswith(starts))
        present = {part for found in begin_so for part in analyzed(found)}
        if not present:
            return 0.0
        return (sum(alone[part] for part in present) + sum(present.issuperset(word) for word in joined)) / len(words)

    return share

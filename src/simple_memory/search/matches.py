"""Matches as the index gives them, and what the store knows of where they stand; not their order."""

from __future__ import annotations

import collections

from simple_memory.search import halves, presence, rank
from simple_memory.store import hits, index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from simple_memory.search import matching

CONTEXT = 800
"""The best matches that lend to each other what they are worth."""


def find(asking: halves.Asking, limit: int, offset: int = 0) -> tuple[int, list[rank.Candidate]]:
    """Return how many messages match in all, and the best `limit` of them from `offset` on."""
    total, hits = asking.best(limit, offset)
    addresses = [address for _, address in hits]
    ids: Any = asking.searcher.fast_field_values(index.ID, addresses)
    sessions: Any = asking.searcher.fast_field_values(index.SESSION, addresses)
    found = [
        rank.Candidate(id_ or 0, session or 0, 0.0 if asking.by_time else score)
        for (score, _), id_, session in zip(hits, ids, sessions, strict=True)
    ]
    return total, found


def in_context(
    store: hits.HitStore,
    asking: halves.Asking,
    matched: matching.Matched,
    candidates: list[rank.Candidate],
) -> list[rank.Candidate]:
    """Return candidates, best first, with what stands in and around the best of them counted, the strongest first."""
    best = candidates[:CONTEXT]
    titles = store.title_notes([candidate.id for candidate in best])
    seen = presence.look(asking.searcher, asking.schema, matched.pieces, candidates, matched.weight)
    if matched.dates:
        days = store.days(list(seen))
        seen = {id_: words | _dated(days.get(id_, ""), matched.dates) for id_, words in seen.items()}
    standing = store.standings(_in_company(best))
    positions = {id_: stands.position for id_, stands in standing.items()}
    tools = {id_ for id_, stands in standing.items() if stands.is_tool}
    worth = presence.weights(asking.searcher, matched.pieces) if seen else ()
    lengths = store.lengths(list(seen)) if seen else {}
    placed = rank.in_context(best, positions, titles=titles, seen=seen, tools=tools, weights=worth, lengths=lengths)
    return [*placed, *candidates[CONTEXT:]]


def _in_company(candidates: list[rank.Candidate]) -> list[int]:
    """Return the ids of those that another of them shares a session with: where the rest stands says nothing."""
    members = collections.Counter(candidate.session for candidate in candidates)
    return [candidate.id for candidate in candidates if members[candidate.session] > 1]


def _dated(day: str, dates: frozenset[str]) -> int:
    """Return the bit of a date that was named where a message is of that date: it counts as one more word."""
    return presence.DATE if any(date in day for date in dates) else 0

"""Matches as the index gives them, and what the store knows of where they stand; not their order."""

from __future__ import annotations

from simple_memory.search import presence, rank
from simple_memory.store import hits, index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import tantivy

    from simple_memory.search import matching

CONTEXT = 800
"""The best matches that lend to each other what they are worth."""


def find(
    searcher: tantivy.Searcher, built: tantivy.Query, limit: int, by_time: bool, offset: int = 0
) -> tuple[int, list[rank.Candidate]]:
    """Return how many messages match in all, and the best `limit` of them from `offset` on; `by_time`: the newest."""
    result: Any  # the stub leaves `count` out
    if by_time:
        result = searcher.search(built, limit, count=True, offset=offset, order_by_field=index.TIME)
    else:
        result = searcher.search(built, limit, count=True, offset=offset)
    addresses = [address for _, address in result.hits]
    ids = searcher.fast_field_values(index.ID, addresses)
    sessions = searcher.fast_field_values(index.SESSION, addresses)
    found = [
        rank.Candidate(int(id_ or 0), int(session or 0), 0.0 if by_time else float(score))
        for (score, _), id_, session in zip(result.hits, ids, sessions, strict=True)
    ]
    return int(result.count), found


def in_context(
    store: hits.HitStore,
    searcher: tantivy.Searcher,
    schema: tantivy.Schema,
    matched: matching.Matched,
    candidates: list[rank.Candidate],
) -> list[rank.Candidate]:
    """Return candidates, best first, with what stands in and around the best of them counted, the strongest first."""
    standing = store.standings([candidate.id for candidate in candidates[:CONTEXT]])
    positions = {id_: stands.position for id_, stands in standing.items()}
    titles = {id_ for id_, stands in standing.items() if stands.is_title}
    tools = {id_ for id_, stands in standing.items() if stands.is_tool}
    seen = presence.look(searcher, schema, matched.pieces, candidates)
    if matched.dates:
        seen = {id_: words | _dated(standing.get(id_), matched.dates) for id_, words in seen.items()}
    return [*rank.in_context(candidates[:CONTEXT], positions, titles, seen, tools), *candidates[CONTEXT:]]


def _dated(stands: hits.Standing | None, dates: frozenset[str]) -> int:
    """Return the bit of a date that was named where a message is of that date: it counts as one more word."""
    day = (stands.timestamp or "")[:10] if stands else ""
    return presence.DATE if any(date in day for date in dates) else 0

"""Why a hit ranks where it does: the parts that add up to its score, each asked of the index again; not the ranking."""

from __future__ import annotations

from collections.abc import Iterable

from simple_memory.records import NamedTuple
from simple_memory.search import matching, rank, words
from simple_memory.store import index

TYPE_CHECKING = False
if TYPE_CHECKING:
    import tantivy


class Reason(NamedTuple):
    """Something that adds to a score. `how` is what kind of reason, `where` the field; "" where there is none.

    `what` is the word or phrase that matched; "" for what comes from where a message stands.
    """

    what: str
    how: str
    where: str
    score: float


_PLACES = {
    index.CONVERSATION: "conversation",
    index.UNSPACED[index.CONVERSATION]: "conversation",
    index.TOOL: "tools",
    index.UNSPACED[index.TOOL]: "tools",
}
"""What a person calls the fields. Long words are in a field of their own, wherever they were said."""


def reasons(
    searcher: tantivy.Searcher, schema: tantivy.Schema, matched: matching.Matched, entries: Iterable[rank.Ranked]
) -> dict[int, tuple[Reason, ...]]:
    """Return by message id the reasons of its score, whose sum it is; the largest first.

    Where nothing ranks, all scores are 0: the reasons are that the newest come first, and what matched.
    """
    shown = list(entries)
    ids = [entry.best.id for entry in shown]
    sums = _matches(searcher, schema, matched.parts, ids) if ids else {}
    made = {}
    for entry in shown:
        matches = sums.get(entry.best.id, {})
        if matched.by_time:
            made[entry.best.id] = (Reason("", "time", "", 0.0), *(Reason(*what, 0.0) for what in matches))
            continue
        found = [Reason(*what, score) for what, score in matches.items()]
        found.extend(Reason("", how, "", score) for how, score in _places(entry).items() if score)
        made[entry.best.id] = tuple(sorted(found, key=lambda reason: -reason.score))
    return made


def _matches(
    searcher: tantivy.Searcher, schema: tantivy.Schema, parts: Iterable[words.Part], ids: list[int]
) -> dict[int, dict[tuple[str, str, str], float]]:
    """Return by message id what each part gives it: (what, how, where) → score."""
    sums: dict[int, dict[tuple[str, str, str], float]] = {id_: {} for id_ in ids}
    for part in parts:
        what = (part.text, part.how, _PLACES.get(part.where, ""))
        found = searcher.search(matching.only(part.query, schema, ids), len(ids), count=False).hits
        listed = searcher.fast_field_values(index.ID, [address for _, address in found])
        for (score, _), id_ in zip(found, listed, strict=True):
            of_hit = sums[int(id_ or 0)]
            of_hit[what] = of_hit.get(what, 0.0) + float(score)
    return sums


def _places(entry: rank.Ranked) -> dict[str, float]:
    """Return what a hit gets, or loses, for where it stands."""
    return {
        "presence": entry.best.presence,
        "around": entry.best.around,
        "note": entry.best.note,
        "session": entry.session,
        "title": entry.title,
        "project": entry.project,
    }

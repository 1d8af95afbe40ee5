"""Why a hit ranks where it does: the parts that add up to its score, each asked of the index again; not the ranking."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from simple_memory.search import matching, rank
from simple_memory.store import index

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


_PLACES = {index.CONVERSATION: "conversation", index.TOOL: "tools", index.LONG: "long words"}


def reasons(
    searcher: tantivy.Searcher, schema: tantivy.Schema, matched: matching.Matched, entries: Iterable[rank.Ranked]
) -> dict[int, tuple[Reason, ...]]:
    """Return by message id the reasons of its score, whose sum it is; the largest first."""
    shown = list(entries)
    ids = [entry.best.id for entry in shown]
    made: dict[int, list[Reason]] = {id_: [] for id_ in ids}
    for part in dict.fromkeys(matched.parts) if not matched.by_time else ():
        where = _PLACES.get(part.where, "conversation" if part.where == index.UNSPACED[index.CONVERSATION] else "tools")
        found = searcher.search(matching.only(part.query, schema, ids), max(len(ids), 1), count=False).hits
        listed = searcher.fast_field_values(index.ID, [address for _, address in found])
        for (score, _), id_ in zip(found, listed, strict=True):
            made[int(id_ or 0)].append(Reason(part.text, part.how, where, float(score)))
    for entry in shown:
        for how, score in (
            ("around", entry.best.around),
            ("note", entry.best.note),
            ("session", entry.session),
            ("title", entry.title),
            ("project", entry.project),
        ):
            if score:
                made[entry.best.id].append(Reason("", how, "", score))
    return {id_: tuple(sorted(found, key=lambda reason: -reason.score)) for id_, found in made.items()}

"""Which messages the store has already, by their identity; not what is done about one that comes again."""

from __future__ import annotations

from collections.abc import Iterable

import apsw
import msgspec

from simple_memory.store import session_rows


class Known(msgspec.Struct):
    """A row of `message` that has the identity in question."""

    id: int
    session_id: int | None
    copy_of: int | None
    generation: int


def load(connection: apsw.Connection, identities: Iterable[str]) -> dict[str, list[Known]]:
    """Return the rows that have one of `identities`, by identity; none has no entry.

    The join looks each up as it comes; `IN` would sort them into a table of its own first, which costs twice as much.
    """
    asked = dict.fromkeys(identities)
    found: dict[str, list[Known]] = {}
    if not asked:
        return found
    rows = connection.execute(
        """
        SELECT asked.value, message.id, session_id, copy_of, generation
        FROM json_each(?) AS asked CROSS JOIN message ON coalesce(origin, uuid) = asked.value
        """,
        (msgspec.json.encode(list(asked)).decode(),),
    )
    for identity, *rest in rows:
        found.setdefault(identity, []).append(Known(*rest))
    return found


def row_in(known: list[Known], session: session_rows.SessionRow) -> Known | None:
    """Return the row of `known` that stands in `session`, or None."""
    for row in known:
        if row.session_id == session.id:
            return row
    return None

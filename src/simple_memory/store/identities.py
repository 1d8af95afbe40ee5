"""Which messages the store has already, by their identity; not what is done about one that comes again."""

from __future__ import annotations

from collections.abc import Sequence

import apsw
import msgspec

from simple_memory.store import session_rows


class Known(msgspec.Struct):
    """A row of `message` that has the identity in question."""

    id: int
    session_id: int | None
    copy_of: int | None
    generation: int


def load(connection: apsw.Connection, identities: Sequence[str]) -> dict[str, list[Known]]:
    """Return the rows that have one of `identities`, by identity; none has no entry."""
    found: dict[str, list[Known]] = {}
    if not identities:
        return found
    rows = connection.execute(
        """
        SELECT coalesce(origin, uuid), id, session_id, copy_of, generation FROM message
        WHERE coalesce(origin, uuid) IN (SELECT value FROM json_each(?))
        """,
        (msgspec.json.encode(identities).decode(),),
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

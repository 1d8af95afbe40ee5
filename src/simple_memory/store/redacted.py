"""Whether all that a store holds was read with secrets replaced by marks; not the replacing."""

from __future__ import annotations

import apsw

from simple_memory.store import asking


def note(connection: apsw.Connection, *, redacts: bool) -> None:
    """Take note of how the writer's connection is about to read: one reading without marks, and not all has them."""
    if redacts:
        connection.execute("UPDATE counter SET redacted = 1 WHERE redacted = 0 AND archived_bytes = 0")
    else:
        connection.execute("UPDATE counter SET redacted = 0 WHERE redacted = 1")


def is_whole(connection: apsw.Connection) -> bool:
    """Return whether everything in the store was read with marks."""
    return bool(asking.one(connection, "SELECT redacted FROM counter")[0])


def set_whole(connection: apsw.Connection, *, is_whole: bool) -> None:
    """Say so of a store that was made anew."""
    connection.execute("UPDATE counter SET redacted = ?", (int(is_whole),))

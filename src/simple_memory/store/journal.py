"""How long SQLite's journal (the WAL) has grown, and emptying it; not who keeps it long.

The journal is emptied into the database while nobody reads what the database was before. A reader that does not end
keeps all that is written meanwhile in the journal.
"""

from __future__ import annotations

import os

import apsw

from simple_memory.store import connection as opening

ALARM_BYTES = 64 * 1024 * 1024
"""A journal that is longer and cannot be emptied is told."""
MOST_BYTES = 512 * 1024 * 1024
"""With a journal of this length nothing more is written until it can be emptied."""


def size(database: str) -> int:
    """Return the journal's length in bytes; 0 where there is none."""
    try:
        return os.stat(database + "-wal").st_size
    except OSError:
        return 0


def copy(connection: apsw.Connection) -> None:
    """Copy what is in the journal of the writer's `connection` into the database, as far as its readers let it.

    What is then left to `shorten` is quick. Never waits. Raises apsw.Error.
    """
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def shorten(connection: apsw.Connection) -> int:
    """Empty the journal of the writer's `connection` as far as its readers let it; return the bytes that are left.

    Never waits. Raises apsw.Error.
    """
    connection.set_busy_timeout(0)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.set_busy_timeout(opening.BUSY_MS)
    return size(connection.filename)

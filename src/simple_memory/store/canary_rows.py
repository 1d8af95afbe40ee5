"""What our own test transcript leaves in the store for a moment: looked for, then taken out without a trace."""

from __future__ import annotations

import apsw

from simple_memory.store import asking, paths

_READ = """
SELECT count(*) FROM transcript JOIN checkpoint ON checkpoint.transcript_id = transcript.id
JOIN frame ON frame.transcript_id = transcript.id AND frame.length = checkpoint.offset
WHERE transcript.path = ? AND checkpoint.offset = ?
"""
_TABLES = (
    ("frame", "transcript_id"),
    ("quarantine", "transcript_id"),
    ("checkpoint", "transcript_id"),
    ("gap", "transcript_id"),
)


def is_read(connection: apsw.Connection, path: str, size: int) -> bool:
    """Return whether the transcript at `path` is in the archive and in the checkpoints with all of its `size` bytes."""
    return bool(asking.one(connection, _READ, (paths.path_to_text(path), size))[0])


def remove(connection: apsw.Connection, agent: str) -> bool:
    """Delete every transcript of `agent`, with what belongs to it; return whether there was one.

    It must have no messages: that none refers to it is not looked up, which would take a look at every message. No
    counter is changed: it was never counted. No transaction may be open.
    """
    found = [int(str(row[0])) for row in connection.execute("SELECT id FROM transcript WHERE agent = ?", (agent,))]
    if not found:
        return False
    connection.execute("PRAGMA foreign_keys = OFF")
    try:
        with connection:
            for transcript_id in found:
                for table, column in _TABLES:
                    connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (transcript_id,))  # noqa: S608
                connection.execute("DELETE FROM transcript WHERE id = ?", (transcript_id,))
    finally:
        connection.execute("PRAGMA foreign_keys = ON")
    return True

"""What a store that is made anew from an archive takes over from the old one, because no transcript tells it."""

from __future__ import annotations

from typing import Any

import apsw

REBUILT = frozenset(
    {
        "project", "session", "message", "tool_call", "media", "response", "transcript", "checkpoint", "frame",
        "quarantine", "record_kind", "counter", "index_state", "reindex",
    }
)  # fmt: skip
"""Tables that come from transcripts, or belong to the index. Every other table is carried over whole."""


def carry(held: apsw.Connection, target: apsw.Connection) -> list[str]:
    """Copy the rows of every table that is not rebuilt, and when each transcript came and went; return these tables.

    Raises apsw.Error; then nothing was copied.
    """
    names = sorted((_tables(held) & _tables(target)) - REBUILT)
    with target:
        for name in names:
            rows: list[Any] = held.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608
            marks = ", ".join("?" * len(rows[0])) if rows else ""
            target.executemany(f'INSERT OR IGNORE INTO "{name}" VALUES ({marks})', rows)  # noqa: S608
        times: list[Any] = held.execute("SELECT first_seen, deleted_at, path FROM transcript").fetchall()
        target.executemany(
            """
            UPDATE transcript SET first_seen = min(first_seen, ?), deleted_at = iif(state = 'deleted', ?, NULL)
            WHERE path = ?
            """,
            times,
        )
    return names


def _tables(connection: apsw.Connection) -> set[str]:
    rows: list[Any] = connection.execute(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    ).fetchall()
    return {name for (name,) in rows}

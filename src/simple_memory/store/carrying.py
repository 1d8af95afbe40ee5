"""What a store that is made anew from an archive takes over from the old one, because no transcript tells it."""

from __future__ import annotations

from typing import Any, cast

import apsw

REBUILT = frozenset(
    {
        "project", "session", "message", "tool_call", "media", "response", "transcript", "checkpoint", "frame", "blob",
        "dictionary",
        "quarantine", "record_kind", "counter", "index_state", "reindex",
    }
)  # fmt: skip
"""Tables that come from transcripts, or belong to the index. Every other table is carried over whole."""


def carry(held: apsw.Connection, target: apsw.Connection) -> list[str]:
    """Copy the rows of every table that is not rebuilt, and when each transcript came and went; return these tables.

    Raises apsw.Error; then nothing was copied.
    """
    names = sorted((_tables(held) & _tables(target)) - REBUILT)
    numbers = _new_numbers(held, target)
    with target:
        for name in names:
            _copy(held, target, name, numbers)
        times: list[Any] = held.execute("SELECT first_seen, deleted_at, path FROM transcript").fetchall()
        target.executemany(
            """
            UPDATE transcript SET first_seen = min(first_seen, ?), deleted_at = iif(state = 'deleted', ?, NULL)
            WHERE path = ?
            """,
            times,
        )
    return names


def _new_numbers(held: apsw.Connection, target: apsw.Connection) -> dict[int, int]:
    """Return, by the id of each transcript in the old store, its id in the new one."""
    query = "SELECT path, id FROM transcript"
    new: dict[Any, Any] = dict(cast("Any", target.execute(query).fetchall()))
    old: list[Any] = held.execute(query).fetchall()
    return {number: new[path] for path, number in old if path in new}


def _copy(held: apsw.Connection, target: apsw.Connection, name: str, numbers: dict[int, int]) -> None:
    """Copy a table, as far as both have its columns; rows about a transcript get its new id."""
    columns = [column for column in _columns(held, name) if column in _columns(target, name)]
    names = ", ".join(f'"{column}"' for column in columns)
    rows: list[Any] = held.execute(f'SELECT {names} FROM "{name}"').fetchall()  # noqa: S608
    if "transcript_id" in columns:
        at = columns.index("transcript_id")
        rows = [(*row[:at], numbers[row[at]], *row[at + 1 :]) for row in rows if row[at] in numbers]
    marks = ", ".join("?" * len(columns))
    target.executemany(f'INSERT OR IGNORE INTO "{name}" ({names}) VALUES ({marks})', rows)  # noqa: S608


def _columns(connection: apsw.Connection, table: str) -> list[str]:
    """Return the names of a table's columns, in the order in which they came: one that was added later is the last."""
    return [str(column) for (column,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]


def _tables(connection: apsw.Connection) -> set[str]:
    rows: list[Any] = connection.execute(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    ).fetchall()
    return {name for (name,) in rows}

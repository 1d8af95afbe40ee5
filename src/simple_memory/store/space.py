"""What takes the room in the database: by table, by project, by kind of what was stored; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import apsw

from simple_memory.store import snapshot


@dataclass(frozen=True, slots=True)
class Room:
    """The room that something takes: `stored_bytes` in the database, `rows` of it."""

    name: str
    stored_bytes: int
    rows: int


@dataclass(frozen=True, slots=True)
class ProjectRoom:
    """A project's part of the archive: its transcripts' bytes, and what they take once compressed."""

    project: str
    transcripts: int
    transcript_bytes: int
    archived_bytes: int


_PAGES = """
SELECT coalesce(schema.tbl_name, stat.name), sum(stat.pgsize)
FROM dbstat AS stat LEFT JOIN main.sqlite_schema AS schema ON schema.name = stat.name
WHERE stat.aggregate = TRUE GROUP BY 1 ORDER BY 2 DESC
"""
_PROJECTS = """
WITH archived (transcript_id, length, packed) AS MATERIALIZED (
    SELECT transcript_id, sum(length), sum(length(packed)) FROM frame GROUP BY transcript_id
)
SELECT coalesce(project.path, ''), count(*), sum(archived.length), sum(archived.packed)
FROM archived JOIN transcript ON transcript.id = archived.transcript_id
LEFT JOIN session ON session.id = transcript.session_id LEFT JOIN project ON project.id = session.project_id
GROUP BY 1 ORDER BY 4 DESC
"""
"""By the transcript first, in the order of its index: to sort the frames is to keep all of the archive in memory."""
_TEXTS = """
SELECT role || ' ' || kind, octet_length(text) + coalesce(length(packed), 0) FROM message
"""
_KINDS = """
SELECT 'tool input', sum(coalesce(octet_length(input), 0) + coalesce(length(input_packed), 0)), count(input)
FROM tool_call
UNION ALL
SELECT 'tool result', sum(
    coalesce(octet_length(result), 0) + coalesce(octet_length(extra), 0) + coalesce(length(packed), 0)
), count(result) FROM tool_call
UNION ALL
SELECT 'images and documents (in the archive)', coalesce(sum(size_bytes), 0), count(*) FROM media
UNION ALL
SELECT 'images and documents, each once, packed', coalesce(sum(length(packed)), 0), count(*) FROM blob
"""


def by_table(connection: apsw.Connection) -> list[Room]:
    """Return the room of each table with its indexes, the largest first; then free pages, and SQLite's own lists."""
    with snapshot.view(connection):
        rows: list[Any] = connection.execute(_PAGES).fetchall()
        found = [Room(name, size, _count(connection, name)) for name, size in rows]
        page, free = connection.pragma("page_size"), connection.pragma("freelist_count")
        others = connection.pragma("page_count") - free - sum(one.stored_bytes for one in found) // page
        return [*found, Room("(free)", free * page, free), Room("(where pages belong)", others * page, others)]


def _count(connection: apsw.Connection, table: str) -> int:
    if table.startswith("sqlite_"):
        return 0
    ((number,),) = connection.execute(f'SELECT count(*) FROM main."{table}"')  # noqa: S608 — a name of the schema
    return int(number)


def by_project(connection: apsw.Connection) -> list[ProjectRoom]:
    """Return each project's part of the archive, the largest first; "" is what belongs to no session."""
    with snapshot.view(connection):
        rows: list[Any] = connection.execute(_PROJECTS).fetchall()
    return [ProjectRoom(*row) for row in rows]


def by_kind(connection: apsw.Connection) -> list[Room]:
    """Return the room of the rows' own texts by role and kind, the largest first; the archive is not in it."""
    texts: dict[str, tuple[int, int]] = {}
    with snapshot.view(connection):
        each: Iterable[Any] = connection.execute(_TEXTS)  # grouped here: to sort them is to keep them all in memory
        for name, size in each:
            sum_of, number = texts.get(name, (0, 0))
            texts[name] = (sum_of + size, number + 1)
        rows: list[Any] = connection.execute(_KINDS).fetchall()
    found = [Room(name, *told) for name, told in texts.items()]
    found += [Room(name, size or 0, number) for name, size, number in rows]
    return sorted(found, key=lambda room: (-room.stored_bytes, room.name))

"""Looking for damage in the database and its archive; nothing is changed, and nothing mended."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import apsw

from simple_memory import errors
from simple_memory.store import archive, paths
from simple_memory.store import connection as opening

MOST = 5
"""Problems of one kind that are told; where there are so many, there are more."""

_COUNTED = """
WITH counted AS (SELECT role FROM message WHERE copy_of IS NULL AND session_id IS NOT NULL)
SELECT
    (SELECT count(*) FROM counted WHERE role IN ('user', 'assistant')),
    (SELECT count(*) FROM session WHERE kind = 'main'),
    (SELECT count(*) FROM session WHERE kind = 'subagent'),
    (SELECT count(*) FROM transcript WHERE agent <> 'canary'),
    (SELECT count(*) FROM transcript WHERE state = 'deleted' AND agent <> 'canary'),
    (
        SELECT coalesce(sum(frame.length), 0) FROM frame
        JOIN transcript ON transcript.id = frame.transcript_id WHERE transcript.agent <> 'canary'
    )
"""
"""The test transcript of our own is there for a moment, and never counted."""
_KEPT = "SELECT messages, sessions, subagents, transcripts, deleted_at_source, archived_bytes FROM counter"
_NAMES = ("messages", "sessions", "sub-agents", "transcripts", "deleted transcripts", "archived bytes")

_UNCOVERED = """
SELECT transcript.path, checkpoint.offset, coalesce(sum(frame.length), 0), coalesce(max(frame.offset + frame.length), 0)
FROM checkpoint
JOIN transcript ON transcript.id = checkpoint.transcript_id
LEFT JOIN frame ON frame.transcript_id = checkpoint.transcript_id AND frame.generation = checkpoint.generation
GROUP BY checkpoint.transcript_id
HAVING checkpoint.offset <> coalesce(sum(frame.length), 0)
    OR checkpoint.offset <> coalesce(max(frame.offset + frame.length), 0)
LIMIT 5
"""


def pages(connection: apsw.Connection, *, thorough: bool) -> list[str]:
    """Return what is wrong with the database's pages and rules; `thorough` compares every index with its table."""
    path = connection.filename
    size, page = os.stat(path).st_size, int(connection.pragma("page_size"))
    problems = [] if size % page == 0 else [f"its size of {size:,} bytes is no multiple of its pages of {page:,}"]
    check = "integrity_check" if thorough else "quick_check"
    found: list[Any] = connection.execute(f"PRAGMA {check}({MOST})").fetchall()
    problems += [text for (text,) in found if text != "ok"]
    problems += [
        f"a row of {table} names one of {parent} that is not there" for table, _, parent, _ in _orphans(connection)
    ]
    return problems


def _orphans(connection: apsw.Connection) -> list[Any]:
    found = []
    for row in connection.execute("PRAGMA foreign_key_check"):
        found.append(row)
        if len(found) == MOST:
            break
    return found


def counts(connection: apsw.Connection) -> list[str]:
    """Return where the counters row does not count what the tables hold."""
    kept: Any = connection.execute(_KEPT).fetchone()
    real: Any = connection.execute(_COUNTED).fetchone()
    if kept is None:
        return ["there are no counters"]
    told = zip(_NAMES, kept, real, strict=True)
    return [f"{ours:,} {name} are counted, {found:,} are there" for name, ours, found in told if ours != found]


def checkpoints(connection: apsw.Connection) -> list[str]:
    """Return the transcripts whose archive does not reach as far as they are read, at most MOST."""
    return [
        f"{paths.path_from_text(path)}: read to byte {offset:,}, {held:,} bytes archived"
        for path, offset, held, _ in connection.execute(_UNCOVERED)
    ]


def frames(connection: apsw.Connection) -> Iterator[str | None]:
    """Compare every byte of the archive with its digest: yield None for a good generation, a sentence for a bad one."""
    transcripts: list[Any] = connection.execute("SELECT id, path FROM transcript ORDER BY id").fetchall()
    for number, path in transcripts:
        for generation in archive.generations(connection, number):
            try:
                for _ in archive.read_frames(connection, number, generation):
                    pass
            except errors.StoreDamaged as error:
                yield f"{paths.path_from_text(path)}: {error.message}"
            except apsw.Error as error:
                yield f"{paths.path_from_text(path)}: {opening.translate(error, connection.filename).message}"
            else:
                yield None

"""Taking a plan's sessions and lines out of the database, for good; not what the plan is, and not the index's files.

Everything happens in one transaction. What stays keeps its place: forgotten lines become blanks of their length.
"""

# ruff: noqa: S608 - what is put into statements here are constants of this module; values are bound

from __future__ import annotations

import json
import os
import struct
from typing import Any

import apsw

from simple_memory import model
from simple_memory.store import archive, blobs, forgettable, lineage, packing, paths, repacking, tombstones, tool_rows

_REFERENCE = struct.Struct("<BqqqI")
_HALVES = {
    "message_id": "name = NULL, input = NULL, input_packed = NULL, path = NULL",
    "result_message_id": "result = NULL, extra = NULL, packed = NULL, result_chars = NULL, is_error = 0, "
    "output_name = NULL, ended_at = NULL",
}
_COUNT = """
UPDATE counter SET (
    messages, system_messages, sessions, subagents, projects, tool_calls, tool_results, transcripts,
    deleted_at_source, quarantined, archived_bytes
) = (
    SELECT
        (
            SELECT count(*) FROM message
            WHERE copy_of IS NULL AND session_id IS NOT NULL AND role IN ('user', 'assistant')
        ),
        (SELECT count(*) FROM message WHERE copy_of IS NULL AND session_id IS NOT NULL AND role = 'system'),
        (SELECT count(*) FROM session WHERE kind = 'main'),
        (SELECT count(*) FROM session WHERE kind = 'subagent'),
        (SELECT count(*) FROM project),
        (SELECT count(DISTINCT call_id) FROM tool_call WHERE message_id IS NOT NULL),
        (SELECT count(DISTINCT call_id) FROM tool_call WHERE result_message_id IS NOT NULL),
        (SELECT count(*) FROM transcript),
        (SELECT count(*) FROM transcript WHERE state = 'deleted'),
        (SELECT count(*) FROM quarantine),
        (SELECT coalesce(sum(length), 0) FROM frame)
)
"""
_CLEAR_CHECKPOINTS = """
UPDATE checkpoint SET title = NULL, title_rank = 0, first_at = NULL, last_at = NULL
WHERE transcript_id IN (SELECT id FROM transcript WHERE session_id = ?)
"""
_LISTED = "(SELECT value FROM json_each(?))"


def forget(connection: apsw.Connection, plan: forgettable.Plan) -> int:
    """Take what `plan` names out of the tables, remember it by digests; return how many messages went.

    `connection` is the writer's, with no transaction open. Afterwards call `wipe`, and build the index anew.
    """
    connection.execute("PRAGMA secure_delete = ON")
    with connection:
        _remember(connection, plan)
        gone = _doom(connection, plan)
        heirs = _hand_over(connection)
        _unpack_what_stays(connection, plan)
        touched = heirs | _delete_rows(connection, plan)
        _blank(connection, plan)
        _tell_outputs(connection, plan)
        emptied = _empty(connection, touched - set(plan.sessions))
        _delete_whole(connection, plan)
        repacking.unlearn(connection)
        _tell_anew(connection, touched - set(plan.sessions) - emptied)
        blobs.sweep(connection)
        connection.execute(_COUNT)
        connection.execute("UPDATE index_state SET indexed_to = 0, indexed_at = NULL, format = 0")
        connection.execute("DELETE FROM reindex")
        connection.execute("DROP TABLE temp.doomed")
    return gone


def count_again(connection: apsw.Connection, usage: model.Usage, place: tuple[int, int, int]) -> None:
    """Let another record of an answer count its tokens; `place` is (transcript, generation, offset) of its line."""
    with connection:
        connection.execute(
            """
            INSERT OR IGNORE INTO response (
                response, message_id, session_id, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
                cache_write_1h_tokens
            )
            SELECT ?4, counts.id, counts.session_id, ?5, ?6, ?7, ?8, ?9
            FROM message AS said JOIN message AS counts ON counts.id = coalesce(said.copy_of, said.id)
            WHERE said.transcript_id = ?1 AND said.generation = ?2 AND said.offset = ?3
                AND counts.session_id IS NOT NULL
            LIMIT 1
            """,
            (
                *place,
                tool_rows.response_key(usage.response),
                usage.input_tokens,
                usage.output_tokens,
                usage.cache_read_tokens,
                usage.cache_write_tokens,
                usage.cache_write_1h_tokens,
            ),
        )
        row: Any = connection.execute(
            "SELECT session_id FROM response WHERE response = ?", (tool_rows.response_key(usage.response),)
        ).fetchone()
        if row is not None:
            lineage.recount(connection, row[0])


def wipe(connection: apsw.Connection) -> None:
    """Write the database anew without free pages, and empty its journal."""
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _remember(connection: apsw.Connection, plan: forgettable.Plan) -> None:
    tombstones.add(connection, "session", (name.encode("utf-8", "replace") for name in plan.sessions.values()))
    tombstones.add(
        connection, "transcript", (os.fsencode(paths.path_from_text(path)) for path in plan.transcripts.values())
    )
    tombstones.add(connection, "line", plan.lines)
    words = tombstones.words_of(tombstones.plain(plan.wish.phrase or ""))
    if words and not _narrows(plan.wish):
        tombstones.add(connection, "phrase", [" ".join(words).encode()], len(words))


def _narrows(wish: forgettable.Wish) -> bool:
    return any((wish.session, wish.project, wish.path, wish.since, wish.until))


def _doom(connection: apsw.Connection, plan: forgettable.Plan) -> int:
    """List the messages that go, and add to the plan's gaps the lines that tell of whole sessions elsewhere."""
    connection.execute("CREATE TEMP TABLE doomed (id INTEGER PRIMARY KEY)")
    for (transcript_id, generation), gaps in plan.gaps.items():
        offsets = json.dumps([offset for offset, _ in gaps])
        connection.execute(
            f"""
            INSERT OR IGNORE INTO temp.doomed SELECT message.id FROM message
            JOIN transcript ON transcript.id = message.transcript_id
            WHERE transcript_id = ? AND generation = ? AND message.kind <> 'tool_output'
                AND (offset IN {_LISTED} OR transcript.form = 'whole')
            """,
            (transcript_id, generation, offsets),
        )
    connection.execute(
        f"""
        INSERT OR IGNORE INTO temp.doomed SELECT id FROM message
        WHERE session_id IN {_LISTED} OR transcript_id IN {_LISTED}
        """,
        (json.dumps(list(plan.sessions)), json.dumps(list(plan.transcripts))),
    )
    elsewhere: list[Any] = connection.execute(
        f"""
        SELECT transcript_id, generation, offset, length FROM message
        WHERE id IN (SELECT id FROM temp.doomed) AND transcript_id NOT IN {_LISTED}
        """,
        (json.dumps(list(plan.transcripts)),),
    ).fetchall()
    for transcript_id, generation, offset, length in elsewhere:
        gaps = plan.gaps.setdefault((transcript_id, generation), [])
        if (offset, length) not in gaps:
            gaps.append((offset, length))
    ((gone,),) = connection.execute("SELECT count(*) FROM temp.doomed").fetchall()
    return int(gone)  # type: ignore[arg-type]


def _hand_over(connection: apsw.Connection) -> set[int]:
    """Let messages that stay as copies count where the one that counted goes; return the row ids of their sessions."""
    rows: list[Any] = connection.execute(
        """
        SELECT gone.id, gone.session_id, kept.id, kept.session_id
        FROM message AS kept JOIN message AS gone ON gone.id = kept.copy_of
        WHERE gone.id IN (SELECT id FROM temp.doomed) AND kept.id NOT IN (SELECT id FROM temp.doomed)
        ORDER BY kept.id
        """
    ).fetchall()
    done = set()
    heirs = set()
    for gone, its_session, kept, session in rows:
        if gone not in done:
            done.add(gone)
            heirs.add(session)
            lineage.hand_over(connection, (gone, its_session), (kept, session))
    return heirs


def _unpack_what_stays(connection: apsw.Connection, plan: forgettable.Plan) -> None:
    """Store texts that stay, and refer to bytes that go, as they are."""
    affected = set(plan.transcripts) | {transcript_id for transcript_id, _ in plan.gaps}
    for table, column, plain, owner in (
        ("message", "packed", "text", "id"),
        ("tool_call", "input_packed", "input", "message_id"),
        ("tool_call", "packed", "result", "result_message_id"),
    ):
        rows: list[Any] = connection.execute(
            f"""
            SELECT id, {column} FROM {table}
            WHERE hex(substr({column}, 1, 1)) IN ('01', '02') AND {owner} NOT IN (SELECT id FROM temp.doomed)
            """
        ).fetchall()
        for row_id, packed in rows:
            _, transcript_id, generation, offset, length = _REFERENCE.unpack_from(packed)
            gaps = plan.gaps.get((transcript_id, generation), [])
            is_hit = any(start < offset + length and offset < start + size for start, size in gaps)
            if transcript_id not in affected or not (is_hit or transcript_id in plan.transcripts):
                continue
            second = f"unpack_second({'extra' if plain == 'result' else 'NULL'}, {column})"
            ((whole, more),) = connection.execute(
                f"SELECT unpack_first({plain}, {column}), {second} FROM {table} WHERE id = ?", (row_id,)
            ).fetchall()
            kept = packing.pack(str(whole), str(more or "")) if plain == "result" else packing.pack(str(whole))
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (kept, row_id))


def _delete_rows(connection: apsw.Connection, plan: forgettable.Plan) -> set[int]:
    """Delete the messages that go and what belongs to them; return the row ids of the sessions that they stood in."""
    doomed = "(SELECT id FROM temp.doomed)"
    touched = {
        session_id
        for (session_id,) in connection.execute(f"SELECT DISTINCT session_id FROM message WHERE id IN {doomed}")
        if session_id is not None
    }
    for half, cleared in _HALVES.items():
        connection.execute(f"UPDATE tool_call SET {half} = NULL, {cleared} WHERE {half} IN {doomed}")
    connection.execute("DELETE FROM tool_call WHERE message_id IS NULL AND result_message_id IS NULL")
    connection.execute(f"DELETE FROM media WHERE message_id IN {doomed}")
    lost: list[Any] = connection.execute(
        f"DELETE FROM response WHERE message_id IN {doomed} RETURNING response"
    ).fetchall()
    plan.responses = [key for (key,) in lost]
    connection.execute(f"DELETE FROM message WHERE id IN {doomed}")
    return touched


def _blank(connection: apsw.Connection, plan: forgettable.Plan) -> None:
    """Put blanks in the place of lines in the archive, in unfinished lines and among what was set aside."""
    packer = archive.Packer()
    for (transcript_id, generation), gaps in plan.gaps.items():
        if transcript_id in plan.transcripts:
            continue
        for offset, content in list(archive.read_frames(connection, transcript_id, generation)):
            changed = tombstones.blanked(content, [(start - offset, length, None) for start, length in gaps])
            if changed != content:
                connection.execute(
                    "DELETE FROM frame WHERE transcript_id = ? AND generation = ? AND offset = ?",
                    (transcript_id, generation, offset),
                )
                archive.add(connection, transcript_id, generation, packer.frames(changed, offset))
        row = connection.execute(
            "SELECT offset, tail FROM checkpoint WHERE transcript_id = ? AND generation = ?",
            (transcript_id, generation),
        ).fetchone()
        if row is not None and row[1]:
            tail = tombstones.blanked(row[1], [(start - row[0], length, None) for start, length in gaps])
            connection.execute("UPDATE checkpoint SET tail = ? WHERE transcript_id = ?", (tail, transcript_id))
        for start, length in gaps:
            connection.execute(
                """
                DELETE FROM quarantine
                WHERE transcript_id = ? AND generation = ? AND offset < ? AND offset + length > ?
                """,
                (transcript_id, generation, start + length, start),
            )
        connection.executemany(
            "INSERT OR REPLACE INTO gap (transcript_id, generation, offset, length) VALUES (?, ?, ?, ?)",
            [(transcript_id, generation, *gap) for gap in gaps],
        )


def _tell_outputs(connection: apsw.Connection, plan: forgettable.Plan) -> None:
    """Let the texts of off-loaded outputs be what is left of their files."""
    for transcript_id in sorted({transcript_id for transcript_id, _ in plan.gaps} - set(plan.transcripts)):
        rows: list[Any] = connection.execute(
            "SELECT id FROM message WHERE transcript_id = ? AND kind = 'tool_output'", (transcript_id,)
        ).fetchall()
        for (message_id,) in rows:
            content = b"".join(archive.read_transcript(connection, transcript_id))
            text = content.decode("utf-8", "replace").replace("\x00", "\ufffd")
            is_long = len(text) > packing.LONG_TEXT
            connection.execute(
                "UPDATE message SET text = ?, packed = ? WHERE id = ?",
                (packing.cut(text) if is_long else text, packing.pack(text) if is_long else None, message_id),
            )


def _empty(connection: apsw.Connection, sessions: set[int]) -> set[int]:
    """Delete those of the sessions that have nothing left that makes a session, and return them.

    Titles and summaries alone make none: they wait, as those of a transcript do that tells of no session yet.
    """
    emptied: list[Any] = connection.execute(
        f"""
        SELECT id FROM session WHERE id IN {_LISTED} AND NOT EXISTS (
            SELECT 1 FROM message JOIN transcript ON transcript.id = message.transcript_id
            WHERE message.session_id = session.id AND (message.position IS NOT NULL OR transcript.form = 'whole')
        )
        """,
        (json.dumps(sorted(sessions)),),
    ).fetchall()
    for (session_id,) in emptied:
        connection.execute(_CLEAR_CHECKPOINTS, (session_id,))
        connection.execute("UPDATE message SET session_id = NULL WHERE session_id = ?", (session_id,))
        connection.execute("UPDATE transcript SET session_id = NULL WHERE session_id = ?", (session_id,))
        connection.execute("DELETE FROM session WHERE id = ?", (session_id,))
    return {session_id for (session_id,) in emptied}


def _delete_whole(connection: apsw.Connection, plan: forgettable.Plan) -> None:
    transcripts, sessions = json.dumps(list(plan.transcripts)), json.dumps(list(plan.sessions))
    for table in ("frame", "quarantine", "checkpoint", "gap"):
        connection.execute(f"DELETE FROM {table} WHERE transcript_id IN {_LISTED}", (transcripts,))
    connection.execute(f"DELETE FROM transcript WHERE id IN {_LISTED}", (transcripts,))
    connection.execute(f"DELETE FROM tool_call WHERE session_id IN {_LISTED}", (sessions,))
    connection.execute(f"DELETE FROM response WHERE session_id IN {_LISTED}", (sessions,))
    connection.execute(f"UPDATE transcript SET session_id = NULL WHERE session_id IN {_LISTED}", (sessions,))
    connection.execute(f"DELETE FROM session WHERE id IN {_LISTED}", (sessions,))
    connection.execute("DELETE FROM project WHERE id NOT IN (SELECT project_id FROM session)")


def _tell_anew(connection: apsw.Connection, sessions: set[int]) -> None:
    """Tell of sessions that lost messages what the rest of them tells: positions, counts, times and title."""
    for session_id in sorted(sessions):
        _renumber(connection, session_id)
        lineage.recount(connection, session_id)
        connection.execute(
            """
            UPDATE session SET (started_at, ended_at) = (
                SELECT min(timestamp), max(timestamp) FROM message
                WHERE session_id = ?1 AND role IN ('user', 'assistant')
            ) WHERE id = ?1
            """,
            (session_id,),
        )
        rank, title = _title(connection, session_id)
        connection.execute("UPDATE session SET title = ?, title_rank = ? WHERE id = ?", (title, rank, session_id))
        connection.execute(_CLEAR_CHECKPOINTS, (session_id,))


def _renumber(connection: apsw.Connection, session_id: int) -> None:
    """Close the gaps in the order of a session's messages: as if what went had never been read."""
    rows: list[Any] = connection.execute(
        "SELECT id, role, kind FROM message WHERE session_id = ? AND position IS NOT NULL ORDER BY position, id",
        (session_id,),
    ).fetchall()
    turn = 0
    numbered = []
    for position, (message_id, role, kind) in enumerate(rows):
        turn += role == "user" and kind in model.STARTS_A_TURN
        numbered.append((position, turn, message_id))
    connection.executemany("UPDATE message SET position = ?, turn = ? WHERE id = ?", numbered)
    connection.execute("UPDATE session SET next_position = ?, turns = ? WHERE id = ?", (len(rows), turn, session_id))


def _title(connection: apsw.Connection, session_id: int) -> tuple[int, str | None]:
    """Return the best title that the messages of a session still give, with its rank."""
    row: Any = connection.execute(
        """
        SELECT title_rank, text FROM message WHERE session_id = ? AND title_rank IS NOT NULL AND text <> ''
        ORDER BY title_rank DESC, id DESC LIMIT 1
        """,
        (session_id,),
    ).fetchone()
    if row is None:
        row = connection.execute(
            "SELECT 1, text FROM message WHERE session_id = ? AND kind = 'prompt' ORDER BY position LIMIT 1",
            (session_id,),
        ).fetchone()
    return (int(row[0]), model.title_of(row[1])) if row else (0, None)

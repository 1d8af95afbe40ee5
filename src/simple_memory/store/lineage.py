"""What no single chunk can tell: where shared messages count, whose title a summary is, the order across transcripts.

Everything here depends on what is stored alone, never on the order in which it was read: a store that was filled in two
halves, or after a crash, ends up the same.
"""

from __future__ import annotations

from typing import Any

import apsw

from simple_memory import model
from simple_memory.store import asking, retelling, session_rows


def is_unsettled(connection: apsw.Connection) -> bool:
    """Return whether `settle` has anything to look at."""
    (waits,) = asking.one(connection, "SELECT EXISTS (SELECT 1 FROM session WHERE unsettled = 1)")
    return bool(waits) or retelling.has_loose_summaries(connection)


def settle(connection: apsw.Connection) -> bool:
    """Settle every session that is unsettled, and every summary without its session. Runs inside a transaction.

    Returns whether anything changed. Messages whose place in the index changed are put into `reindex`.
    """
    changed = False
    while row := connection.execute(
        "SELECT id, kinship FROM session WHERE unsettled = 1 ORDER BY id LIMIT 1"
    ).fetchone():
        session_id, kinship = row
        if kinship & session_rows.SEVERAL_TRANSCRIPTS:
            _renumber(connection, session_id)
            retelling.retell(connection, session_id)
        if kinship & session_rows.SHARES_MESSAGES:
            _share(connection, session_id)
        connection.execute("UPDATE session SET unsettled = 0 WHERE id = ?", (session_id,))
        changed = True
    return retelling.attach_summaries(connection) or changed


def _share(connection: apsw.Connection, session_id: int) -> None:
    """Let every message that stands in this session and in others count in the one where it was said first."""
    groups = _shared_messages(connection, session_id)
    kin_ids = {kin_id for group in groups for _, kin_id, _ in group} | {session_id}
    rank = {kin_id: _rank(connection, kin_id) for kin_id in kin_ids}
    touched = set()
    for group in groups:
        winner, owner, _ = min(group, key=lambda row: rank[row[1]])
        for message_id, kin_id, copy_of in group:
            wanted = None if message_id == winner else winner
            if copy_of == wanted:
                continue
            touched |= {kin_id, owner}
            connection.execute("UPDATE message SET copy_of = ? WHERE id = ?", (wanted, message_id))
            connection.execute("INSERT OR IGNORE INTO reindex (message_id) VALUES (?)", (message_id,))
            if wanted is not None:
                _move(connection, (message_id, kin_id), (winner, owner))
    for kin_id in touched:
        recount(connection, kin_id)
        retelling.loosen_summaries(connection, kin_id)


def _shared_messages(connection: apsw.Connection, session_id: int) -> list[list[tuple[int, int, int | None]]]:
    """Return the messages of a session that stand in others too: for each its rows (id, session id, copy of)."""
    groups: dict[str, list[tuple[int, int, int | None]]] = {}
    rows = connection.execute(
        """
        SELECT DISTINCT coalesce(kin.origin, kin.uuid), kin.id, kin.session_id, kin.copy_of
        FROM message AS mine JOIN message AS kin ON coalesce(kin.origin, kin.uuid) = coalesce(mine.origin, mine.uuid)
        WHERE mine.session_id = ?1 AND mine.role <> 'note' AND kin.session_id IS NOT NULL
            AND EXISTS (
                SELECT 1 FROM message AS other
                WHERE coalesce(other.origin, other.uuid) = coalesce(mine.origin, mine.uuid) AND other.session_id <> ?1
            )
        ORDER BY kin.id
        """,
        (session_id,),
    )
    for identity, message_id, kin_id, copy_of in rows:
        if not identity.startswith(("line:", "file:")):
            groups.setdefault(identity, []).append((message_id, kin_id, copy_of))
    return list(groups.values())


def _rank(connection: apsw.Connection, session_id: int) -> tuple[str, str, str]:
    """Return what makes a session the earlier of two that share messages; the smaller is the one where they count.

    A session that has nothing of its own was continued as a whole, so it comes first; then the one that went on first.
    """
    (own,) = asking.one(
        connection,
        """
        SELECT min(mine.timestamp) FROM message AS mine
        WHERE mine.session_id = ?1 AND mine.role IN ('user', 'assistant') AND NOT EXISTS (
            SELECT 1 FROM message AS other
            WHERE coalesce(other.origin, other.uuid) = coalesce(mine.origin, mine.uuid) AND other.session_id <> ?1
        )
        """,
        (session_id,),
    )
    connection.execute("UPDATE session SET own_started_at = ? WHERE id = ?", (own, session_id))
    name, started = asking.one(connection, "SELECT session, started_at FROM session WHERE id = ?", (session_id,))
    return own or "", started or "", name


_HALVES = {
    "message_id": "name, input, input_packed, path",
    "result_message_id": "result, extra, packed, result_chars, is_error, output_name, ended_at",
}
"""A tool call's row holds what its two messages brought: which message, and the columns that came with it."""


def _move(connection: apsw.Connection, old: tuple[int, int], new: tuple[int, int]) -> None:
    """Have what belongs to one copy of a message belong to another. Both are (message id, session id).

    Each half of a tool call goes where its own message counts: that alone does not depend on who was read first.
    """
    for half in _HALVES:
        calls = connection.execute(f"SELECT id, call_id FROM tool_call WHERE {half} = ?", (old[0],)).fetchall()  # noqa: S608
        for row_id, call_id in calls:
            _move_half(connection, half, (row_id, call_id), new)
    connection.execute(
        "UPDATE response SET message_id = ?, session_id = ? WHERE session_id = ? AND message_id = ?",
        (*new, old[1], old[0]),
    )


def hand_over(connection: apsw.Connection, old: tuple[int, int], new: tuple[int, int]) -> None:
    """Let a copy of a message count in the place of the one that goes. Both are (message id, session id)."""
    _move(connection, old, new)
    connection.execute("UPDATE message SET copy_of = ? WHERE copy_of = ? AND id <> ?", (new[0], old[0], new[0]))
    connection.execute("UPDATE message SET copy_of = NULL WHERE id = ?", (new[0],))


def _move_half(connection: apsw.Connection, half: str, call: tuple[Any, Any], new: tuple[int, int]) -> None:
    """Move one half of a call, given as (row id, call id), to the message and session of `new`."""
    row_id, call_id = call
    columns = _HALVES[half]
    connection.execute("INSERT OR IGNORE INTO tool_call (session_id, call_id) VALUES (?, ?)", (new[1], call_id))
    connection.execute(
        f"""
        UPDATE tool_call SET ({half}, {columns}) = (SELECT ?1, {columns} FROM tool_call WHERE id = ?2)
        WHERE call_id = ?3 AND session_id = ?4 AND {half} IS NULL
        """,  # noqa: S608
        (new[0], row_id, call_id, new[1]),
    )
    if not connection.changes() and half == "result_message_id":  # a second result: its words stay with the message
        connection.execute(
            """
            UPDATE message SET text = trim(message.text || char(10) || kept.words, char(10)) FROM (
                SELECT unpack_first(result, packed) || coalesce(char(10) || unpack_second(extra, packed), '') AS words
                FROM tool_call WHERE id = ?1
            ) AS kept WHERE message.id = ?2
            """,
            (row_id, new[0]),
        )
    cleared = ", ".join(f"{column} = {0 if column == 'is_error' else 'NULL'}" for column in columns.split(", "))
    connection.execute(f"UPDATE tool_call SET {half} = NULL, {cleared} WHERE id = ?", (row_id,))  # noqa: S608
    connection.execute(
        "DELETE FROM tool_call WHERE id = ? AND message_id IS NULL AND result_message_id IS NULL", (row_id,)
    )


def recount(connection: apsw.Connection, session_id: int) -> None:
    """Count a session anew from its rows."""
    connection.execute(
        """
        UPDATE session SET (shown, messages, prompts) = (
            SELECT
                count(*),
                count(*) FILTER (WHERE copy_of IS NULL),
                count(*) FILTER (WHERE copy_of IS NULL AND kind = 'prompt')
            FROM message WHERE session_id = ?1 AND role IN ('user', 'assistant')
        ), (tool_calls, tool_results) = (
            SELECT count(message_id), count(result_message_id) FROM tool_call WHERE session_id = ?1
        ), (input_tokens, output_tokens, cache_read_tokens, cache_write_tokens) = (
            SELECT coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(sum(cache_read_tokens), 0),
                coalesce(sum(cache_write_tokens), 0)
            FROM response WHERE session_id = ?1
        )
        WHERE id = ?1
        """,
        (session_id,),
    )


def _renumber(connection: apsw.Connection, session_id: int) -> None:
    """Number the messages of a session that several transcripts hold: one after another, by their first times."""
    rows = connection.execute(
        """
        SELECT message.id, message.role, message.kind FROM message
        JOIN transcript ON transcript.id = message.transcript_id
        JOIN (
            SELECT transcript_id, min(timestamp) AS first_time FROM message WHERE session_id = ?1 GROUP BY transcript_id
        ) AS start ON start.transcript_id = message.transcript_id
        WHERE message.session_id = ?1 AND message.position IS NOT NULL
        ORDER BY start.first_time, transcript.path, message.generation, message.offset, message.id
        """,
        (session_id,),
    ).fetchall()
    numbered = []
    turn = 0
    for position, (message_id, role, kind) in enumerate(rows):
        turn += role == "user" and kind in model.STARTS_A_TURN
        numbered.append((position, turn, message_id))
    connection.executemany("UPDATE message SET position = ?, turn = ? WHERE id = ?", numbered)
    connection.execute("UPDATE session SET next_position = ?, turns = ? WHERE id = ?", (len(rows), turn, session_id))

"""What of the store goes into the index, as documents, and how far the index has come; not the index itself.

A document is one message with the text of its tool calls and results. Copies (rows with `copy_of`) have none.
"""

# ruff: noqa: S608 - what is put into statements here are constants of this module; values are bound

from __future__ import annotations

import datetime
import json
import sys
from typing import Any, NamedTuple

import apsw

from simple_memory.store import ours

CHUNK_ROWS = 256
"""Messages that are read at once: what bounds memory when each of them brings a large tool result."""

_NOISE_ROLES = frozenset({"attachment"})
_SPOKEN_ATTACHMENTS = frozenset({"queued_prompt"})


class Document(NamedTuple):
    """One message for the index. `session` and `project` are row ids, `time_ms` is Unix time, UTC; 0 where unknown.

    `conversation` is what people and models said; `given` is what tools were given (words of the input, paths, names),
    `tool` what they gave back, and what the agent attached. `tools` are names of tools.
    """

    id: int
    session: int
    project: int
    agent: str
    role: str
    kind: str
    tools: tuple[str, ...]
    time_ms: int
    conversation: str
    given: str
    tool: str

    def size(self) -> int:
        """Return the characters of its text."""
        return len(self.conversation) + len(self.given) + len(self.tool)


class Progress(NamedTuple):
    """How far the index has come: the last message in it, when that was written (ISO UTC), and the index's format.

    `stamp` is the index's own number of that commit, which only grows: a folder with a smaller one is an older copy.
    """

    indexed_to: int
    indexed_at: str | None
    format: int
    stamp: int = 0


def _whole(column: str, packed: str, which: str = "first") -> str:
    """Return SQL for the whole text of a column; asks Python only where it is packed."""
    return f"CASE WHEN {packed} IS NULL THEN {column} ELSE unpack_{which}({column}, {packed}) END"


_COLUMNS = f"""
    message.id, message.session_id, session.project_id, session.agent, message.role, message.kind,
    coalesce(message.timestamp, session.ended_at), {_whole("message.text", "message.packed")}, message.name
"""


def read_documents(connection: apsw.Connection, above: int, limit_bytes: int) -> list[Document]:
    """Return the documents of messages with ids above `above`, in the order of their ids.

    Stops after about `limit_bytes` characters (at a chunk of messages, one at least); [] means that there are no more.
    """
    made: list[Document] = []
    size = 0
    while size < limit_bytes:
        rows: list[Any] = connection.execute(
            f"""
            SELECT {_COLUMNS} FROM message LEFT JOIN session ON session.id = message.session_id
            WHERE message.id > ? AND message.copy_of IS NULL ORDER BY message.id LIMIT {CHUNK_ROWS}
            """,
            (above,),
        ).fetchall()
        if not rows:
            break
        above = rows[-1][0]
        chunk = _documents(rows, *_parts(connection, "BETWEEN ?1 AND ?2", (rows[0][0], above)))
        size += sum(document.size() for document in chunk)
        made.extend(chunk)
    return made


def read_listed(connection: apsw.Connection, ids: list[int]) -> list[Document]:
    """Return the documents of the messages `ids` that exist and are no copies, in the order of their ids."""
    listed = json.dumps(ids)
    rows = connection.execute(
        f"""
        SELECT {_COLUMNS} FROM message LEFT JOIN session ON session.id = message.session_id
        WHERE message.id IN (SELECT value FROM json_each(?)) AND message.copy_of IS NULL ORDER BY message.id
        """,
        (listed,),
    ).fetchall()
    return _documents(rows, *_parts(connection, "IN (SELECT value FROM json_each(?1))", (listed,)))


_Texts = dict[int, list[str]]


def _parts(connection: apsw.Connection, which: str, bindings: tuple[Any, ...]) -> tuple[_Texts, _Texts, _Texts]:
    """Return names of tools, texts given to them and texts they gave back, for the messages whose id is `which`."""
    names: _Texts = {}
    given: _Texts = {}
    results: _Texts = {}
    for owner, name, words in connection.execute(
        f"""
        SELECT message_id, name, {_whole("input", "input_packed")} FROM tool_call
        WHERE message_id {which} ORDER BY message_id, id
        """,
        bindings,
    ):
        if name:
            names.setdefault(owner, []).append(name)
        given.setdefault(owner, []).extend((name or "", *(() if is_ours(name, words) else input_words(words))))
    for owner, name, words, *texts in connection.execute(
        f"""
        SELECT result_message_id, name, input, {_whole("result", "packed")}, {_whole("extra", "packed", "second")}
        FROM tool_call WHERE result_message_id {which} ORDER BY result_message_id, id
        """,
        bindings,
    ):
        if name:
            names.setdefault(owner, []).append(name)
        if not is_ours(name, words):
            results.setdefault(owner, []).extend(filter(None, texts))
    return names, given, results


def is_ours(tool: str | None, given: str | None) -> bool:
    """Return whether a call asked this memory: by its tool's name, or by the command in what it was given (JSON).

    What it was asked and gave back is a copy of what stands elsewhere: found again, it would outrank it.
    """
    return ours.is_tool(tool) or (ours.mentions(given) and ours.is_command(input_words(given)))


def input_words(text: str | None) -> list[str]:
    """Return the strings in a tool's input (JSON text) in order, without its keys; text that is no JSON as it is."""
    if not text:
        return []
    try:
        waiting = [_decoded(text)]
    except (ValueError, RecursionError):
        return [text]
    words = []
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            words.append(value)
        elif isinstance(value, dict):
            waiting.extend(reversed(value.values()))
        elif isinstance(value, list):
            waiting.extend(reversed(value))
    return words


def _decoded(text: str) -> Any:
    """Return JSON text decoded. Raises ValueError, RecursionError.

    By the quicker library where the process has it anyway, as the indexing one has: loading it would take a search a
    fifth of its time. Escapes are left to that library: it refuses halves of characters, which nobody could print.
    """
    if "msgspec" not in sys.modules and "\\u" not in text:
        return json.loads(text, parse_constant=int)  # NaN and Infinity are no numbers of JSON: a ValueError
    import msgspec

    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error


def is_noise(role: str, kind: str) -> bool:
    """Return whether the text of such messages counts as a tool's, not as something that was said."""
    return role in _NOISE_ROLES and kind not in _SPOKEN_ATTACHMENTS


def _documents(rows: list[Any], names: _Texts, given: _Texts, results: _Texts) -> list[Document]:
    made = []
    for id_, session, project, agent, role, kind, timestamp, whole, name in rows:
        spoken, noise = whole, results.get(id_, [])
        if is_noise(role, kind):
            spoken, noise = "", [name or "", whole, *noise]
        made.append(
            Document(
                id=id_,
                session=session or 0,
                project=project or 0,
                agent=agent or "",
                role=role,
                kind=kind,
                tools=tuple(names.get(id_, ())),
                time_ms=to_ms(timestamp) or 0,
                conversation=spoken,
                given="\n".join(given.get(id_, ())),
                tool="\n".join(noise),
            )
        )
    return made


def to_ms(timestamp: str | None) -> int | None:
    """Return an ISO time as Unix milliseconds; None for None, or for what is no time."""
    if not timestamp:
        return None
    try:
        moment = datetime.datetime.fromisoformat(timestamp)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return int(moment.timestamp() * 1000)


def read_progress(connection: apsw.Connection) -> Progress:
    """Return how far the index has come, as the store knows it."""
    row: Any = connection.execute(
        "SELECT indexed_to, indexed_at, format, stamp FROM index_state WHERE id = 1"
    ).fetchone()
    return Progress(*row)


def write_progress(connection: apsw.Connection, progress: Progress, done: list[int]) -> None:
    """Write how far the index has come, and take `done` off the list of messages to index again; one transaction."""
    with connection:
        connection.execute(
            "UPDATE index_state SET indexed_to = ?, indexed_at = ?, format = ?, stamp = ? WHERE id = 1",
            progress,
        )
        if done:
            connection.execute(
                "DELETE FROM reindex WHERE message_id IN (SELECT value FROM json_each(?))", (json.dumps(done),)
            )


def waiting_again(connection: apsw.Connection, up_to: int, limit: int) -> list[int]:
    """Return up to `limit` ids, none above `up_to`, of messages that must be indexed again."""
    rows = connection.execute(
        "SELECT message_id FROM reindex WHERE message_id <= ? ORDER BY message_id LIMIT ?", (up_to, limit)
    )
    return [message_id for (message_id,) in rows]


def last_message(connection: apsw.Connection) -> int:
    """Return the largest id of a message, 0 where there is none."""
    row: Any = connection.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()
    return int(row[0])


def count_pending(connection: apsw.Connection, above: int) -> int:
    """Return how many messages with ids above `above` count and how many others must be indexed again, together."""
    row: Any = connection.execute(
        """
        SELECT (SELECT count(*) FROM message WHERE id > ?1 AND copy_of IS NULL)
            + (SELECT count(*) FROM reindex WHERE message_id <= ?1)
        """,
        (above,),
    ).fetchone()
    return int(row[0])

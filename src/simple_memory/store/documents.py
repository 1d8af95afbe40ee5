"""What of the store goes into the index, as documents; not the index itself, nor how far it has come.

A document is one message with the text of its tool calls and results. Copies (rows with `copy_of`) have none.
"""

# ruff: noqa: S608 - what is put into statements here are constants of this module; values are bound

from __future__ import annotations

import datetime
import json

import apsw

from simple_memory.records import NamedTuple
from simple_memory.store import ours, tool_input

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
        given.setdefault(owner, []).extend((name or "", *(() if is_ours(name, words) else tool_input.words(words))))
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
    return ours.is_tool(tool) or (ours.mentions(given) and ours.is_command(tool_input.words(given)))


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

"""Where files were read, written and edited: the tool calls that named them; not what is in the files now."""

# ruff: noqa: S608 - what is put into statements here are constants of this module; values are bound

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import apsw

from simple_memory.records import NamedTuple
from simple_memory.store import choosing, edits, naming, packing, snapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Change(NamedTuple):
    """One tool call that named a file: where it stands, and what it did.

    `action` is one of edits' words. `added` and `removed` count lines, None where the call failed or does not
    tell. `diff` is the
    change as a unified diff, None where it was not asked for or is not known.
    """

    path: str
    session: str
    position: int | None
    timestamp: str | None
    tool: str | None
    title: str | None
    action: str
    failed: bool
    project: str
    agent: str
    added: int | None = None
    removed: int | None = None
    diff: str | None = None


ORDERS = {
    "newest": "coalesce(message.timestamp, '') DESC, call.id DESC",
    "oldest": "coalesce(message.timestamp, ''), call.id",
    "path": "call.path, coalesce(message.timestamp, '') DESC, call.id DESC",
}
_CALLS = """
SELECT call.path, session.session, message.position, message.timestamp, call.name, session.title, call.is_error,
    project.path, session.agent, call.id
FROM {calls}
JOIN session ON session.id = call.session_id
JOIN project ON project.id = session.project_id
LEFT JOIN message ON message.id = coalesce(call.message_id, call.result_message_id)
WHERE {where} AND NOT EXISTS (
    SELECT 1 FROM tool_call AS earlier
    WHERE earlier.call_id = call.call_id AND earlier.id < call.id AND earlier.message_id IS NOT NULL
)
"""
_OF_PATHS = "json_each(?) AS named JOIN tool_call AS call ON call.path = named.value"
_OF_SESSION = "(SELECT * FROM tool_call WHERE session_id = ? AND path IS NOT NULL) AS call"
_AT_ONCE = 500
"""Paths whose calls are looked up together; of more, the newest calls are looked for session by session."""
_WHOLE = """
SELECT unpack_first(call.input, call.input_packed), message.transcript_id, message.generation, message.offset,
    message.length
FROM tool_call AS call LEFT JOIN message ON message.id = call.result_message_id WHERE call.id = ?
"""


def find(
    connection: apsw.Connection,
    path: str,
    *,
    project: str | None = None,
    agent: str | None = None,
    since: str | None = None,
    until: str | None = None,
    tool: str | None = None,
    changes_only: bool = False,
    with_diff: bool = False,
    order: str = "newest",
    limit: int = 50,
) -> list[Change]:
    """Return the tool calls that named `path`: a whole path, the end of one, a folder, or a pattern (naming.py).

    A call that stands in several sessions is told once. `tool` is a tool's name, `order` one of ORDERS. Raises NotFound
    for an unknown project.
    """
    with snapshot.view(connection):
        paths = naming.named(path, naming.known(connection))
        where, bindings = choosing.frame(connection, project=project, agent=agent, since=since, until=until)
        if tool is not None:
            where, bindings = f"{where} AND call.name = ? COLLATE NOCASE", [*bindings, tool]
        if order == "path" or len(paths) <= _AT_ONCE:
            rows = _path_by_path(connection, paths, (where, bindings), ORDERS[order])
        else:
            sessions = _sessions(connection, order, project=project, agent=agent, since=since, until=until)
            rows = _session_by_session(connection, set(paths), (where, bindings), sessions, order)
        found: list[Change] = []
        for row in rows:
            if len(found) >= limit:
                break
            if not changes_only or edits.action(row[4]) in edits.CHANGES:
                change = _change(connection, row, with_diff)
                if not changes_only or change.action in edits.CHANGES:
                    found.append(change)
        return found


def _path_by_path(
    connection: apsw.Connection, paths: list[str], frame: choosing.Frame, order: str
) -> Iterator[tuple[Any, ...]]:
    """Yield the calls that name the first of `paths`, then those that name the next ones, each lot in `order`."""
    statement = _CALLS.format(calls=_OF_PATHS, where=frame[0]) + f"ORDER BY {order}"
    for first in range(0, len(paths), _AT_ONCE):
        yield from connection.execute(statement, (json.dumps(paths[first : first + _AT_ONCE]), *frame[1]))


def _sessions(
    connection: apsw.Connection, order: str, *, since: str | None, until: str | None, **owner: str | None
) -> list[tuple[int, str | None]]:
    """Return the chosen sessions and when each ended (`newest`) or began (`oldest`), in this order; unknown ones first.

    What is in a session is no newer and no older than that: whoever goes through them may stop early.
    """
    where, bindings = choosing.frame(connection, **owner)
    column, direction = ("started_at", "ASC") if order == "oldest" else ("ended_at", "DESC")
    rows: Iterable[Any] = connection.execute(
        f"""
        SELECT session.id, session.{column} FROM session JOIN project ON project.id = session.project_id
        WHERE {where} AND coalesce(session.ended_at >= ?, TRUE) AND coalesce(session.started_at < ?, TRUE)
        ORDER BY session.{column} IS NOT NULL, session.{column} {direction}
        """,
        (*bindings, since, until),
    )
    return list(rows)


def _session_by_session(
    connection: apsw.Connection,
    paths: set[str],
    frame: choosing.Frame,
    sessions: list[tuple[int, str | None]],
    order: str,
) -> Iterator[tuple[Any, ...]]:
    """Yield the calls that name any of `paths` in `order`, `newest` or `oldest`, reading as few sessions as needed."""
    statement = _CALLS.format(calls=_OF_SESSION, where=frame[0])
    waiting: list[tuple[Any, ...]] = []
    for session_id, bound in sessions:
        while waiting and bound is not None and _is_beyond(_time(waiting[-1]), bound, order):
            yield waiting.pop()
        waiting += [row for row in connection.execute(statement, (session_id, *frame[1])) if row[0] in paths]
        waiting.sort(key=lambda row: (_time(row), row[-1]), reverse=order == "oldest")
    yield from reversed(waiting)


def _time(row: tuple[Any, ...]) -> str:
    return row[3] or ""


def _is_beyond(time: str, bound: str, order: str) -> bool:
    return time < bound if order == "oldest" else time > bound


def _change(connection: apsw.Connection, row: tuple[Any, ...], with_diff: bool) -> Change:
    path, session, position, timestamp, tool, title, failed, project, agent, number = row
    plain = Change(path, session, position, timestamp, tool, title, edits.action(tool), bool(failed), project, agent)
    if plain.action not in edits.CHANGES:
        return plain
    whole: Any = connection.execute(_WHOLE, (number,)).fetchone()
    given = edits.parse(whole[0])
    lines = edits.diff(path, given, None if failed else _kept(connection, whole[1:]))
    added, removed = edits.count(lines) if lines and not failed else (None, None)
    told = "\n".join(lines) if with_diff and lines else None
    return plain._replace(action=edits.action(tool, given), added=added, removed=removed, diff=told)


def _kept(connection: apsw.Connection, place: tuple[int | None, ...]) -> dict[str, Any] | None:
    """Return what the agent kept of a result beside what the model saw: it stands in the transcript's own line."""
    transcript_id, generation, offset, length = place
    if transcript_id is None or generation is None or offset is None or not length:
        return None
    line: Any = connection.execute(
        "SELECT unpack_first(NULL, ?)", (packing.refer(packing.VERBATIM, transcript_id, generation, offset, length),)
    ).fetchone()
    kept = edits.parse(line[0]).get("toolUseResult")
    return kept if isinstance(kept, dict) else None

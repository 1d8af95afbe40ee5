"""Reading the store: sessions, projects, messages and files as rows; not searching, and nothing that writes.

Every function takes an open reader connection first and raises a StoreError where the database cannot be read.
"""

# ruff: noqa: S608 - what is put into statements here are constants of this module; values are bound

from __future__ import annotations

import functools
import json
from collections.abc import Callable

import apsw

from simple_memory import errors
from simple_memory.store import lookup, snapshot
from simple_memory.store.rows import (
    CallRow,
    Counters,
    MediaRow,
    MessageRow,
    ProjectRow,
    SessionRow,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Concatenate, ParamSpec, TypeVar

    _P = ParamSpec("_P")
    _T = TypeVar("_T")

__all__ = [
    "CallRow",
    "Counters",
    "MediaRow",
    "MessageRow",
    "ProjectRow",
    "SessionRow",
    "counters",
    "last_position",
    "list_agents",
    "list_projects",
    "list_sessions",
    "read_session",
    "resolve_project",
    "resolve_session",
    "session_row",
]


def _in_one_view(
    function: Callable[Concatenate[apsw.Connection, _P], _T],
) -> Callable[Concatenate[apsw.Connection, _P], _T]:
    """Let `function` see one view of the store, and raise errors of ours instead of SQLite's."""

    @functools.wraps(function)
    def in_one_view(connection: apsw.Connection, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        with snapshot.view(connection):
            return function(connection, *args, **kwargs)

    return in_one_view


resolve_session = _in_one_view(lookup.resolve_session)
resolve_project = _in_one_view(lookup.resolve_project)

DELETED = """
    NOT EXISTS (
        SELECT 1 FROM transcript
        WHERE transcript.session_id = session.id AND transcript.form = 'lines' AND transcript.state <> 'deleted'
    )
"""

_SESSION_COLUMNS = f"""
    session.session, session.agent, project.path, session.parent, session.kind, session.title, session.started_at,
    session.ended_at, session.messages, session.shown, session.prompts, session.tool_calls, session.tool_results,
    session.input_tokens, session.output_tokens, session.model, session.branch, {DELETED}
"""


@_in_one_view
def session_row(connection: apsw.Connection, session: str) -> SessionRow:
    """Return the session whose id is `session`. Raises NotFound."""
    row = connection.execute(
        f"""
        SELECT {_SESSION_COLUMNS} FROM session JOIN project ON project.id = session.project_id
        WHERE session.session = ?
        """,
        (session,),
    ).fetchone()
    if row is None:
        raise errors.NotFound(f"There is no session {session!r}.", "`simple-memory sessions` lists them.")
    return _session_row(row)


def _session_row(row: tuple[Any, ...]) -> SessionRow:
    return SessionRow(*(*row[:-1], bool(row[-1])))


@_in_one_view
def list_sessions(
    connection: apsw.Connection,
    *,
    project: str | None = None,
    agent: str | None = None,
    kind: str | None = "main",
    parent: str | None = None,
    since: str | None = None,
    until: str | None = None,
    deleted: bool | None = None,
    limit: int = 20,
    after: str | None = None,
) -> tuple[list[SessionRow], str | None]:
    """Return sessions, newest first, and what to give as `after` for the next page (None: that was all).

    `project` is anything that names one (see resolve_project); `kind` is "main", "subagent" or None for both;
    `parent` is the id of the session that started them; `since` and `until` are ISO times that the session's own time
    touches; `deleted` asks for those whose transcript is gone (True) or there (False). Raises NotFound for an unknown
    project, UsageError for an `after` that no page gave.
    """
    conditions, bindings = session_conditions(
        connection, project=project, agent=agent, kind=kind, parent=parent, since=since, until=until
    )
    if deleted is not None:
        conditions.append(DELETED if deleted else f"NOT ({DELETED})")
    if after is not None:
        conditions.append("(coalesce(session.ended_at, ''), session.id) < (?, ?)")
        bindings.extend(_read_after(after))
    where = " AND ".join(conditions) or "TRUE"
    page: list[tuple[Any, ...]] = connection.execute(
        f"""
        SELECT session.id, coalesce(session.ended_at, '') FROM session WHERE {where}
        ORDER BY coalesce(session.ended_at, '') DESC, session.id DESC LIMIT ?
        """,
        (*bindings, limit + 1),
    ).fetchall()
    following = f"{page[limit - 1][1]}~{page[limit - 1][0]}" if limit and len(page) > limit else None
    return sessions_by_id(connection, [row[0] for row in page[:limit]]), following


def session_conditions(
    connection: apsw.Connection,
    *,
    project: str | None,
    agent: str | None,
    kind: str | None,
    parent: str | None,
    since: str | None,
    until: str | None,
) -> tuple[list[str], list[object]]:
    """Return conditions in SQL on the table `session`, and what is bound in them, in order. See list_sessions."""
    conditions: list[str] = []
    bindings: list[object] = []
    if project is not None:
        paths = lookup.resolve_project(connection, project)
        if not paths:
            raise errors.NotFound(f"No project matches {project!r}.", "`simple-memory projects` lists them.")
        conditions.append(
            "session.project_id IN (SELECT id FROM project WHERE path IN (SELECT value FROM json_each(?)))"
        )
        bindings.append(json.dumps(paths))
    for condition, value in (
        ("session.agent = ?", agent),
        ("session.kind = ?", kind),
        ("session.parent = ?", parent),
        ("session.ended_at >= ?", since),
        ("session.started_at < ?", until),
    ):
        if value is not None:
            conditions.append(condition)
            bindings.append(value)
    return conditions, bindings


def _read_after(after: str) -> tuple[str, int]:
    ended_at, _, number = after.rpartition("~")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        raise errors.UsageError(f"{after!r} is not the mark of a page.", "Give the `next` of the page before.")
    return ended_at, int(number)


def sessions_by_id(connection: apsw.Connection, ids: list[int]) -> list[SessionRow]:
    """Return the sessions whose row ids are `ids`, in this order; inside a view of the caller's."""
    rows = connection.execute(
        f"""
        SELECT {_SESSION_COLUMNS} FROM json_each(?) AS wanted
        JOIN session ON session.id = wanted.value
        JOIN project ON project.id = session.project_id ORDER BY wanted.key
        """,
        (json.dumps(ids),),
    )
    return [_session_row(row) for row in rows]


@_in_one_view
def list_projects(connection: apsw.Connection) -> list[ProjectRow]:
    """Return every project, the one that was worked in last first."""
    rows = connection.execute(
        "SELECT project, name, sessions, messages, started_at, ended_at FROM projects ORDER BY ended_at DESC, project"
    )
    return [ProjectRow(*row) for row in rows]


@_in_one_view
def read_session(
    connection: apsw.Connection, session: str, *, first: int = 0, count: int = 50, around: int | None = None
) -> list[MessageRow]:
    """Return up to `count` messages of the session in order, from position `first` on, or with `around` in the middle.

    When it begins with position 0, what stands beside the order (titles, summaries, off-loaded outputs) comes first, up
    to `count` of it in addition. Raises NotFound for an unknown session.
    """
    first = first if around is None else max(0, around - count // 2)
    found = connection.execute("SELECT id FROM session WHERE session = ?", (session,)).fetchone()
    if found is None:
        raise errors.NotFound(f"There is no session {session!r}.", "`simple-memory sessions` lists them.")
    beside = _message_rows(connection, found[0], None, count) if first <= 0 else []
    return _with_parts(connection, session, beside + _message_rows(connection, found[0], first, count))


@_in_one_view
def last_position(connection: apsw.Connection, session: str) -> int:
    """Return the position of the last message of a session, -1 where it has none. Raises NotFound."""
    found: Any = connection.execute(
        """
        SELECT (SELECT max(position) FROM message WHERE session_id = session.id) FROM session WHERE session = ?
        """,
        (session,),
    ).fetchone()
    if found is None:
        raise errors.NotFound(f"There is no session {session!r}.", "`simple-memory sessions` lists them.")
    return -1 if found[0] is None else int(found[0])


@_in_one_view
def list_agents(connection: apsw.Connection) -> list[str]:
    """Return the agents that sessions are of, in the order of their names."""
    rows: list[Any] = connection.execute("SELECT DISTINCT agent FROM session ORDER BY agent").fetchall()
    return [row[0] for row in rows]


def _message_rows(connection: apsw.Connection, session_id: int, first: int | None, count: int) -> list[tuple[Any, ...]]:
    """Return rows from position `first` on, or with None those that have no position."""
    condition = "position IS ?2" if first is None else "position >= ?2"
    return connection.execute(
        f"""
        SELECT id, position, turn, uuid, role, kind, timestamp, model, unpack_first(text, packed), copy_of, name
        FROM message WHERE session_id = ?1 AND {condition} ORDER BY position, id LIMIT ?3
        """,
        (session_id, first, count),
    ).fetchall()


def _with_parts(connection: apsw.Connection, session: str, rows: list[tuple[Any, ...]]) -> list[MessageRow]:
    """Add tool calls, results and media; those of a copy stand at the row that counts."""
    owners = json.dumps([row[9] if row[9] is not None else row[0] for row in rows])
    calls = _calls(connection, "message_id", owners)
    results = _calls(connection, "result_message_id", owners)
    media: dict[int, list[MediaRow]] = {}
    for message_id, *values in connection.execute(
        """
        SELECT message_id, kind, media_type, size_bytes FROM media
        WHERE message_id IN (SELECT value FROM json_each(?)) ORDER BY id
        """,
        (owners,),
    ):
        media.setdefault(message_id, []).append(MediaRow(*values))
    made = []
    for row in rows:
        owner = row[9] if row[9] is not None else row[0]
        parts = (tuple(calls.get(owner, ())), tuple(results.get(owner, ())), tuple(media.get(owner, ())))
        made.append(MessageRow(*(row[0], session, *row[1:], *parts)))
    return made


def _calls(connection: apsw.Connection, column: str, owners: str) -> dict[int, list[CallRow]]:
    found: dict[int, list[CallRow]] = {}
    for owner, *values in connection.execute(
        f"""
        SELECT {column}, id, call_id, name, unpack_first(input, input_packed), path, unpack_first(result, packed),
            unpack_second(extra, packed), result_chars, is_error <> 0, output_name
        FROM tool_call WHERE {column} IN (SELECT value FROM json_each(?)) ORDER BY id
        """,
        (owners,),
    ):
        found.setdefault(owner, []).append(CallRow(*(*values[:8], bool(values[8]), values[9])))
    return found


@_in_one_view
def counters(connection: apsw.Connection) -> Counters:
    """Return the counter row."""
    names = ", ".join(Counters._fields)
    row: Any = connection.execute(f"SELECT {names} FROM counter WHERE id = 1").fetchone()
    return Counters(*row)

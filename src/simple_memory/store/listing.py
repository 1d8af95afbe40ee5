"""Lists of sessions and of projects in the order that is asked for, page by page; with what they took and cost.

The page after one begins behind its last row, by value and row id: nothing is told twice or left out, whatever is
added meanwhile before it.
"""

# ruff: noqa: S608 - what is put into statements here are constants of this module; values are bound

from __future__ import annotations

import json
from collections.abc import Iterable

import apsw

from simple_memory import errors, pricing
from simple_memory.records import NamedTuple
from simple_memory.store import choosing, costs, reader, snapshot
from simple_memory.store.rows import SessionRow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TOKENS = "session.input_tokens + session.output_tokens + session.cache_read_tokens + session.cache_write_tokens"
_SIZE = """
    (SELECT coalesce(sum(checkpoint.offset), 0) FROM transcript
    JOIN checkpoint ON checkpoint.transcript_id = transcript.id WHERE transcript.session_id = session.id)
"""
_DURATION = "coalesce(CAST(round((julianday(session.ended_at) - julianday(session.started_at)) * 86400) AS INTEGER), 0)"

_VALUES = {
    "recent": "coalesce(session.ended_at, '')",
    "oldest": "coalesce(session.started_at, '~')",
    "messages": "session.shown",
    "tokens": _TOKENS,
    "duration": _DURATION,
    "size": _SIZE,
}
"""What SQL says of a session to sort it by."""
ORDERS = ("recent", "oldest", "messages", "tokens", "cost", "duration", "size")
"""By what sessions can be sorted: the largest first, but for `oldest`."""
_IN_WORDS = frozenset({"recent", "oldest"})
PROJECT_ORDERS = ("recent", "oldest", "name", "sessions", "messages", "tokens", "cost", "size")


class Listed(NamedTuple):
    """A session and what it took, without its sub-agents: `cost_usd` is None where no price is known of its tokens.

    `duration_s` is from its first message to its last. `size_bytes` are its transcripts'.
    """

    row: SessionRow
    tokens: int
    cost_usd: float | None
    unpriced_tokens: int
    duration_s: int
    size_bytes: int


class ListedProject(NamedTuple):
    """A project, of the sessions that were chosen: `sessions` leaves sub-agents out, the rest has them in."""

    project: str
    name: str
    sessions: int
    messages: int
    started_at: str | None
    ended_at: str | None
    tokens: int
    cost_usd: float | None
    size_bytes: int


def sessions(
    connection: apsw.Connection,
    prices: pricing.Prices | None,
    *,
    order: str = "recent",
    project: str | None = None,
    agent: str | None = None,
    kind: str | None = "main",
    since: str | None = None,
    until: str | None = None,
    deleted: bool | None = None,
    model: str | None = None,
    branch: str | None = None,
    limit: int = 20,
    after: str | None = None,
) -> tuple[list[Listed], str | None]:
    """Return sessions in one of ORDERS, and what to give as `after` for the next page (None: that was all).

    Without `prices` no cost is known. `model` is a part of the name of the model that answered last, `branch` the
    latest git branch; the rest is as in reader.list_sessions. Raises NotFound for an unknown project, UsageError for an
    `after` that no page of this order gave.
    """
    with snapshot.view(connection):
        conditions, bindings = reader.session_conditions(
            connection, project=project, agent=agent, kind=kind, parent=None, since=since, until=until
        )
        if deleted is not None:
            conditions.append(reader.DELETED if deleted else f"NOT ({reader.DELETED})")
        for condition, value in (("instr(session.model, ?) > 0", model), ("session.branch = ?", branch)):
            if value is not None:
                conditions.append(condition)
                bindings.append(value)
        where, last = " AND ".join(conditions) or "TRUE", None if after is None else _read_mark(order, after)
        if order == "cost":
            page = _page_by_cost(connection, prices, (where, bindings), limit=limit + 1, last=last)
        else:
            page = _page(connection, order, (where, bindings), limit=limit + 1, last=last)
        following = _mark(order, page[limit - 1]) if limit and len(page) > limit else None
        return _listed(connection, prices, [row[0] for row in page[:limit]]), following


def _page(
    connection: apsw.Connection, order: str, chosen: choosing.Frame, *, limit: int, last: tuple[int | str, int] | None
) -> list[tuple[int, int | str]]:
    """Return row id and value of the sessions of one page, which begins behind `last`: value and row id."""
    is_up = order == "oldest"
    direction = "ASC" if is_up else "DESC"
    beyond = "TRUE" if last is None else f"(value, id) {'>' if is_up else '<'} (?, ?)"
    where, bindings = chosen
    rows: Any = connection.execute(
        f"""
        SELECT id, value FROM (SELECT session.id AS id, {_VALUES[order]} AS value FROM session WHERE {where})
        WHERE {beyond} ORDER BY value {direction}, id {direction} LIMIT ?
        """,
        (*bindings, *(last or ()), limit),
    ).fetchall()
    return list(rows)


def _page_by_cost(
    connection: apsw.Connection,
    prices: pricing.Prices | None,
    chosen: choosing.Frame,
    *,
    limit: int,
    last: tuple[int | str, int] | None,
) -> list[tuple[int, int | str]]:
    """Return what `_page` returns, by cost: in millionths of a dollar, -1 where it is not known."""
    found = [
        (-1 if usd is None else round(usd * 1e6), session_id)
        for session_id, usd in _costs(connection, prices, chosen, "id").items()
    ]
    found = sorted((row for row in found if last is None or row < last), reverse=True)[:limit]
    return [(session_id, value) for value, session_id in found]


def _costs(
    connection: apsw.Connection, prices: pricing.Prices | None, chosen: choosing.Frame, by: str
) -> dict[int, float | None]:
    """Return what the chosen sessions cost together, by a column of `session`; None where no price is known."""
    rows: Any = connection.execute(f"SELECT id, {by} FROM session WHERE {chosen[0]} ORDER BY id", chosen[1]).fetchall()
    known = costs.of_sessions(connection, prices, [session_id for session_id, _ in rows])
    found: dict[int, float | None] = {}
    for session_id, owner in rows:
        usd, before = known[session_id].usd if session_id in known else None, found.get(owner)
        found[owner] = usd if before is None else before + (usd or 0.0)
    return found


def _mark(order: str, row: tuple[int, int | str]) -> str:
    number, value = row
    return f"{value}~{number}" if order == "recent" else f"{order}~{value}~{number}"


def _read_mark(order: str, after: str) -> tuple[int | str, int]:
    """Return the value and the row id that a mark names. Raises UsageError."""
    given, _, number = after.rpartition("~")
    if order != "recent":
        name, _, given = given.partition("~")
        if name != order:
            number = ""
    is_number = number.isascii() and number.isdigit() and len(number) <= 18
    fits = given in {"", "~"} or given[:1].isdigit() if order in _IN_WORDS else given.removeprefix("-").isdecimal()
    if not is_number or not fits:
        raise errors.UsageError(
            f"{after!r} is not the mark of a page in this order.", "Give the `next` of the page before."
        )
    return given if order in _IN_WORDS else int(given), int(number)


def _listed(connection: apsw.Connection, prices: pricing.Prices | None, ids: list[int]) -> list[Listed]:
    found: Iterable[Any] = connection.execute(
        f"""
        SELECT {_TOKENS}, {_DURATION}, {_SIZE}
        FROM json_each(?) AS wanted JOIN session ON session.id = wanted.value ORDER BY wanted.key
        """,
        (json.dumps(ids),),
    )
    known = costs.of_sessions(connection, prices, ids)
    listed = []
    for number, row, (tokens, duration, size) in zip(ids, reader.sessions_by_id(connection, ids), found, strict=True):
        cost, unpriced = known.get(number, costs.Cost(None, 0))
        listed.append(Listed(row, tokens, cost if cost is not None or unpriced else 0.0, unpriced, duration, size))
    return listed


def projects(
    connection: apsw.Connection,
    prices: pricing.Prices | None,
    *,
    order: str = "recent",
    project: str | None = None,
    agent: str | None = None,
    since: str | None = None,
    until: str | None = None,
    limit: int = 100,
    after: str | None = None,
) -> tuple[list[ListedProject], str | None]:
    """Return projects in one of PROJECT_ORDERS, and what to give as `after` for the next page (None: that was all).

    Filters choose sessions; a project without any is left out. Raises as `sessions` does.
    """
    with snapshot.view(connection):
        conditions, bindings = reader.session_conditions(
            connection, project=project, agent=agent, kind=None, parent=None, since=since, until=until
        )
        where = " AND ".join(conditions) or "TRUE"
        rows: Iterable[Any] = connection.execute(
            f"""
            WITH chosen AS (SELECT * FROM session WHERE {where})
            SELECT project.id, project.path, project.name, count(*) FILTER (WHERE session.kind = 'main'),
                sum(session.messages), min(session.started_at), max(session.ended_at), sum({_TOKENS}), sum({_SIZE})
            FROM chosen AS session JOIN project ON project.id = session.project_id GROUP BY project.id
            """,
            bindings,
        )
        known = _costs(connection, prices, (where, bindings), "project_id")
        found = sorted(
            ((str(number), _project(row, known[number])) for number, *row in rows),
            key=lambda one: (_project_key(one[1], order), one[1].project),
        )
    first = 0
    if after is not None:
        first = next((at + 1 for at, (number, _) in enumerate(found) if number == after), 0)
        if not first:
            raise errors.UsageError(f"{after!r} is not the mark of a page.", "Give the `next` of the page before.")
    page = found[first : first + limit]
    return [one for _, one in page], page[-1][0] if len(found) > first + limit else None


def _project(row: list[Any], cost: float | None) -> ListedProject:
    *facts, tokens, size = row
    return ListedProject._make([*facts, tokens, cost if cost is not None or tokens else 0.0, size])


def _project_key(one: ListedProject, order: str) -> Any:
    if order == "name":
        return one.name.casefold()
    if order == "oldest":
        return one.started_at or "~"
    if order == "recent":
        return [-ord(each) for each in one.ended_at or ""] or [0]
    value = one.cost_usd if order == "cost" else one.size_bytes if order == "size" else getattr(one, order)
    return -(value if value is not None else -1)

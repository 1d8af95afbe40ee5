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
from simple_memory.store import reader, snapshot, usage
from simple_memory.store.rows import SessionRow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TOKENS = "session.input_tokens + session.output_tokens + session.cache_read_tokens + session.cache_write_tokens"
_SIZE = """
    (SELECT coalesce(sum(checkpoint.offset), 0) FROM transcript
    JOIN checkpoint ON checkpoint.transcript_id = transcript.id WHERE transcript.session_id = session.id)
"""
_COST = "(SELECT sum(answer.cost) FROM answer WHERE answer.session_id = session.id)"
_DURATION = "coalesce(CAST(round((julianday(session.ended_at) - julianday(session.started_at)) * 86400) AS INTEGER), 0)"

ORDERS = {
    "recent": "coalesce(session.ended_at, '')",
    "oldest": "coalesce(session.started_at, '~')",
    "messages": "session.shown",
    "tokens": _TOKENS,
    "cost": f"coalesce(CAST(round({_COST} * 1e6) AS INTEGER), -1)",
    "duration": _DURATION,
    "size": _SIZE,
}
"""By what sessions can be sorted: the largest first, but for `oldest`. Costs are millionths of a dollar."""
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
        known = usage.prices_of_all(connection, prices) if order == "cost" else "[]"
        where = " AND ".join(conditions) or "TRUE"
        page = _page(connection, order, (where, [known, *bindings]), limit=limit + 1, after=after)
        following = _mark(order, page[limit - 1]) if limit and len(page) > limit else None
        return _listed(connection, prices, [row[0] for row in page[:limit]]), following


def _page(
    connection: apsw.Connection, order: str, chosen: tuple[str, list[object]], *, limit: int, after: str | None
) -> list[tuple[int, int | str]]:
    """Return row id and value of the sessions of one page; the first binding of `chosen` are the prices."""
    is_up = order == "oldest"
    direction = "ASC" if is_up else "DESC"
    beyond = "TRUE" if after is None else f"(value, id) {'>' if is_up else '<'} (?, ?)"
    where, bindings = chosen
    last = [] if after is None else _read_mark(order, after)
    rows: Any = connection.execute(
        f"""
        {usage.PRICED} SELECT id, value
        FROM (SELECT session.id AS id, {ORDERS[order]} AS value FROM session WHERE {where})
        WHERE {beyond} ORDER BY value {direction}, id {direction} LIMIT ?
        """,
        (*bindings, *last, limit),
    ).fetchall()
    return list(rows)


def _mark(order: str, row: tuple[int, int | str]) -> str:
    number, value = row
    return f"{value}~{number}" if order == "recent" else f"{order}~{value}~{number}"


def _read_mark(order: str, after: str) -> list[object]:
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
    return [given if order in _IN_WORDS else int(given), int(number)]


def _listed(connection: apsw.Connection, prices: pricing.Prices | None, ids: list[int]) -> list[Listed]:
    found: Iterable[Any] = connection.execute(
        f"""
        {usage.PRICED} SELECT {_TOKENS}, (
            SELECT json_array(sum(cost), sum(input + output + cache_read + cache_write) FILTER (WHERE cost IS NULL))
            FROM answer WHERE answer.session_id = session.id
        ), {_DURATION}, {_SIZE}
        FROM json_each(?) AS wanted JOIN session ON session.id = wanted.value ORDER BY wanted.key
        """,
        (usage.prices_of_all(connection, prices, ids), json.dumps(ids)),
    )
    listed = []
    for row, (tokens, costs, duration, size) in zip(reader.sessions_by_id(connection, ids), found, strict=True):
        cost, unpriced = json.loads(costs)
        known = cost if cost is not None or unpriced else 0.0
        listed.append(Listed(row, tokens, known, unpriced or 0, duration, size))
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
        rows: Iterable[Any] = connection.execute(
            f"""
            {usage.PRICED}, chosen AS (SELECT * FROM session WHERE {" AND ".join(conditions) or "TRUE"})
            SELECT project.id, project.path, project.name, count(*) FILTER (WHERE session.kind = 'main'),
                sum(session.messages), min(session.started_at), max(session.ended_at), sum({_TOKENS}), sum({_COST}),
                sum({_SIZE})
            FROM chosen AS session JOIN project ON project.id = session.project_id GROUP BY project.id
            """,
            (usage.prices_of_all(connection, prices), *bindings),
        )
        found = sorted(
            ((str(number), _project(row)) for number, *row in rows),
            key=lambda one: (_project_key(one[1], order), one[1].project),
        )
    first = 0
    if after is not None:
        first = next((at + 1 for at, (number, _) in enumerate(found) if number == after), 0)
        if not first:
            raise errors.UsageError(f"{after!r} is not the mark of a page.", "Give the `next` of the page before.")
    page = found[first : first + limit]
    return [one for _, one in page], page[-1][0] if len(found) > first + limit else None


def _project(row: list[Any]) -> ListedProject:
    found = ListedProject(*row)
    return found if found.cost_usd is not None or found.tokens else found._replace(cost_usd=0.0)


def _project_key(one: ListedProject, order: str) -> Any:
    if order == "name":
        return one.name.casefold()
    if order == "oldest":
        return one.started_at or "~"
    if order == "recent":
        return [-ord(each) for each in one.ended_at or ""] or [0]
    value = one.cost_usd if order == "cost" else one.size_bytes if order == "size" else getattr(one, order)
    return -(value if value is not None else -1)

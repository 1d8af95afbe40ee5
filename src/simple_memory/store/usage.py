"""How much was said, and what it cost: by day, project, model, tool; each message, answer and call counted once.

Not what takes the room (space.py). What stands in several sessions counts where the store counts it, as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator

import apsw

from simple_memory import pricing
from simple_memory.records import NamedTuple
from simple_memory.store import choosing, costs, snapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

GROUPINGS = {
    "day": "date(message.timestamp, 'localtime')",
    "week": "date(message.timestamp, 'localtime', 'weekday 0', '-6 days')",
    "month": "strftime('%Y-%m', message.timestamp, 'localtime')",
    "project": "project.path",
    "agent": "session.agent",
    "model": "message.model",
    "tool": "call.name",
}
"""By what can be counted, and what says it of a row. Days are the person's own; a week is its Monday."""


class Usage(NamedTuple):
    """What one day, project, … took. `key` None: those rows do not say.

    `sessions` are those that something counted here stands in, a sub-agent's being its parent; `subagents` are counted
    beside them. `answers` are the models'. `cost_usd` is None where no price is known of any of its tokens;
    `unpriced_tokens` are not in it. Of a tool only `sessions`, `subagents`, `calls`, `failed` and `result_chars`
    are told.
    """

    key: str | None
    sessions: int = 0
    subagents: int = 0
    messages: int = 0
    prompts: int = 0
    answers: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_usd: float | None = 0.0
    unpriced_tokens: int = 0
    calls: int = 0
    failed: int = 0
    result_chars: int = 0

    @property
    def tokens(self) -> int:
        """All tokens together."""
        return self.input_tokens + self.output_tokens + self.cache_read_tokens + self.cache_write_tokens


class Account(NamedTuple):
    """The `rows` in no order, their `total`, and the models of which no price is known."""

    rows: list[Usage]
    total: Usage
    unknown_models: list[str]


class _Found:
    """One row in the making."""

    __slots__ = ("roots", "subagents", "sums")

    def __init__(self) -> None:
        self.roots: set[str] = set()
        self.subagents: set[str] = set()
        self.sums: dict[str, float] = {}

    def meet(self, root: str, session: str) -> None:
        self.roots.add(root)
        if root != session:
            self.subagents.add(session)

    def add(self, **amounts: float) -> None:
        for name, amount in amounts.items():
            self.sums[name] = self.sums.get(name, 0) + amount


_ROOT = "CASE session.kind WHEN 'subagent' THEN coalesce(session.parent, session.session) ELSE session.session END"
_MESSAGES = """
SELECT {key}, {root}, session.session, count(*), count(*) FILTER (WHERE message.kind = 'prompt')
FROM message JOIN session ON session.id = message.session_id JOIN project ON project.id = session.project_id
WHERE message.session_id = ? AND message.role IN ('user', 'assistant') AND message.copy_of IS NULL AND {where}
GROUP BY 1
"""
_ANSWERS = """
SELECT {key}, message.model, {tariff}, count(*), {sums}
FROM response JOIN message ON message.id = response.message_id
JOIN session ON session.id = response.session_id JOIN project ON project.id = session.project_id
WHERE response.session_id = ? AND {where} GROUP BY 1, 2, 3, 4
"""
_CALLS = """
SELECT call.name, {root}, session.session, count(*), sum(call.is_error), sum(coalesce(call.result_chars, 0))
FROM tool_call AS call
JOIN message ON message.id = call.message_id
JOIN session ON session.id = call.session_id JOIN project ON project.id = session.project_id
WHERE call.session_id = ? AND call.message_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM tool_call AS earlier
    WHERE earlier.call_id = call.call_id AND earlier.id < call.id AND earlier.message_id IS NOT NULL
) AND {where} GROUP BY 1
"""


def count(
    connection: apsw.Connection,
    by: str,
    prices: pricing.Prices,
    *,
    project: str | None = None,
    agent: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Account:
    """Count by one of GROUPINGS. `since` and `until` are ISO times of messages; `project` is anything that names one.

    Raises NotFound for an unknown project.
    """
    with snapshot.view(connection):
        frame = choosing.frame(connection, project=project, agent=agent, since=since, until=until)
        found: dict[str | None, _Found] = {}
        if by == "tool":
            _add_calls(connection, frame, found)
            return _account(found, set())
        _add_messages(connection, by, frame, found)
        return _account(found, _add_answers(connection, by, frame, found, prices))


def _of_each_session(
    connection: apsw.Connection, statement: str, bindings: list[object], before: tuple[Any, ...] = ()
) -> Iterator[Any]:
    """Yield the rows of `statement` for one session after the other; its id is bound between `before` and `bindings`.

    Grouping all of them at once would keep a part of every message in memory until the end.
    """
    for (session_id,) in connection.execute("SELECT id FROM session ORDER BY id").fetchall():
        yield from connection.execute(statement, (*before, session_id, *bindings))


def _add_messages(connection: apsw.Connection, by: str, frame: choosing.Frame, found: dict[str | None, _Found]) -> None:
    statement = _MESSAGES.format(key=GROUPINGS[by], root=_ROOT, where=frame[0])
    for key, root, session, messages, prompts in _of_each_session(connection, statement, frame[1]):
        row = found.setdefault(key, _Found())
        row.meet(root, session)
        row.add(messages=messages, prompts=prompts)


def _add_answers(
    connection: apsw.Connection, by: str, frame: choosing.Frame, found: dict[str | None, _Found], prices: pricing.Prices
) -> set[str]:
    """Add the answers' tokens and cost; return the models that have tokens and no price."""
    tariff = costs.Tariff(prices)
    statement = _ANSWERS.format(key=GROUPINGS[by], tariff=tariff.columns, sums=costs.SUMS, where=frame[0])
    unknown = set()
    for key, model, day, step, answers, *tokens in _of_each_session(connection, statement, frame[1], tariff.bindings):
        given, output, cache_read, cache_write, _ = tokens
        cost = tariff.cost(model, day, step, tokens)
        unpriced = given + output + cache_read + cache_write if cost is None else 0
        found.setdefault(key, _Found()).add(
            answers=answers,
            input_tokens=given,
            output_tokens=output,
            cache_read_tokens=cache_read,
            cache_write_tokens=cache_write,
            cost_usd=cost or 0.0,
            unpriced_tokens=unpriced,
        )
        if unpriced:
            unknown.add(model or "(no model)")
    return unknown


def _add_calls(connection: apsw.Connection, frame: choosing.Frame, found: dict[str | None, _Found]) -> None:
    rows = _of_each_session(connection, _CALLS.format(root=_ROOT, where=frame[0]), frame[1])
    for name, root, session, calls, failed, characters in rows:
        row = found.setdefault(name, _Found())
        row.meet(root, session)
        row.add(calls=calls, failed=failed, result_chars=characters)


def _account(found: dict[str | None, _Found], unknown: set[str]) -> Account:
    whole = _Found()
    for row in found.values():
        whole.roots |= row.roots
        whole.subagents |= row.subagents
        whole.add(**row.sums)
    return Account([_usage(key, row) for key, row in found.items()], _usage(None, whole), sorted(unknown))


def _usage(key: str | None, row: _Found) -> Usage:
    sums = {name: int(row.sums.get(name, 0)) for name in Usage._fields[3:] if name != "cost_usd"}
    made = Usage(key, len(row.roots), len(row.subagents), cost_usd=row.sums.get("cost_usd", 0.0), **sums)
    return made._replace(cost_usd=None) if made.tokens and made.unpriced_tokens == made.tokens else made

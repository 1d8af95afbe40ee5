"""A count as a table with bars, for a terminal of 80 columns; not the counting."""

from __future__ import annotations

import datetime
import re
import sys

from simple_memory.cli import cells, output, render
from simple_memory.store.usage import Account, Usage

HEADS = {
    "day": "DAY",
    "week": "WEEK OF",
    "month": "MONTH",
    "project": "PROJECT",
    "agent": "AGENT",
    "model": "MODEL",
    "tool": "TOOL",
}
IN_TIME = frozenset({"day", "week", "month"})
MEASURES = ("messages", "sessions", "tokens", "cost", "calls")
_YEAR = re.compile(r"(?!0000)\d{4}-")
_DATED = re.compile(r"-20\d{6}$")
_MOST_DAYS = 4_000
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_NARROWEST_BAR = 8
_NARROWEST_NAME = 12
_WIDEST_PLACE = 16
"""Columns for the end of a directory, where its last part alone is not enough."""


def value(row: Usage, measure: str) -> float:
    """Return what is drawn of a row."""
    if measure == "cost":
        return row.cost_usd or 0.0
    return float(getattr(row, measure))


def ordered(account: Account, by: str, measure: str) -> list[Usage]:
    """Return the rows as they are shown: in time from the first to the last, without holes, else the largest first."""
    if by not in IN_TIME:
        return sorted(account.rows, key=lambda row: (-value(row, measure), row.key or ""))
    rows = sorted((row for row in account.rows if row.key), key=lambda row: row.key or "")
    if not _can_be_filled(rows, by):
        return [*(row for row in account.rows if not row.key), *rows]
    whole = {row.key: row for row in rows}
    nameless = [row for row in account.rows if not row.key]
    return [*nameless, *(whole.get(key) or Usage(key) for key in _between(rows, by))]


def _can_be_filled(rows: list[Usage], by: str) -> bool:
    """Return whether the holes between the rows are few enough to show: a clock may have been wrong by centuries."""
    if not rows:
        return True
    ends = [row.key or "" for row in (rows[0], rows[-1])]
    if not all(_YEAR.match(key) for key in ends):
        return False
    first, last = (datetime.date.fromisoformat(key if len(key) == 10 else f"{key}-01") for key in ends)
    return (last - first).days <= _MOST_DAYS * {"day": 1, "week": 7, "month": 30}[by]


def _between(rows: list[Usage], by: str) -> list[str]:
    if not rows or by == "month":
        return [row.key or "" for row in rows] if by != "month" else _months(rows)
    first, last = (datetime.date.fromisoformat(row.key or "") for row in (rows[0], rows[-1]))
    step = 7 if by == "week" else 1
    days = range(0, (last - first).days + 1, step)
    return [(first + datetime.timedelta(days=day)).isoformat() for day in days]


def _months(rows: list[Usage]) -> list[str]:
    if not rows:
        return []
    first, last = ((int(row.key[:4]) * 12 + int(row.key[5:]) - 1) for row in (rows[0], rows[-1]) if row.key)
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(first, last + 1)]


def lines(rows: list[Usage], total: Usage, by: str, measure: str, *, hidden: int) -> list[str]:
    """Return the table: a row each, the total last, and a bar of `measure` in what room is left."""
    head = (HEADS[by], *_heads(by))
    numbers = render.columns([head[1:], *(_cells(row, by) for row in (*rows, total))], frozenset(range(len(head))))
    wide = render.width() if sys.stdout.isatty() else 80
    rest = wide - max(map(len, numbers)) - 4
    names = [head[0], *_names(rows, by), "all"]
    room = min(max(map(cells.width, names)), max(_NARROWEST_NAME, rest - _NARROWEST_BAR))
    shown = [
        f"{cells.pad(render.one_line(name, room), room)}  {told}" for name, told in zip(names, numbers, strict=True)
    ]
    longest = max(map(cells.width, shown))
    most = max((value(row, measure) for row in rows), default=0.0) or 1.0
    drawn = [
        f"{cells.pad(line, longest)}  {_bar(value(row, measure) / most, rest - room)}".rstrip()
        for line, row in zip(shown[1:-1], rows, strict=True)
    ]
    top = output.paint(f"{cells.pad(shown[0], longest)}  {measure.upper()}", "dim")
    more = [output.paint(f"… {hidden:,} {'earlier' if by in IN_TIME else 'more'}", "dim")] if hidden else []
    drawn = [*more, *drawn] if by in IN_TIME else [*drawn, *more]
    return [top, *drawn, output.paint(shown[-1], "bold")]


def _bar(share: float, room: int) -> str:
    return output.paint(bar(share, max(1, room)), "cyan")


def bar(share: float, room: int) -> str:
    """Return a bar that fills `share` (0 to 1) of `room` columns, to an eighth of a column."""
    eighths = round(share * room * 8)
    if share > 0:
        eighths = max(1, eighths)
    if not _can_write(_EIGHTHS):
        return "#" * round(eighths / 8)
    return (_EIGHTHS[8] * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def _can_write(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _heads(by: str) -> tuple[str, ...]:
    if by == "tool":
        return ("SESSIONS", "CALLS", "FAILED", "RESULTS")
    return ("SESS", "MESSAGES", "INPUT", "CACHED", "OUTPUT", "COST")


def _cells(row: Usage, by: str) -> tuple[str, ...]:
    if by == "tool":
        return (f"{row.sessions:,}", f"{row.calls:,}", f"{row.failed:,}", f"{render.short_number(row.result_chars)}")
    return (
        f"{row.sessions:,}",
        f"{row.messages:,}",
        render.short_number(row.input_tokens + row.cache_write_tokens),
        render.short_number(row.cache_read_tokens),
        render.short_number(row.output_tokens),
        render.money(row.cost_usd, row.unpriced_tokens),
    )


def _names(rows: list[Usage], by: str) -> list[str]:
    """Return what the rows are called; of models without the date, where that still tells them apart.

    Of projects whose directories end alike, the ends of the directories.
    """
    whole = [name_of(row, by) for row in rows]
    if by == "project":
        return [
            name if whole.count(name) == 1 else render.end_of(row.key or name, _WIDEST_PLACE)
            for name, row in zip(whole, rows, strict=True)
        ]
    if by != "model":
        return whole
    short = [_DATED.sub("", name) for name in whole]
    return short if len(set(short)) == len(short) else whole


def name_of(row: Usage, by: str) -> str:
    """Return how a row is called: of a project the last part of its directory."""
    if row.key is None:
        return {"model": "(no model)", "tool": "(no name)"}.get(by, "(no time)")
    name = render.project_name(row.key) if by == "project" else row.key
    return output.safe(name or row.key)

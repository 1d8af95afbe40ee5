"""What the reading commands share on paper: times, citations, one line of a text; not the writing itself."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

from simple_memory import config
from simple_memory.cli import cells, output

SHORT_ID = 8
_LONGEST_ID = 20
_TALK_COLUMNS = 80
WIDEST = 120
"""Columns that are used at most, also on a wider terminal."""


_NO_SIGNS = dict.fromkeys(map(ord, "-:T"))
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def when(timestamp: str | None) -> str:
    """Return a stored time as local date and minute, "" for None, and what is no time as it is."""
    if not timestamp:
        return ""
    try:
        seconds = _unix_seconds(timestamp)
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
    except (ValueError, OverflowError, OSError):
        return output.safe(timestamp)


def _unix_seconds(timestamp: str) -> float:
    """Return an ISO time as Unix time; raises ValueError, OverflowError. What is stored needs no module for it."""
    digits = timestamp[:19].translate(_NO_SIGNS)
    if len(digits) == 14 and digits.isdecimal() and digits.isascii() and timestamp[19:20] in {".", "Z"}:
        year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
        if timestamp[-1] == "Z" and _is_day(year, month, day):
            hour, minute, second = int(digits[8:10]), int(digits[10:12]), int(digits[12:])
            return ((_days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
    import datetime

    return datetime.datetime.fromisoformat(timestamp).timestamp()


def _is_day(year: int, month: int, day: int) -> bool:
    return year > 1970 and 1 <= month <= 12 and 1 <= day <= _LENGTHS[month - 1]  # else datetime is asked


def _days(year: int, month: int, day: int) -> int:
    """Return the days from 1970 to a date: whole years of 365, their leap days, whole months, days."""
    before = year - 1
    leaps = before // 4 - before // 100 + before // 400 - 477
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (year - 1970) * 365 + leaps + sum(_LENGTHS[: month - 1]) + (is_leap and month > 2) + day - 1


def project_name(project: str) -> str:
    """Return the last part of a project's directory, also of one of Windows; the directory where it has no parts."""
    path = project.rstrip("/\\")
    return (path.rpartition("/")[2] if "/" in path else path.rpartition("\\")[2]) or project


def short_id(session: str) -> str:
    """Return what is enough to name a session: the beginning of an id, a sub-agent's own id.

    An id that is no UUID stays whole: many may begin alike.
    """
    own = session.rpartition("/")[2]
    if own != session and own.startswith("agent-"):
        return output.safe(own)
    is_uuid = len(session) == 36 and session.count("-") == 4
    return output.safe(session[:SHORT_ID] if is_uuid else session)


def cell_id(session: str) -> str:
    """Return `short_id` for a column of a table, where a long one is cut and ends in "…"."""
    return cells.fit(short_id(session), _LONGEST_ID)


def cite(session: str, position: int | None) -> str:
    """Return how `show` is told to go to a message."""
    return short_id(session) if position is None else f"{short_id(session)}:{position}"


def one_line(text: str | None, most: int) -> str:
    """Return a text as one safe line of at most `most` columns."""
    return cells.fit(output.safe(" ".join((text or "").split())[: most * 2 + 1]), most)


def end_of(path: str, most: int) -> str:
    """Return a path as safe text of at most `most` columns: its end, which tells more than its beginning."""
    return cells.fit_end(output.safe(path), most)


def room() -> int | None:
    """Return the columns of the terminal that a line should not pass; None where nobody's lines are cut: in a pipe."""
    return width() if sys.stdout.isatty() else None


def width() -> int:
    """Return the columns to write in: the terminal's, or as many as are pleasant to read."""
    return min(WIDEST, config.terminal_columns(100)) if sys.stdout.isatty() else WIDEST


def paragraph(text: str) -> str:
    """Return talk, a few sentences of ours, in lines of 80 columns."""
    return "\n".join(cells.wrap(text, _TALK_COLUMNS))


def columns(rows: Iterable[tuple[str, ...]], right: frozenset[int] = frozenset()) -> list[str]:
    """Return rows as lines with aligned columns; those whose number is in `right` are aligned to the right."""
    table = list(rows)
    widths = [max(map(cells.width, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cells.pad(cell, wide, right=at in right) for at, (cell, wide) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]


def amount(number: int, word: str) -> str:
    """Return a count in words: "1 message", "2,000 messages"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def short_number(value: float) -> str:
    """Return a number in three digits: 950, 1.5k, 12M."""
    for size_of, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size_of:
            return f"{value / size_of:.3g}{name}"
    return f"{value:.3g}"


def money(dollars: float | None, unpriced: int = 0) -> str:
    """Return a cost: "?" where none is known, with "+" behind it where it leaves `unpriced` tokens out."""
    return "?" if dollars is None else f"${dollars:,.2f}{'+' if unpriced else ''}"


def duration(seconds: int) -> str:
    """Return a span of time in its two largest units: "45 s", "3 min", "2 h 5 min", "12 d 3 h"."""
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if not hours:
        return f"{minutes} min"
    return f"{days:,} d {hours % 24} h" if days else f"{hours} h {minutes % 60} min"


def size(characters: int) -> str:
    """Return a length in characters as a person reads it."""
    if characters < 1000:
        return f"{characters} characters"
    if characters < 1_000_000:
        return f"{characters / 1000:.3g} k characters"
    return f"{characters / 1_000_000:.3g} M characters"


def bytes_of(count: int) -> str:
    """Return a number of bytes as a person reads it: "512 bytes", "3.4 kB", "1.2 MB"."""
    from simple_memory.service import status_text

    return status_text.size(count)


class Counted:
    """Reads a whole number from 1 to `most` of a command line."""

    def __init__(self, most: int) -> None:
        """Take the largest number that is allowed."""
        self._most = most

    def __call__(self, text: str) -> int:
        """Return the number; raises ArgumentTypeError."""
        if not text.isdecimal() or not text.isascii() or len(text) > 9 or not 1 <= int(text) <= self._most:
            import argparse

            raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {self._most:,}")
        return int(text)

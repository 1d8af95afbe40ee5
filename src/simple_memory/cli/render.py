"""What the reading commands share on paper: times, citations, one line of a text; not the writing itself."""

from __future__ import annotations

import argparse
import datetime
import shutil
import sys
from collections.abc import Iterable

from simple_memory.cli import output

SHORT_ID = 8
WIDEST = 120
"""Columns that are used at most, also on a wider terminal."""


def when(timestamp: str | None) -> str:
    """Return a stored time as local date and minute, "" for None, and what is no time as it is."""
    if not timestamp:
        return ""
    try:
        moment = datetime.datetime.fromisoformat(timestamp).astimezone()
    except (ValueError, OverflowError):
        return output.safe(timestamp)
    return moment.strftime("%Y-%m-%d %H:%M")


def short_id(session: str) -> str:
    """Return what is enough to name a session: the beginning of a long id, a sub-agent's own id."""
    own = session.rpartition("/")[2]
    if own != session and own.startswith("agent-"):
        return output.safe(own)
    is_uuid = len(session) == 36 and session.count("-") == 4
    return output.safe(session[:SHORT_ID] if is_uuid else session)


def cite(session: str, position: int | None) -> str:
    """Return how `show` is told to go to a message."""
    return short_id(session) if position is None else f"{short_id(session)}:{position}"


def one_line(text: str | None, most: int) -> str:
    """Return a text as one safe line of at most `most` characters."""
    line = output.safe(" ".join((text or "").split())[: most + 1])
    return line if len(line) <= most else line[: max(1, most - 1)].rstrip() + "…"


def end_of(path: str, most: int) -> str:
    """Return a path as safe text of at most `most` characters: its end, which tells more than its beginning."""
    shown = output.safe(path)
    return shown if len(shown) <= most else "…" + shown[len(shown) - most + 1 :]


def room() -> int | None:
    """Return the columns of the terminal that a line should not pass; None where nobody's lines are cut: in a pipe."""
    return width() if sys.stdout.isatty() else None


def width() -> int:
    """Return the columns to write in: the terminal's, or as many as are pleasant to read."""
    return min(WIDEST, shutil.get_terminal_size((100, 24)).columns) if sys.stdout.isatty() else WIDEST


def columns(rows: Iterable[tuple[str, ...]], right: frozenset[int] = frozenset()) -> list[str]:
    """Return rows as lines with aligned columns; those whose number is in `right` are aligned to the right."""
    cells = list(rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
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
            raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {self._most:,}")
        return int(text)

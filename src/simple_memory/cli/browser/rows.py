"""The lines of a message on the screen, folded as far as asked; pure. A line is a list of pieces with styles' names."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simple_memory.cli.browser import wrapping
from simple_memory.cli.browser.entries import Block, Entry

FOLDED, SHORT, FULL = 0, 1, 2
"""How far a message is unfolded: noise in a line with its neighbours, each by itself, or all of it."""

SAID_LINES = 40
"""Lines of what was said that are shown before it is unfolded."""
QUIET_LINES = 5
MOST_LINES = 3_000
"""Lines of one text that are ever laid out; `show --full` has all of them."""
_SIGNS = {"code": "│ ", "diff": "│ ", "given": "  ", "result": "  ", "failed": "  "}
_STYLES = {"quiet": "dim", "given": "dim", "result": "dim", "failed": "failed"}
_ROLES = {"user": "user", "assistant": "assistant", "system": "system"}


class Row(NamedTuple):
    """One line of the screen: the message it belongs to, its pieces (text, style), and whether something is marked."""

    position: int
    pieces: tuple[tuple[str, str], ...]
    is_marked: bool = False

    @property
    def text(self) -> str:
        """The line without its styles."""
        return "".join(text for text, _ in self.pieces)


def of_entry(entry: Entry, level: int, width: int) -> list[Row]:
    """Return the lines of one message."""
    width = max(8, width)
    if not entry.is_noise:
        return list(_said(entry, level, width))
    if level == FULL:
        return list(_opened(entry, width))
    rows = [Row(entry.position, ((f" {entry.position} ", "dim"), *_gist(entry, width)))]
    if entry.is_hit:
        for block in entry.blocks:
            if block.marks:
                rows.extend(_block_rows(entry.position, block, width, QUIET_LINES, indent="    "))
    return rows


def of_run(run: Sequence[Entry], width: int) -> list[Row]:
    """Return the one line that stands for several messages of noise."""
    tools = Counter(name for entry in run for name in entry.tools)
    others = Counter(entry.kind for entry in run if not entry.tools and entry.kind not in {"tool_result", "empty"})
    parts = [
        f"{name} ×{count}" if count > 1 else name for name, count in (*tools.most_common(6), *others.most_common(3))
    ]
    failed = sum(entry.failed for entry in run)
    text = f" ⋯ {len(run)} steps: {', '.join(parts)}" if parts else f" ⋯ {len(run)} steps"
    pieces = [(wrapping.crop(text, width - (13 if failed else 0)), "dim")]
    if failed:
        pieces.append((f" · {failed} failed", "failed"))
    return [Row(run[0].position, tuple(pieces))]


def _gist(entry: Entry, width: int) -> tuple[tuple[str, str], ...]:
    room = width - len(str(entry.position)) - 2
    return ((wrapping.crop(entry.gist, room), "failed" if entry.failed else "dim"),)


def _said(entry: Entry, level: int, width: int) -> Iterator[Row]:
    kind = "" if entry.kind in {"prompt", "reply"} else f" {entry.kind}"
    who = f" {entry.position} {entry.role}{kind}"
    yield Row(entry.position, ((who, _ROLES.get(entry.role, "dim")), (f"  {entry.when}", "dim")))
    for block in entry.blocks:
        if block.kind in {"given", "result", "failed", "diff"} and level < FULL:
            sign = "→" if block.kind in {"given", "diff"} else "←"
            first = block.text.partition("\n")[0]
            yield Row(entry.position, ((wrapping.crop(f"   {sign} {block.label} {first}", width), "dim"),))
            continue
        if block.label and block.kind not in {"code", "text"}:
            yield Row(entry.position, ((wrapping.crop(f"   {block.label}", width), "dim"),))
        yield from _block_rows(entry.position, block, width, MOST_LINES if level == FULL else SAID_LINES, indent="  ")


def _opened(entry: Entry, width: int) -> Iterator[Row]:
    yield Row(entry.position, ((f" {entry.position} ", "dim"), *_gist(entry, width)))
    for block in entry.blocks:
        yield from _block_rows(entry.position, block, width, MOST_LINES, indent="    ")


def _block_rows(position: int, block: Block, width: int, most: int, *, indent: str) -> Iterator[Row]:
    """Yield at most `most` lines of a text, those around its first mark, and what is left out above and below."""
    sign = _SIGNS.get(block.kind, "")
    places = wrapping.wrap(block.text, width - len(indent) - len(sign))
    first, end = _shown(block, places, most)
    lead = ((indent, ""), (sign, "dim"))
    if first:
        yield Row(position, ((f"{indent}… {first:,} lines above", "dim"),))
    for start, stop in places[first:end]:
        pieces = _painted(block, start, stop)
        is_marked = any(low < stop and high > start for low, high in block.marks)
        yield Row(position, (*lead, *pieces), is_marked)
    left = len(places) - end
    if left:
        how = "Enter unfolds" if most < MOST_LINES else "`show --full` has all"
        yield Row(position, ((f"{indent}… {left:,} more {'line' if left == 1 else 'lines'} ({how})", "dim"),))


def _shown(block: Block, places: list[wrapping.Place], most: int) -> tuple[int, int]:
    if len(places) <= most + 1:
        return 0, len(places)
    first = 0
    if block.marks:
        marked = next((at for at, (_, stop) in enumerate(places) if stop > block.marks[0][0]), 0)
        first = max(0, min(marked - most // 3, len(places) - most))
    return first, first + most


def _painted(block: Block, start: int, stop: int) -> list[tuple[str, str]]:
    """Return text[start:stop] in pieces: marked, inked, or in the style of its kind."""
    plain = _STYLES.get(block.kind, "")
    if block.kind == "diff":
        begin = block.text.rfind("\n", 0, start) + 1
        plain = {"+": "added", "-": "removed", "@": "dim"}.get(block.text[begin : begin + 1], "")
    spans: list[tuple[int, int, str]] = [
        (low, high, "mark") for low, high in block.marks if low < stop and high > start
    ]
    spans.extend(ink for ink in block.inks if ink[0] < stop and ink[1] > start)
    if not spans:
        return [(block.text[start:stop], plain)]
    edges = sorted({start, stop, *(min(max(edge, start), stop) for low, high, _ in spans for edge in (low, high))})
    pieces = []
    for low, high in itertools.pairwise(edges):
        style = next((name for first, last, name in spans if first <= low and high <= last), plain)
        pieces.append((block.text[low:high], style))
    return pieces

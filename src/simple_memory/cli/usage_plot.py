"""A count as a picture in SVG: one file that loads nothing, light or dark as its reader is; not the counting.

Days, weeks and months become columns, everything else bars with their names beside them.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator
from typing import NamedTuple

from simple_memory.cli import render

_WIDTH = 960
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 28, 72, 64
_COLUMNS_HEIGHT = 300
_BAR_HEIGHT = 22
_NAMES_WIDTH = 264
_STYLE = """
text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-size:18px;font-weight:600}.faint{fill:#59636e}
.line{stroke:#d1d9e0}.axis{stroke:#59636e}.bar{fill:#1f6feb}.paper{fill:#fff}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.faint{fill:#9198a1}.line{stroke:#3d444d}.axis{stroke:#9198a1}
.bar{fill:#58a6ff}.paper{fill:#0d1117}}
""".strip().replace("\n", "")


class Plot(NamedTuple):
    """What is drawn: `bars` are (name, value), in order; `across` and `unit` name the axes."""

    title: str
    across: str
    unit: str
    bars: list[tuple[str, float]]
    note: str = ""


def columns(plot: Plot) -> Iterator[str]:
    """Yield the lines of a picture with a column for each bar, as fits what follows in time."""
    height = _TOP + _COLUMNS_HEIGHT + _BOTTOM
    top, marks = _marks(plot)
    yield from _begin(plot, height)
    floor, wide = _TOP + _COLUMNS_HEIGHT, _WIDTH - _LEFT - _RIGHT
    for mark in marks:
        y = floor - _COLUMNS_HEIGHT * mark / top
        yield f'<line class="line" x1="{_LEFT}" x2="{_LEFT + wide}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="faint" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{number(mark)}</text>'
    step = wide / max(1, len(plot.bars))
    every = max(1, math.ceil(len(plot.bars) / 9))
    for at, (name, value) in enumerate(plot.bars):
        x, tall = _LEFT + at * step, _COLUMNS_HEIGHT * value / top
        yield (
            f'<rect class="bar" x="{x + step * 0.1:.2f}" y="{floor - tall:.2f}" width="{step * 0.8:.2f}" '
            f'height="{tall:.2f}"><title>{_escape(name)}: {number(value)} {_escape(plot.unit)}</title></rect>'
        )
        if at % every == 0:
            place = f'x="{x + step / 2:.1f}" y="{floor + 20}"'
            yield f'<text class="faint" {place} text-anchor="middle">{_escape(name)}</text>'
    yield f'<line class="axis" x1="{_LEFT}" x2="{_LEFT + wide}" y1="{floor}" y2="{floor}"/>'
    yield f'<text x="{_LEFT + wide / 2:.0f}" y="{floor + 46}" text-anchor="middle">{_escape(plot.across)}</text>'
    yield "</svg>"


def rows(plot: Plot) -> Iterator[str]:
    """Yield the lines of a picture with a row for each bar and its name before it, as fits what has no order."""
    height = _TOP + _BAR_HEIGHT * max(1, len(plot.bars)) + _BOTTOM
    top, marks = _marks(plot)
    yield from _begin(plot, height)
    left, floor = _NAMES_WIDTH, height - _BOTTOM
    wide = _WIDTH - left - _RIGHT - 60
    for mark in marks:
        x = left + wide * mark / top
        yield f'<line class="line" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{floor}"/>'
        yield f'<text class="faint" x="{x:.1f}" y="{floor + 20}" text-anchor="middle">{number(mark)}</text>'
    for at, (name, value) in enumerate(plot.bars):
        y, long = _TOP + at * _BAR_HEIGHT, wide * value / top
        shown = name if len(name) <= 32 else "…" + name[-31:]
        yield f'<text x="{left - 8}" y="{y + 15}" text-anchor="end">{_escape(shown)}</text>'
        yield f'<rect class="bar" x="{left}" y="{y + 3}" width="{long:.2f}" height="{_BAR_HEIGHT - 6}"/>'
        yield f'<text class="faint" x="{left + long + 6:.1f}" y="{y + 15}">{number(value)}</text>'
    yield f'<line class="axis" x1="{left}" x2="{left}" y1="{_TOP}" y2="{floor}"/>'
    yield f'<text x="{left + wide / 2:.0f}" y="{floor + 46}" text-anchor="middle">{_escape(plot.unit)}</text>'
    yield "</svg>"


def number(value: float) -> str:
    """Return a number as it stands on an axis: 950, 1.5 k, 12 M."""
    shown = render.short_number(value)
    return f"{shown[:-1]} {shown[-1]}" if shown[-1].isalpha() else shown


def _begin(plot: Plot, height: int) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'role="img" aria-label="{_escape(plot.title)}">'
    )
    yield f"<style>{_STYLE}</style>"
    yield f'<rect class="paper" width="{_WIDTH}" height="{height}"/>'
    yield f'<text class="title" x="20" y="30">{_escape(plot.title)}</text>'
    yield f'<text class="faint" x="20" y="52">{_escape(plot.note or plot.unit)}</text>'


def _marks(plot: Plot) -> tuple[float, list[float]]:
    """Return the largest value of an axis and the marks on it: round numbers, about five."""
    most = max((value for _, value in plot.bars), default=0.0) or 1.0
    power = 10 ** math.floor(math.log10(most / 4))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor * 5 >= most)
    count = math.ceil(most / step - 1e-9)
    return step * count, [step * at for at in range(count + 1)]


def _escape(text: str) -> str:
    return html.escape("".join(each if each.isprintable() else "�" for each in text))

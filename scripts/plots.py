"""Plots as SVG that stands alone: lines over a plain or a logarithmic axis, and bars against a limit.

Colours follow the reader's light or dark screen. What is plotted, and where the file goes, is the caller's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax import saxutils

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 320, 64, 20, 52, 48
ROW = 22
LIGHT = ("#0969da", "#1a7f37", "#bc4c00", "#8250df", "#bf3989", "#6e7781", "#9a6700")
DARK = ("#58a6ff", "#3fb950", "#f0883e", "#bc8cff", "#f778ba", "#8b949e", "#d29922")


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows, with its unit; `log`: by powers of ten."""

    label: str
    log: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A name and its (x, y) points, in the order of x."""

    name: str
    points: Sequence[tuple[float, float]]


def lines(title: str, drawn: Sequence[Line], *, x: Axis, y: Axis, limit: float | None = None) -> str:
    """Return a plot of lines; `limit` is a line across, at a height of the y axis. Raises ValueError without points."""
    points = [point for line in drawn for point in line.points]
    if not points:
        raise ValueError("a plot needs a point")
    heights = [height for _, height in points] + ([limit] if limit else [])
    across = _Scale([at for at, _ in points], x.log, LEFT, WIDTH - RIGHT, from_zero=False)
    up = _Scale(heights, y.log, HEIGHT - BOTTOM, TOP, from_zero=True)
    parts = [_begin(title, HEIGHT), _text(LEFT, 18, title, kind="title"), *_grid(across, up)]
    if limit:
        parts.append(_rule(LEFT, WIDTH - RIGHT, up.at(limit), "limit"))
    parts += [part for place, line in enumerate(drawn) for part in _one_line(place, line, across, up, len(drawn))]
    parts.append(_text(LEFT, HEIGHT - 10, f"{y.label}, over {x.label}"))
    return "\n".join([*parts, "</svg>", ""])


def bars(title: str, rows: Sequence[tuple[str, float, str]], *, foot: str) -> str:
    """Return bars against a limit: (name, share of the limit, what is written beside); beyond 1.0 they are red."""
    height, left, full = 70 + ROW * len(rows), 290, 210.0
    parts = [_begin(title, height), _text(12, 18, title, kind="title")]
    for place, (name, share, remark) in enumerate(rows):
        top = 34 + place * ROW
        length = max(1.0, min(share, 1.15) * full)
        kind = "over" if share > 1 else "c0"
        parts.append(_text(left - 8, top + 12, name, anchor="end"))
        parts.append(f'<rect x="{left}" y="{top}" width="{length:.1f}" height="14" rx="2" class="{kind}"/>')
        parts.append(_text(left + length + 6, top + 12, remark))
    foot_at = 34 + ROW * len(rows)
    parts.append(f'<line x1="{left + full}" x2="{left + full}" y1="28" y2="{foot_at}" class="limit"/>')
    parts.append(_text(12, foot_at + 22, foot))
    return "\n".join([*parts, "</svg>", ""])


def short(number: float) -> str:
    """Return a number as an axis writes it: 0.05, 12, 10 k, 3 M."""
    for size, sign in ((1e6, " M"), (1e3, " k")):
        if abs(number) >= size:
            return f"{number / size:g}{sign}"
    return f"{number:g}"


class _Scale:
    """Where a number lies between two places of the picture."""

    def __init__(self, numbers: Iterable[float], log: bool, begin: float, end: float, *, from_zero: bool) -> None:
        held = [number for number in numbers if number > 0 or not log] or [1.0]
        self._log, self._begin, self._end = log, begin, end
        least, most = min(held), max(held)
        if log:
            least, most = (10 ** math.floor(math.log10(least)), 10 ** math.ceil(math.log10(most)))
        elif from_zero:
            least, most = 0.0, most * 1.1
        self._least, self._most = least, most if most > least else least + 1

    def at(self, number: float) -> float:
        """Return the place of `number` in the picture."""
        if self._log:
            number = max(number, self._least)
            share = math.log(number / self._least) / math.log(self._most / self._least)
        else:
            share = (number - self._least) / (self._most - self._least)
        return self._begin + share * (self._end - self._begin)

    def ticks(self) -> list[float]:
        """Return the numbers that are written along the axis."""
        if self._log:
            first, last = round(math.log10(self._least)), round(math.log10(self._most))
            return [10.0**power for power in range(first, last + 1)]
        step = _round_up((self._most - self._least) / 5)
        first = math.ceil(self._least / step)
        return [number * step for number in range(first, int(self._most / step) + 1)]


def _round_up(number: float) -> float:
    power = 10.0 ** math.floor(math.log10(number))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= number)


def _grid(across: _Scale, up: _Scale) -> list[str]:
    parts = []
    for tick in up.ticks():
        parts.append(_rule(LEFT, WIDTH - RIGHT, up.at(tick), "grid"))
        parts.append(_text(LEFT - 6, up.at(tick) + 4, short(tick), anchor="end"))
    below = HEIGHT - BOTTOM + 16
    return parts + [_text(across.at(tick), below, short(tick), anchor="middle") for tick in across.ticks()]


def _one_line(place: int, line: Line, across: _Scale, up: _Scale, count: int) -> list[str]:
    kind = place % len(LIGHT)
    points = [(across.at(at), up.at(height)) for at, height in line.points]
    path = " ".join(f"{at:.1f},{height:.1f}" for at, height in points)
    drawn = [f'<polyline class="s{kind}" points="{path}"/>']
    if len(points) <= 12:
        drawn += [f'<circle cx="{at:.1f}" cy="{height:.1f}" r="3" class="c{kind}"/>' for at, height in points]
    beside = LEFT + place * (WIDTH - LEFT - RIGHT) / count
    name = saxutils.escape(line.name)
    return [*drawn, f'<text x="{beside:.0f}" y="40" class="c{kind}">{name}</text>']


def _begin(title: str, height: int) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif"'
    paper = f'<rect width="{WIDTH}" height="{height}" class="paper"/>'
    return f'{head} font-size="12"><title>{saxutils.escape(title)}</title>{_style()}{paper}'


def _style() -> str:
    light = _colours("#1f2328", "#d0d7de", "#ffffff", "#cf222e", LIGHT)
    dark = _colours("#e6edf3", "#3d444d", "#0d1117", "#f85149", DARK)
    return f"<style>{light}\n.title {{ font-weight: bold }}\n@media (prefers-color-scheme: dark) {{ {dark} }}</style>"


def _colours(ink: str, faint: str, paper: str, over: str, lines: Sequence[str]) -> str:
    rules = [
        f"text {{ fill: {ink} }} .grid {{ stroke: {faint} }} .limit {{ stroke: {over} }} .paper {{ fill: {paper} }}"
    ]
    rules += [
        f".c{place} {{ fill: {colour} }} .s{place} {{ stroke: {colour}; stroke-width: 2; fill: none }}"
        for place, colour in enumerate(lines)
    ]
    return " ".join([*rules, f".over {{ fill: {over} }}"])


def _text(x: float, y: float, text: str, *, anchor: str = "start", kind: str = "") -> str:
    of_kind = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{of_kind}>{saxutils.escape(text)}</text>'


def _rule(begin: float, end: float, y: float, kind: str) -> str:
    return f'<line x1="{begin:.1f}" x2="{end:.1f}" y1="{y:.1f}" y2="{y:.1f}" class="{kind}"/>'

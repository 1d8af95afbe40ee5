"""How the styles look: in the terminal's own sixteen colours on its own background, so that any terminal will do."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

PLAIN = Style()
STYLES = {
    "": PLAIN,
    "title": Style(bold=True),
    "dim": Style(dim=True),
    "mark": Style(bold=True, underline=True, color="yellow"),
    "user": Style(bold=True, color="green"),
    "assistant": Style(bold=True, color="cyan"),
    "system": Style(color="yellow"),
    "failed": Style(color="red"),
    "warning": Style(color="yellow"),
    "chosen": Style(reverse=True),
    "pointer": Style(bold=True, color="yellow"),
    "key": Style(bold=True),
    "rule": Style(dim=True),
    "added": Style(color="green"),
    "removed": Style(color="red"),
    "comment": Style(dim=True),
    "keyword": Style(color="magenta"),
    "string": Style(color="green"),
    "number": Style(color="cyan"),
    "name": Style(color="blue", bold=True),
}
"""Every style; each tells itself apart without colour where it matters (bold, underlined, reversed)."""


def strip(pieces: Iterable[tuple[str, str]], width: int, *, over: str = "") -> Strip:
    """Return pieces (text, style's name) as one line of exactly `width` columns, with the style `over` on all of it."""
    upper = STYLES[over]
    segments = [Segment(text, STYLES[name] + upper) for text, name in pieces if text]
    return Strip(segments).adjust_cell_length(width, upper)

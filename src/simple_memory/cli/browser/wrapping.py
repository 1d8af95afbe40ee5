"""Breaking a text into the lines of a narrow screen; pure. A line is a place in the text, so that marks keep theirs."""

from __future__ import annotations

from rich import cells

Place = tuple[int, int]
"""Where a line begins and ends in its text, in characters."""


def wrap(text: str, width: int) -> list[Place]:
    """Return the lines of `text` in `width` columns: broken at line ends, else at blanks, else where they are full."""
    width = max(1, width)
    places: list[Place] = []
    start = 0
    while True:
        end = text.find("\n", start)
        last = end < 0
        end = len(text) if last else end
        _wrap_one(text, start, end, width, places)
        if last:
            return places
        start = end + 1


def _wrap_one(text: str, start: int, end: int, width: int, places: list[Place]) -> None:
    """Add the lines of a text without line ends."""
    while True:
        fits = _fitting(text, start, end, width)
        if fits >= end:
            places.append((start, end))
            return
        blank = text.rfind(" ", start + 1, fits + 1)
        if blank > start and text[start:blank].strip():
            places.append((start, blank))
            start = blank + 1
        else:
            places.append((start, fits))
            start = fits
        if start >= end:
            return


def _fitting(text: str, start: int, end: int, width: int) -> int:
    """Return the end of what of text[start:end] fits into `width` columns; at least one character."""
    if end - start <= width and text[start:end].isascii():
        return end
    piece = text[start : start + width]
    if piece.isascii():
        return min(end, start + width)
    room = width
    at = start
    while at < end:
        room -= cells.get_character_cell_size(text[at])
        if room < 0:
            break
        at += 1
    return max(at, start + 1)


def crop(text: str, width: int) -> str:
    """Return `text`, one line, cut to `width` columns with an ellipsis where it is longer."""
    if cells.cell_len(text) <= width:
        return text
    kept = text[: _fitting(text, 0, len(text), width - 1)] if width > 1 else ""
    return (kept if cells.cell_len(kept) < width else "") + "…"[:width]


def length(text: str) -> int:
    """Return the columns that `text`, one line, takes."""
    return cells.cell_len(text)

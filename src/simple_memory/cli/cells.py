"""How many columns text takes on a terminal, and fitting it into them; not what is written there."""

from __future__ import annotations

_ELLIPSIS = "…"


def width(text: str) -> int:
    """Return the columns that `text`, one harmless line, takes: two for wide characters, none for combining ones."""
    return len(text) if text.isascii() and text.isprintable() else sum(map(_of_character, text))


def _of_character(character: str) -> int:
    import unicodedata

    if unicodedata.category(character) in {"Mn", "Me", "Cf", "Cc"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def beginning(text: str, most: int) -> str:
    """Return as much of the beginning of `text` as `most` columns hold."""
    if (text.isascii() and text.isprintable()) or len(text) * 2 <= most:
        return text[:most]
    room = most
    for at, character in enumerate(text):
        room -= _of_character(character)
        if room < 0:
            return text[:at]
    return text


def fit(text: str, most: int) -> str:
    """Return `text` if `most` columns hold it, else its beginning with an ellipsis."""
    if width(text) <= most:
        return text
    return beginning(text, max(1, most - 1)).rstrip() + _ELLIPSIS


def fit_end(text: str, most: int) -> str:
    """Return `text` if `most` columns hold it, else an ellipsis and its end."""
    if width(text) <= most:
        return text
    return _ELLIPSIS + beginning(text[::-1], most - 1)[::-1]


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """Return `text` filled with blanks to `columns`; `right` puts them before it."""
    blanks = " " * (columns - width(text))
    return blanks + text if right else text + blanks


def wrap(text: str, room: int, most: int | None = None) -> list[str]:
    """Return `text` in lines of `room` columns, broken at blanks; `most` lines, of which the last tells of more.

    Control characters take no column, so that marks of ours may stand in it.
    """
    lines: list[str] = []
    line, taken = "", 0
    for word in text.split(" "):
        wide = width(word)
        if line and taken + 1 + wide <= room:
            line, taken = f"{line} {word}", taken + 1 + wide
            continue
        if line:
            lines.append(line)
        while wide > room:
            piece = beginning(word, room) or word[:1]
            lines.append(piece)
            word = word[len(piece) :]  # noqa: PLW2901 - what is left of it
            wide = width(word)
        line, taken = word, wide
    lines.append(line)
    if most is not None and len(lines) > most:
        lines = lines[:most]
        lines[-1] = f"{beginning(lines[-1], room - 2).rstrip()} {_ELLIPSIS}"
    return [each for each in lines if each]

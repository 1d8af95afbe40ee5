"""How a command writes: the answer to stdout, talk to stderr, nothing that a terminal would obey.

Not the place of what is written. Light: `status` loads it.
"""

from __future__ import annotations

import os
import sys

from simple_memory import config

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

_STYLES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "cyan": "36",
    "mark": "1;33",
}

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that a terminal obeys or swallows: controls, bidi and zero-width, surrogates, separators."""

_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks by category that show nothing."""

_JOINERS = frozenset("\u200c\u200d")
"""What joins two signs or keeps them apart: Persian and Indic scripts and many pictures are written with it."""


def emit_json(value: object) -> None:
    """Write `value` as one line of compact JSON to stdout."""
    import json

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if not text.isprintable():  # what a terminal would obey, in JSON's own escapes: the value is the same
        import re

        text = re.sub("[^ -~]+", lambda run: run[0] if run[0].isprintable() else json.dumps(run[0])[1:-1], text)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # a path that is no UTF-8, or a terminal that is none
        text = json.dumps(value, separators=(",", ":"))
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """Write `text` and a line end to stdout: the answer."""
    _write(sys.stdout, text)


def talk(text: str) -> None:
    """Write `text` and a line end to stderr: what is not the answer. What was said before comes before it.

    Where there is no room for talk it is lost, and nothing else.
    """
    sys.stdout.flush()
    try:
        _write(sys.stderr, text)
    except BrokenPipeError:
        raise
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Point a stream at nothing from here on, so that what it holds is not written at the end either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _write(stream: object, text: str) -> None:
    try:
        print(text, file=stream)  # type: ignore[call-overload] # a text stream
    except UnicodeEncodeError:
        encoding = getattr(stream, "encoding", None) or "ascii"
        print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream)  # type: ignore[call-overload]


def safe(text: str, *, lines: bool = False) -> str:
    """Return `text` with what a terminal would obey or hide escaped; `lines` keeps tabs and ends of lines."""
    if lines:
        text = text.replace("\r\n", "\n")
    if text.isprintable() and not _BLANK_LETTERS.intersection(text):
        return text
    return "".join(
        character if character in _JOINERS and _is_between(text, at) else _shown(character, lines)
        for at, character in enumerate(text)
    )


def _is_between(text: str, at: int) -> bool:
    """Return whether what stands at `at` stands between two signs beyond ASCII that show."""
    near = text[at - 1 : at + 2 : 2] if at else ""
    return len(near) == 2 and not any(sign.isascii() or sign in _BLANK_LETTERS for sign in near) and near.isprintable()


def quoted(text: str) -> str:
    """Return `text`, harmless for a terminal, between quotes."""
    return f"'{safe(text)}'"


def _shown(character: str, lines: bool) -> str:
    if character.isprintable() and character not in _BLANK_LETTERS:
        return character
    if lines and character in "\n\t":
        return character
    import unicodedata

    if unicodedata.category(character) in _UNSEEN or character in _BLANK_LETTERS:
        return character.encode("unicode_escape").decode("ascii")
    return character


def paint(text: str, style: str) -> str:
    """Return `text` in one of the styles above if stdout is a terminal that wants colour, else as it is."""
    if not config.colour_wanted(sys.stdout.isatty()):
        return text
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"

"""What a text holds that the engine's splitting into words does not give: parts of names, runs without blanks.

Every text that is indexed goes through here on the thread that reads, so bytes are looked at, many at a time, before
anything is looked for.
"""

from __future__ import annotations

import functools
import re

LONGEST_SPLIT = 40
"""Words of more characters are not split into parts."""
MOST_SPLIT = 200
"""Words of one text that are split into parts."""

_SHAPE = b" " * 48 + b"a" * 10 + b" " * 7 + b"A" * 26 + b" " * 6 + b"a" * 26 + b" " * 133
"""Makes of bytes their shape: "A" for capitals, "a" for other letters and digits of ASCII, blanks for the rest."""
_CAPITAL_INSIDE = b"aA"
_MARKS = b" " * 0xA0 + b"f" * 18 + b" " * 8 + b"r" * 6 + b" " * 32 + b"UUR" + b"U" * 12 + b"FF" + b" " * 15
"""Marks bytes of UTF-8 by what they may begin, or go on with, in scripts without blanks."""
_ASCII = bytes(range(128))
_BEGINNINGS = (b"U", b"Ff", b"Rr")
"""Marks with which such a character begins. Among those of F are signs and emoji, among those of R quotes and dashes:
their second byte tells."""
_LONGEST_CHARACTER = 4


@functools.cache
def _unspaced() -> re.Pattern[str]:
    """Return what such runs look like; compiled when it is first needed: a search in plain English starts cold."""
    return re.compile(
        "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
        "\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f]+"
    )


@functools.cache
def _part() -> re.Pattern[str]:
    return re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def unspaced_runs(text: str) -> list[str]:
    """Return the runs of `text` in scripts without blanks between words (Chinese, Japanese, Thai …), and in Korean.

    Costs 1 ns per character where there are none, and nothing where all is ASCII.
    """
    if text.isascii():
        return []
    encoded = text.encode("utf-8", "replace")
    few = encoded.translate(_MARKS, _ASCII)
    found = [mark for mark in _BEGINNINGS if mark in few]
    if not found:
        return []
    marks = encoded.translate(_MARKS)
    begin = min(map(marks.find, found))
    end = max(map(marks.rfind, found)) + _LONGEST_CHARACTER
    return _unspaced().findall(encoded[begin:end].decode("utf-8", "ignore"))


def split_words(text: str) -> str:
    """Return the parts of the words of `text` that have a capital inside ("parseHTTPHeader": "parse HTTP Header").

    Each word counts once, the first 200 of them. Costs 1 ns per character where there are none.
    """
    encoded = text.encode("utf-8", "replace")
    shape = encoded.translate(_SHAPE)
    at = shape.find(_CAPITAL_INSIDE)
    if at < 0:
        return ""
    parts: dict[str, None] = {}
    shape += b" "
    while at >= 0 and len(parts) < MOST_SPLIT:
        start = shape.rfind(b" ", 0, at) + 1
        end = shape.find(b" ", at)
        if end - start <= LONGEST_SPLIT:
            parts[" ".join(_part().findall(encoded[start:end].decode("ascii")))] = None
        at = shape.find(_CAPITAL_INSIDE, end)
    return " ".join(parts)

"""Lines of JSON that may be damaged: finding the records in them; no agent's own knowledge."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import msgspec

from simple_memory import model
from simple_memory.sources import source

BOM = b"\xef\xbb\xbf"
MOST_STARTS = 64
"""In a damaged line at most so many places are tried as the start of a whole record."""

_RECORD_START = re.compile(
    rb'\{"(?:parentUuid|type|uuid|sessionId|isSidechain|agentId|cwd|timestamp|summary|leafUuid|operation)"'
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SHORT = 512
"""Strings up to this length are never taken for bytes."""


class Poisoned(ValueError):
    """A record that is JSON, and still not one that can be taken: the reason is its text."""


def clean(text: str) -> str:
    """Return `text` as it can be stored: lone surrogates and NUL become U+FFFD. Cheap where there are none."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            text = _SURROGATE.sub("\ufffd", text)
    return text


def without_nul(text: str) -> str:
    """Return `text`, which a strict decoder gave, as it can be stored: such a one lets no lone surrogate through."""
    return text.replace("\x00", "\ufffd") if "\x00" in text else text


def read_damaged(line: bytes, read_object: Callable[[dict[str, Any]], model.Reading]) -> source.Line:
    """Read a line that a strict decoder refused: bad UTF-8, lost line feeds, half a record before a whole one.

    `read_object` turns a decoded object into a reading, and raises Poisoned for one that cannot be taken. Every byte of
    the line is either in a reading or in a bad part, and nothing is raised.
    """
    readings: list[model.Reading] = []
    bad: list[source.BadPart] = []
    start = len(BOM) if line.startswith(BOM) else 0
    while start < len(line):
        if line[start : start + 1] in (b" ", b"\t", b"\r", b"\n"):
            start += 1
            continue
        end, reason = _read_one(line, start, read_object, readings)
        if reason:
            end = end or _next_start(line, start)
            bad.append(source.BadPart(offset=start, length=end - start, reason=reason))
        start = end
    return source.Line(readings=tuple(readings), bad=tuple(bad))


def _read_one(
    line: bytes, start: int, read_object: Callable[[dict[str, Any]], model.Reading], readings: list[model.Reading]
) -> tuple[int, str]:
    """Try one JSON value at `start`; return where it ends (0: nowhere) and what is wrong with it ("": nothing)."""
    text = line[start:].decode("utf-8", "surrogateescape")
    try:
        value, length = _decoder.raw_decode(text)
    except RecursionError:
        return 0, "nested too deeply"
    except ValueError as error:
        return 0, f"no JSON: {getattr(error, 'msg', 'damaged')}"
    end = start + len(text[:length].encode("utf-8", "surrogateescape"))
    if not isinstance(value, dict):
        return end, f"no record but a JSON {type(value).__name__}"
    try:
        readings.append(read_object(value))
    except Poisoned as error:
        return end, str(error)
    except RecursionError:
        return end, "nested too deeply"
    return end, ""


def _next_start(line: bytes, start: int) -> int:
    """Return where, after the damage at `start`, a whole record stands that fills the line; else the line's end."""
    for tried, match in enumerate(_RECORD_START.finditer(line, start + 1)):
        if tried >= MOST_STARTS:
            break
        try:
            msgspec.json.decode(line[match.start() :], type=dict[str, msgspec.Raw])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        return match.start()
    return len(line)


def leaf_texts(value: object, *, skip: frozenset[str] = frozenset(), deepest: int = 12) -> list[str]:
    """Return the strings inside a decoded JSON `value`, in order, but for those under the keys in `skip` and base64."""
    found: list[str] = []
    _gather([value], skip, deepest + 1, found)
    return found


def _gather(value: Any, skip: frozenset[str], deepest: int, found: list[str]) -> None:
    """Add what stands inside `value`, an object or a list."""
    for inner in [value[key] for key in value if key not in skip] if isinstance(value, dict) else value:
        if isinstance(inner, str):
            if inner and (len(inner) <= _SHORT or not looks_like_base64(inner)):
                found.append(inner)
        elif deepest > 1 and isinstance(inner, dict | list):
            _gather(inner, skip, deepest - 1, found)


def looks_like_base64(text: str) -> bool:
    """Return whether `text` is a long run without a single blank among its first characters: bytes, not words."""
    return (
        len(text) > _SHORT
        and text[:512].isascii()
        and text[:64].isalnum()
        and not any(c in text[:512] for c in " \n\t")
    )


_decoder = json.JSONDecoder(strict=False)

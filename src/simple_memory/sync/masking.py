"""Keys and tokens in a transcript's bytes replaced by marks of the same length: all else keeps its place; pure.

Marks are what people see on the way out, filled up: `[redacted:github-token~~~~~]`. A line stays the JSON that it was.
"""

from __future__ import annotations

import re

import msgspec

from simple_memory import redaction
from simple_memory.store import tombstones

_CUT_WORD = re.compile(r"[^\s\"']{1,400}\Z")
_BLINDING = re.compile(rb"\\(?:[ubf/]|\\{15})")
"""Escapes behind which the rules do not see a secret; behind line breaks, tabs and quotes they do."""
_QUOTE = re.compile(r'(?<!\\)(?:\\\\)*(")')
"""A quote that ends or begins a JSON string."""


def find(content: bytes, *, is_json: bool = True) -> list[tombstones.Gap]:
    """Return the marks that the secrets in `content` get, as gaps (offset, length, kind), in order.

    In lines of JSON no mark reaches out of its string. A line whose secrets cannot be cut out goes whole (kind None).
    """
    found: list[tombstones.Gap] = []
    offset = 0
    for line in content.split(b"\n") if is_json else [content]:
        found += [(offset + start, length, kind) for start, length, kind in _in_line(line, is_json=is_json)]
        offset += len(line) + 1
    return found


def unfinished(line: bytes) -> list[tombstones.Gap]:
    """Return the marks for a line that is not finished: its last word goes too, which may be the half of a secret."""
    found = find(line)
    text = _text(line)
    last = _CUT_WORD.search(text)
    if last is not None:
        start = len(_bytes(text[: last.start()]))
        found = [gap for gap in found if gap[0] + gap[1] <= start]
        found.append((start, len(line) - start, redaction.CUT))
    return found


def _in_line(line: bytes, *, is_json: bool) -> list[tombstones.Gap]:
    if not line:
        return []
    text = _text(line)
    gaps = _gaps(text, is_json=is_json)
    if not is_json:
        return gaps
    if gaps and _parses(line) and not _parses(tombstones.blanked(line, gaps)):
        return [(0, len(line), None)]
    hidden = _hidden_by_escapes(tombstones.blanked(line, gaps)) if _BLINDING.search(line) else []
    for secret, kind in hidden:
        places = _escaped_places(line, secret)
        if not places:
            return [(0, len(line), None)]
        gaps += [(place, length, kind) for place, length in places]
    return _apart(gaps)


def _gaps(text: str, *, is_json: bool) -> list[tombstones.Gap]:
    gaps: list[tombstones.Gap] = []
    for _ in range(3):  # what stands beside a mark may be a secret only then
        made = []
        for start, end, kind in redaction.find(text):
            closing = _QUOTE.search(text, start, end) if is_json else None
            secret = _bytes(text[start : closing.start(1) if closing else end])
            if secret:
                made.append((len(_bytes(text[:start])), len(secret), kind))
        if not made:
            break
        gaps += made
        text = _text(tombstones.blanked(_bytes(text), made))
    return _apart(gaps)


def _hidden_by_escapes(line: bytes) -> list[tuple[str, str]]:
    """Return the secrets (text, kind) that are seen only once the line's strings are decoded."""
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    waiting, found = [value], []
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            found += [(one[start:end], kind) for start, end, kind in redaction.find(one)]
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one
    return found


def _escaped_places(line: bytes, secret: str) -> list[tuple[int, int]]:
    """Return (offset, length) of a secret as JSON usually writes it."""
    wanted = msgspec.json.encode(secret)[1:-1]
    places, at = [], line.find(wanted)
    while at >= 0:
        places.append((at, len(wanted)))
        at = line.find(wanted, at + len(wanted))
    return places


def _apart(gaps: list[tombstones.Gap]) -> list[tombstones.Gap]:
    """Return gaps in order, with those that overlap made one."""
    kept: list[tombstones.Gap] = []
    for offset, length, kind in sorted(gaps, key=lambda gap: (gap[0], -gap[1])):
        if kept and offset < kept[-1][0] + kept[-1][1]:
            start, size, first = kept.pop()
            kept.append((start, max(size, offset + length - start), first))
        else:
            kept.append((offset, length, kind))
    return kept


def _parses(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")

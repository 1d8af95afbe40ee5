"""What a policy lets go of a transcript's bytes: old images, and the rest of old long tool output; pure.

Marks of the same length take its place, as for secrets, and the beginnings stay: so lines stay the JSON that they were,
and messages keep what they show.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator

import msgspec

from simple_memory import moments
from simple_memory.store import forgettable, tombstones

IMAGE = "image"
OUTPUT = "output"
KINDS = (IMAGE, OUTPUT)
"""The kinds of gaps that a policy makes."""
SHORTEST_IMAGE = 4096
"""Characters of base64 from which on it counts as an image or a document."""
KEPT_OF_IMAGE = 768
"""Characters of its base64 that stay: what it is can still be seen."""
KEPT_OF_OUTPUT = 1000
"""Characters of a long tool output that stay."""
SHORTEST_REST = 1000

_DROPPED = b"[dropped:"
_RUN = re.compile(rb"[A-Za-z0-9+/]{%d,}+" % SHORTEST_IMAGE)
_SIGN = rb'(?:[^"\\]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[0-9a-fA-F]{4}|\\u[0-9a-fA-F]{4}|\\[^u])'
_STRING = re.compile(rb'"(?:%s{%d,%d}+(%s*+))?+"' % (_SIGN, KEPT_OF_OUTPUT, KEPT_OF_OUTPUT, _SIGN))
_SHORT_STRING = re.compile(rb'"%s*+"' % _SIGN)


class Policy(msgspec.Struct, frozen=True):
    """What is to go: images and tool output of before these times (ISO 8601 UTC); None: none of them."""

    images_before: str | None = None
    output_before: str | None = None

    def find(self, content: bytes, *, is_json: bool, time: str) -> list[tombstones.Gap]:
        """Return the gaps that go, in order; `time` is that of a file whose lines tell none."""
        if not is_json:
            return _rest_of(content) if self.output_before and time < self.output_before else []
        found: list[tombstones.Gap] = []
        offset = 0
        for line in content.split(b"\n"):
            if len(line) >= min(SHORTEST_IMAGE, KEPT_OF_OUTPUT + SHORTEST_REST):
                found += [(offset + start, length, kind) for start, length, kind in self._in_line(line)]
            offset += len(line) + 1
        return found

    def _in_line(self, line: bytes) -> list[tombstones.Gap]:
        told = forgettable.time_of(line)
        if told is None:
            return []
        gaps: list[tombstones.Gap] = []
        if self.images_before and told < self.images_before:
            gaps = list(_images(line))
        if self.output_before and told < self.output_before and b'"tool_result"' in line:
            gaps += [gap for gap in _outputs(line) if not any(_meet(gap, other) for other in gaps)]
        return sorted(gaps)


def _meet(one: tombstones.Gap, other: tombstones.Gap) -> bool:
    return one[0] < other[0] + other[1] and other[0] < one[0] + one[1]


def _images(line: bytes) -> Iterator[tombstones.Gap]:
    for found in _RUN.finditer(line):
        yield found.start() + KEPT_OF_IMAGE, len(found[0]) - KEPT_OF_IMAGE, IMAGE


def _outputs(line: bytes) -> Iterator[tombstones.Gap]:
    """Yield the rest of every long string in a line, but for base64."""
    at = line.find(b'"')
    while at >= 0:
        found = _STRING.match(line, at) or _SHORT_STRING.match(line, at)
        if found is None:
            return
        if found.re is _STRING and found[1] is not None and not _RUN.match(line, at + 1):
            start = _whole_character(line, found.start(1), found.end(1))
            if found.end(1) - start >= SHORTEST_REST and _DROPPED not in line[at : start + len(_DROPPED)]:
                yield start, found.end(1) - start, OUTPUT
        at = line.find(b'"', found.end())


def _whole_character(content: bytes, start: int, end: int) -> int:
    """Return the first place from `start` on, up to `end`, that is not inside a character."""
    while start < end and content[start] & 0xC0 == 0x80:
        start += 1
    return start


def _rest_of(content: bytes) -> list[tombstones.Gap]:
    """Return the rest of a text that is a file of its own."""
    start = _whole_character(content, KEPT_OF_OUTPUT, len(content))
    rest = len(content) - start
    is_new = rest >= SHORTEST_REST and not content.startswith(_DROPPED, start)
    return [(start, rest, OUTPUT)] if is_new else []


Drops = Callable[[bytes, bool, int], list[tombstones.Gap]]
"""Takes bytes, whether they are lines of JSON, and the file's mtime in ns; gives what goes."""


def by(policy: Policy) -> Drops:
    """Return what applies a policy."""

    def drops(content: bytes, is_json: bool, mtime_ns: int) -> list[tombstones.Gap]:
        moment = datetime.datetime.fromtimestamp(mtime_ns / 1e9, datetime.UTC)
        return policy.find(content, is_json=is_json, time=moments.iso(moment))

    return drops

"""JSON with comments, edited as text: one member set or taken out, every other byte left as it was; pure.

Reads what agents' settings may hold (comments, trailing commas) with a small parser that keeps where everything is.
"""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_BLANK = re.compile(r"(?:[ \t\r\n\ufeff]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_LINE_TAIL = re.compile(r"[ \t]*(?:/\*[^\n]*?\*/[ \t]*)*(?://[^\n\r]*)?(?=\r?\n)")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_SCALAR = re.compile(r"(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])")
DEEPEST = 100


class Unreadable(ValueError):
    """The text is not JSON, not even with comments; says the line."""


@dataclass(slots=True)
class Node:
    """One value: its text is `text[start:end]`; of an object, `members` in their order."""

    start: int
    end: int
    value: Any
    members: list[Member] | None = None


@dataclass(slots=True)
class Member:
    """One member of an object: from its key at `start` to its value's end; `comma` is where its comma is, or -1."""

    key: str
    start: int
    node: Node
    comma: int = -1


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = 0
    depth: int = 0
    lines: list[int] = field(default_factory=list)

    def document(self) -> Node | None:
        self.blank()
        if self.at == len(self.text):
            return None
        node = self.node()
        self.blank()
        if self.at != len(self.text):
            raise self.wrong("more than one value")
        return node

    def blank(self) -> None:
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def node(self) -> Node:
        start = self.at
        sign = self.text[start : start + 1]
        if sign in {"{", "["}:
            self.depth += 1
            if self.depth > DEEPEST:
                raise self.wrong("too deep")
            node = self.object() if sign == "{" else self.array()
            self.depth -= 1
            return node
        found = (_STRING if sign == '"' else _SCALAR).match(self.text, start)
        if found is None:
            raise self.wrong("no value")
        self.at = found.end()
        return Node(start, self.at, self.scalar(found.group()))

    def scalar(self, text: str) -> Any:
        try:
            return json.loads(text)
        except ValueError:
            raise self.wrong("no value") from None

    def object(self) -> Node:
        start, members = self.at, list[Member]()
        self.at += 1
        while not self.closes("}", members[-1].comma if members else 0):
            key = self.node()
            if not isinstance(key.value, str):
                raise self.wrong("a key that is no text")
            self.expect(":")
            members.append(Member(key.value, key.start, self.node()))
            members[-1].comma = self.comma()
        return Node(start, self.at, {member.key: member.node.value for member in members}, members)

    def array(self) -> Node:
        start, values = self.at, list[Any]()
        self.at += 1
        comma = 0
        while not self.closes("]", comma):
            values.append(self.node().value)
            comma = self.comma()
        return Node(start, self.at, values)

    def closes(self, sign: str, comma: int) -> bool:
        self.blank()
        if self.text[self.at : self.at + 1] == sign:
            self.at += 1
            return True
        if comma < 0:
            raise self.wrong("a comma is missing")
        return False

    def comma(self) -> int:
        self.blank()
        if self.text[self.at : self.at + 1] != ",":
            return -1
        self.at += 1
        return self.at - 1

    def expect(self, sign: str) -> None:
        self.blank()
        if self.text[self.at : self.at + 1] != sign:
            raise self.wrong(f"{sign} is missing")
        self.at += 1
        self.blank()

    def wrong(self, what: str) -> Unreadable:
        if not self.lines:
            self.lines = [found.start() for found in re.finditer("\n", self.text)]
        return Unreadable(f"{what} in line {bisect.bisect_left(self.lines, self.at) + 1}")


def read(text: str) -> Any:
    """Return the value that `text` holds, {} where it holds none. Raises Unreadable."""
    root = _Reader(text).document()
    return {} if root is None else root.value


def get(value: Any, path: Sequence[str]) -> Any:
    """Return what stands at `path` in a value, or None."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def put(text: str, path: Sequence[str], value: Any) -> str:
    """Return `text` with `value` at `path`: members that are missing are made, at the end of their object.

    Raises Unreadable where the text is no JSON, or something on the way is no object.
    """
    root = _Reader(text).document()
    line_end = "\r\n" if "\r\n" in text else "\n"
    if root is None:
        return _begun(text, _wrapped(path, value), line_end)
    unit = _unit(text, root)
    node = root
    for depth, key in enumerate(path):
        if node.members is None:
            raise Unreadable(f"{'.'.join(path[:depth]) or 'the file'} is no object")
        found = _member(node, key)
        if found is None:
            return _append(text, node, _wrapped(path[depth:], value), unit, line_end)
        node = found.node
    if node.value == value and type(node.value) is type(value):
        return text
    written = _dump(value, _indent_at(text, node.start), unit, line_end)
    return text[: node.start] + written + text[node.end :]


def take(text: str, path: Sequence[str]) -> str:
    """Return `text` without what is at `path`, nor the objects that held nothing else. Raises Unreadable."""
    root = _Reader(text).document()
    chain: list[tuple[Node, Member]] = []
    node = root
    for key in path:
        found = _member(node, key) if node else None
        if node is None or found is None:
            return text
        chain.append((node, found))
        node = found.node
    while len(chain) > 1 and len(chain[-1][0].members or ()) == 1:
        chain.pop()
    return _cut(text, *chain[-1])


def _member(node: Node, key: str) -> Member | None:
    """Return the member of that name, the last one where there are many, as all readers do; None if there is none."""
    return next((member for member in reversed(node.members or ()) if member.key == key), None)


def _begun(text: str, value: Any, line_end: str) -> str:
    """Return `text`, which holds no value but maybe comments, with `value` after them."""
    lead = text if not text or text.endswith("\n") else text + line_end
    return lead + _dump(value, "", "  ", line_end) + line_end


def _append(text: str, node: Node, added: dict[str, Any], unit: str, line_end: str) -> str:
    assert node.members is not None
    (key, value), *_ = added.items()
    name = json.dumps(key, ensure_ascii=False)
    outer = _indent_at(text, node.start)
    if not node.members:
        inner = outer + unit
        inside = text[node.start + 1 : node.end - 1].rstrip()
        member = f"{name}: {_dump(value, inner, unit, line_end)}"
        middle = f"{{{inside}{line_end}{inner}{member}{line_end}{outer}}}"
        return text[: node.start] + middle + text[node.end :]
    last = node.members[-1]
    has_comma = last.comma >= 0
    end = last.comma + 1 if has_comma else last.node.end
    stands_alone = "\n" in text[node.start : last.start]
    if not stands_alone:
        comma = "" if has_comma else ","
        return f"{text[:end]}{comma} {name}: {json.dumps(value, ensure_ascii=False)}{text[end:]}"
    inner = _indent_at(text, last.start)
    member = f"{name}: {_dump(value, inner, unit, line_end)}"
    tail = _LINE_TAIL.match(text, end)
    after = tail.end() if tail else end
    comma, trailing = ("", ",") if has_comma else (",", "")
    return f"{text[:end]}{comma}{text[end:after]}{line_end}{inner}{member}{trailing}{text[after:]}"


def _cut(text: str, node: Node, member: Member) -> str:
    assert node.members is not None
    at = node.members.index(member)
    end = member.comma + 1 if member.comma >= 0 else member.node.end
    inside = text[node.start + 1 : member.start] + text[end : node.end - 1]
    if len(node.members) == 1 and not inside.strip():
        return text[: node.start + 1] + text[node.end - 1 :]
    start = len(text[: member.start].rstrip(" \t").removesuffix("\n").removesuffix("\r"))
    if at > 0 and member.comma < 0:
        comma = node.members[at - 1].comma
        return text[:comma] + text[comma + 1 : start] + text[end:]
    return text[:start] + text[end:]


def _wrapped(path: Sequence[str], value: Any) -> Any:
    for key in reversed(path):
        value = {key: value}
    return value


def _dump(value: Any, indent: str, unit: str, line_end: str) -> str:
    """Return `value` as JSON text whose first line stands at `indent`; lists of scalars on one line."""
    if not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False)
    inner = indent + unit
    members = (
        f"{inner}{json.dumps(key, ensure_ascii=False)}: {_dump(each, inner, unit, line_end)}"
        for key, each in value.items()
    )
    return f"{{{line_end}{f',{line_end}'.join(members)}{line_end}{indent}}}"


def _indent_at(text: str, at: int) -> str:
    """Return the white space with which the line of `at` begins."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _unit(text: str, root: Node) -> str:
    first = root.members[0].start if root.members else 0
    return (_indent_at(text, first) if "\n" in text[root.start : first] else "") or "  "

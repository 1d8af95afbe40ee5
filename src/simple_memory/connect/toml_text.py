"""TOML, edited as text: one table set or taken out, every other byte left as it was; pure.

Finds tables and keys by their lines, past texts and lists of several lines; whether the edit means what it should is
checked by whoever asks for it (edit.py), with the real parser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_DOTTED = re.compile(rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*")
_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_TEXTS = re.compile(r'"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL)


@dataclass(slots=True)
class _Line:
    """A line that means something: a table's header or a key with its value; `value` is where the value begins."""

    table: tuple[str, ...] | None
    key: tuple[str, ...]
    start: int
    value: int
    end: int


def put(text: str, table: Sequence[str], values: Mapping[str, Any]) -> str:
    """Return `text` with `values` in `table`, which is made at the end where there is none."""
    line_end = "\r\n" if "\r\n" in text else "\n"
    header = _header(_lines(text), table)
    if header is None:
        lead = text if not text or text.endswith("\n") else text + line_end
        gap = line_end if lead.strip() else ""
        body = [f"[{_name(table)}]", *(f"{_key(key)} = {written(value)}" for key, value in values.items())]
        return lead + gap + line_end.join(body) + line_end
    for key, value in values.items():
        text = _put_key(text, table, key, value, line_end)
    return text


def take(text: str, table: Sequence[str]) -> str:
    """Return `text` without `table`, the tables below it, and the empty line before each."""
    lines = _lines(text)
    for at in range(len(lines) - 1, -1, -1):
        header = lines[at].table
        if header is None or header[: len(table)] != tuple(table):
            continue
        last = at
        while last + 1 < len(lines) and lines[last + 1].table is None:
            last += 1
        end = text.find("\n", lines[last].end) + 1 or len(text)
        before = text[: lines[at].start]
        before = re.sub(r"(\r?\n)(?:[ \t]*\r?\n)\Z", r"\1", before)
        text = before + text[end:]
    return text


def take_key(text: str, table: Sequence[str], key: str) -> str:
    """Return `text` without the line of `key` in `table`."""
    found = _key_line(_lines(text), table, key)
    if found is None:
        return text
    return text[: found.start] + text[text.find("\n", found.end) + 1 or len(text) :]


def written(value: Any) -> str:
    """Return a text, number, truth, list or dict as TOML on one line."""
    if isinstance(value, dict):
        return (
            "{ " + ", ".join(f"{_key(key)} = {written(each)}" for key, each in value.items()) + " }" if value else "{}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _put_key(text: str, table: Sequence[str], key: str, value: Any, line_end: str) -> str:
    lines = _lines(text)
    found = _key_line(lines, table, key)
    if found is not None:
        return text[: found.value] + written(value) + text[found.end :]
    header = _header(lines, table)
    assert header is not None
    if _header(lines, [*table, key]) is not None and isinstance(value, dict):
        return put(text, [*table, key], value)
    last = lines[header]
    for line in lines[header + 1 :]:
        if line.table is not None:
            break
        last = line
    end = text.find("\n", last.end) + 1
    added = f"{_key(key)} = {written(value)}{line_end}"
    return text[:end] + added + text[end:] if end else text + line_end + added


def _header(lines: list[_Line], table: Sequence[str]) -> int | None:
    return next((at for at, line in enumerate(lines) if line.table == tuple(table)), None)


def _key_line(lines: list[_Line], table: Sequence[str], key: str) -> _Line | None:
    header = _header(lines, table)
    for line in lines[header + 1 :] if header is not None else ():
        if line.table is not None:
            return None
        if line.key == (key,):
            return line
    return None


def _lines(text: str) -> list[_Line]:
    """Return headers and keys in their order. What is no TOML is passed over: the parser has looked before."""
    found: list[_Line] = []
    at = 0
    while at < len(text):
        start = at
        stripped = text[at:].lstrip(" \t")
        begin = len(text) - len(stripped)
        if stripped.startswith("["):
            line_end = _line_end(text, begin)
            name = _DOTTED.search(text, begin, line_end)
            is_list = stripped.startswith("[[")
            parts = _parts(name.group()) if name else ()
            found.append(_Line(("[]", *parts) if is_list else parts, (), start, begin, line_end))
            at = line_end + 1
            continue
        name = _DOTTED.match(text, begin)
        equals = text.find("=", name.end()) if name else -1
        if name is None or equals < 0:
            at = _line_end(text, begin) + 1
            continue
        value = equals + 1 + len(text[equals + 1 :]) - len(text[equals + 1 :].lstrip(" \t"))
        end = _value_end(text, value)
        found.append(_Line(None, _parts(name.group()), start, value, end))
        at = _line_end(text, end) + 1
    return found


def _value_end(text: str, at: int) -> int:
    """Return where the value that begins at `at` ends: before a comment or the line's end, past brackets and texts."""
    depth = 0
    end = at
    while at < len(text):
        quoted = _TEXTS.match(text, at)
        sign = text[at]
        if quoted and not (sign == "#" and depth == 0):
            at = quoted.end()
            end = end if sign == "#" else at
            continue
        if depth == 0 and sign in "#\n":
            break
        depth += (sign in "[{") - (sign in "]}")
        at += 1
        end = end if sign.isspace() else at
    return end


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _parts(dotted: str) -> tuple[str, ...]:
    found = re.findall(_PART, dotted)
    return tuple(json.loads(part) if part[0] == '"' else part.strip("'") for part in found)


def _name(table: Sequence[str]) -> str:
    return ".".join(map(_key, table))


def _key(key: str) -> str:
    return key if _BARE.match(key) else json.dumps(key, ensure_ascii=False)

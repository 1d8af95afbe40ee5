"""One line of a log: written as logfmt or JSON, and read again; pure, no file, no clock.

logfmt: `time=… level=info name=sync msg="what happened" key=value`. JSON: an object with the same keys. What a worker
prints is an event if it is a JSON object that begins with its level; anything else is raw output.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LOGFMT = "logfmt"
JSON = "json"

LEVELS = ("debug", "info", "warning", "error")
INFO, WARNING, ERROR = LEVELS[1:]

RAW_LEVEL = WARNING
"""What a worker prints that is no event of ours: a traceback, a library's complaint."""

_LOGGED = {"DEBUG ": "debug", "INFO ": INFO, "ERROR ": ERROR, "CRITICAL ": ERROR}
"""How a line begins that Python's logging wrote."""

_EVENT = '{"level":"'
_VALUE_CHARS = 2000
"""A longer value is cut."""

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/+,@%~()")


class Entry:
    """One line as it is read: ISO `time`, `level`, `name` of the process, `text`, and `facts` (key → text)."""

    __slots__ = ("facts", "level", "name", "text", "time")

    def __init__(self, time: str, level: str, name: str, text: str, facts: dict[str, str]) -> None:
        """Take the parts."""
        self.time = time
        self.level = level
        self.name = name
        self.text = text
        self.facts = facts

    def sentence(self) -> str:
        """Return text and facts in one."""
        return " ".join([self.text, *(f"{key}={value}" for key, value in self.facts.items())])


def event(level: str, text: str, facts: dict[str, object]) -> str:
    """Return what a worker prints to tell of something: one line, without its end."""
    import json

    told = {"level": level, "msg": text, **{key: str(value) for key, value in facts.items()}}
    return json.dumps(told, separators=(",", ":"))


def parts_of_output(line: str) -> tuple[str, str, dict[str, str]]:
    """Return (level, text, facts) of a line that a worker printed."""
    if line.startswith(_EVENT):
        told = _parse_json(line)
        if told is not None and told.get("level") in LEVELS:
            return str(told.pop("level")), str(told.pop("msg", "")), told
    level = next((level for word, level in _LOGGED.items() if line.startswith(word)), RAW_LEVEL)
    return level, line, {}


def write(form: str, *, time: str, level: str, name: str, text: str, facts: dict[str, str]) -> str:
    """Return the line of a log; `form` is LOGFMT or JSON."""
    named = {"time": time, "level": level, "name": name, "msg": _cut(text)}
    for key, value in facts.items():
        named[key if key not in named else f"{key}_"] = _cut(value)
    if form == JSON:
        import json

        return json.dumps(named, separators=(",", ":"))
    return " ".join(f"{key}={_quoted(value)}" for key, value in named.items())


def _cut(text: str) -> str:
    return text if len(text) <= _VALUE_CHARS else text[: _VALUE_CHARS - 2] + " …"


def _quoted(value: str) -> str:
    if value and _PLAIN.issuperset(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def time_of(line: str) -> str:
    """Return the time of a line, to sort and to compare by; whatever stands there if it has none."""
    start = 5 if line.startswith("time=") else 9 if line.startswith('{"time":"') else 0
    return line[start : start + 24]


def read(line: str) -> Entry:
    """Return what a line of a log says; one that is in no known form is all text."""
    named = _parse_json(line) if line.startswith("{") else _parse_logfmt(line) if line.startswith("time=") else None
    if named is None or "time" not in named:
        return Entry("", RAW_LEVEL, "", line, {})
    level = named.pop("level", INFO)
    return Entry(
        named.pop("time"), level if level in LEVELS else INFO, named.pop("name", ""), named.pop("msg", ""), named
    )


def is_at_least(level: str, least: str) -> bool:
    """Return whether `level` is as grave as `least`, or graver."""
    return LEVELS.index(level) >= LEVELS.index(least)


def _parse_json(line: str) -> dict[str, str] | None:
    from simple_memory.service import lean_json

    try:
        found: Any = lean_json.loads(line.encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else None


def _parse_logfmt(line: str) -> dict[str, str]:
    found: dict[str, str] = {}
    place = 0
    while place < len(line):
        key, equals, _ = line[place:].partition("=")
        if not equals:
            break
        place += len(key) + 1
        if line.startswith('"', place):
            value, place = _read_quoted(line, place + 1)
        else:
            end = line.find(" ", place)
            end = len(line) if end < 0 else end
            value, place = line[place:end], end
        found[key] = value
        place += 1
    return found


def _read_quoted(line: str, place: int) -> tuple[str, int]:
    """Return the text up to the closing quote, and where to go on; a line that was cut ends without one."""
    taken = []
    while place < len(line) and line[place] != '"':
        if line[place] == "\\" and line[place + 1 : place + 2] in {"\\", '"'}:
            place += 1
        taken.append(line[place])
        place += 1
    return "".join(taken), place + 1

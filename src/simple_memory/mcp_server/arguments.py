"""What an agent gave to a tool, made into what the tool takes; pure.

Forgiving in form, strict about names and ranges.
"""

from __future__ import annotations

import difflib
import re
from typing import Any

from simple_memory import errors
from simple_memory.mcp_server import tools

LONGEST = 8_000
"""Characters of the longest text that an argument may be."""

_CITED = re.compile(r"(.+):(\d{1,9})", re.DOTALL)


def check(name: str, given: dict[str, Any] | None) -> dict[str, Any]:
    """Return the arguments of tool `name`, each of its type, with defaults filled in; absent ones are None.

    Numbers may come as text and words in any case; null is the same as absent. Raises UsageError with one line that
    says what is allowed.
    """
    schema = tools.schema_of(name)
    if schema is None:
        raise errors.UsageError(f"There is no tool {_shown(name)}.", f"Tools: {', '.join(tools.NAMES)}.")
    properties: dict[str, dict[str, Any]] = schema["properties"]
    given = {key: value for key, value in (given or {}).items() if value is not None}
    for key in given:
        if key not in properties:
            raise errors.UsageError(f"{name} has no argument {_shown(key)}.", _allowed(key, list(properties)))
    for key in schema.get("required", ()):
        if key not in given or given[key] == "":
            raise errors.UsageError(f"{name} needs {key}.", f"Allowed: {', '.join(properties)}.")
    return {
        key: _value(key, given[key], rule) if key in given else rule.get("default") for key, rule in properties.items()
    }


def split_citation(session: str) -> tuple[str, int | None]:
    """Return session and position of a citation SESSION:POSITION; the position is None where there is none."""
    found = _CITED.fullmatch(session.strip().strip("\"'`[]()"))
    return (found[1], int(found[2])) if found else (session.strip().strip("\"'`[]()"), None)


def _value(key: str, value: Any, rule: dict[str, Any]) -> Any:
    return _number(key, value, rule) if rule["type"] == "integer" else _text(key, value, rule)


def _number(key: str, value: Any, rule: dict[str, Any]) -> int:
    low = rule.get("minimum", 0)
    high = rule.get("maximum", 1_000_000_000)
    form = (
        f"{key} must be a whole number from {low} to {high:,}" if "maximum" in rule else f"{key} must be {low} or more"
    )
    if isinstance(value, str):
        value = int(value) if re.fullmatch(r"\s*[+-]?\d{1,12}\s*", value) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise errors.UsageError(f"{form}.")
    return value


def _text(key: str, value: Any, rule: dict[str, Any]) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise errors.UsageError(f"{key} must be text.")
    if len(value) > LONGEST:
        raise errors.UsageError(f"{key} is longer than {LONGEST:,} characters.")
    text = value.encode("utf-8", "replace").decode().strip()
    if "enum" in rule:
        text = text.lower()
        if text not in rule["enum"]:
            raise errors.UsageError(f"{key} must be one of {', '.join(rule['enum'])}.")
    return text


def _allowed(key: str, known: list[str]) -> str:
    if not known:
        return "It takes none."
    near = difflib.get_close_matches(str(key), known, n=1)
    return (f"Did you mean {near[0]}? " if near else "") + f"Allowed: {', '.join(known)}."


def _shown(name: object) -> str:
    text = str(name)
    return repr(text[:40] + ("…" if len(text) > 40 else ""))

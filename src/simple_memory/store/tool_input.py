"""The words in what a tool was given, which transcripts keep as JSON; not what is done with them."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def words(text: str | None) -> list[str]:
    """Return the strings in a tool's input (JSON text) in order, without its keys; text that is no JSON as it is."""
    if not text:
        return []
    try:
        waiting = [_decoded(text)]
    except (ValueError, RecursionError):
        return [text]
    found = []
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            waiting.extend(reversed(value.values()))
        elif isinstance(value, list):
            waiting.extend(reversed(value))
    return found


def _decoded(text: str) -> Any:
    """Return JSON text decoded. Raises ValueError, RecursionError.

    By the quicker library where the process has it anyway, as the indexing one has: loading it would take a search a
    fifth of its time. Escapes are left to that library: it refuses halves of characters, which nobody could print.
    """
    if "msgspec" not in sys.modules and "\\u" not in text:
        import json

        return json.loads(text, parse_constant=int)  # NaN and Infinity are no numbers of JSON: a ValueError
    import msgspec

    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error

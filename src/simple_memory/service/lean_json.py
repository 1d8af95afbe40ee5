"""Reads JSON without the `json` package, whose import (with `re`, `enum`) is 0.6 × `python -c pass`; not for writing.

The interpreter's own scanner does the work, as it does for `json`. Where a Python has none, `json` is used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Context:
    """What the scanner asks of a decoder: the defaults of `json.loads`, but for NaN, which is refused."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    memo: dict[str, str] = {}  # noqa: RUF012 # the scanner's own

    @staticmethod
    def parse_constant(name: str) -> float:
        """Refuse NaN and Infinity, which are no JSON."""
        raise ValueError(name)


def loads(content: bytes) -> Any:
    """Return the value that `content` holds. Raises ValueError (a UnicodeDecodeError is one), or RecursionError."""
    text = content.decode("utf-8").strip(" \t\r\n")
    try:
        from _json import make_scanner
    except ImportError:
        import json

        return json.loads(text)
    try:
        value, end = make_scanner(_Context)(text, 0)  # type: ignore[arg-type] # the stub asks for itself
    except (StopIteration, SystemError):  # no JSON; the scanner finds its own error class in `json` only
        import json

        return json.loads(text)
    if end != len(text):
        raise ValueError("more than one JSON value")
    return value

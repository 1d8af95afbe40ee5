"""What a process of its own tells the command that started it: a line of JSON after another on stdout.

{"event": …} and {"facts": …} while it works, at the end {"report": …} or {"error": …}.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import msgspec

from simple_memory import errors


def tell(what: dict[str, object]) -> None:
    """Write one line, at once."""
    try:
        line = msgspec.json.encode(what)
    except UnicodeEncodeError:  # the name of a file that is no UTF-8
        line = json.dumps(what).encode()
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def tell_event(event: str, facts: dict[str, object]) -> None:
    """Tell that something happened; the form that an engine reports in."""
    tell({"event": event, **facts})


def tell_error(error: errors.SimpleMemoryError) -> int:
    """Tell what went wrong, and return the exit code that goes with it."""
    tell({"error": {"code": error.code, "message": error.message, "hint": error.hint}})
    return error.exit_code


def run(work: Callable[[], dict[str, object]]) -> int:
    """Do `work`, tell the report that it returns or the error that it raises, and return the exit code."""
    try:
        tell({"report": work()})
    except errors.SimpleMemoryError as error:
        return tell_error(error)
    return errors.EXIT_OK

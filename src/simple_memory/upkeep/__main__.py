"""What mends needs the database to itself: a process of its own, `python -m simple_memory.upkeep WHAT [FILE]`.

Writes a line of JSON to stdout now and then: {"facts": …} while it works, at the end {"report": …} or {"error": …}.
"""

from __future__ import annotations

import datetime
import os
import sys
from typing import Any

import msgspec

from simple_memory import config, errors
from simple_memory.store import writer_lock
from simple_memory.sync import engine
from simple_memory.upkeep import recovery

SLICE_S = 0.5


def main(arguments: list[str]) -> int:
    """Do what `arguments` say: `restore FILE`; return the exit code."""
    os.umask(0o077)
    home = config.find_home()
    try:
        config.make_home(home)
        _tell({"report": _restore(home, arguments[1])})
    except errors.SimpleMemoryError as error:
        _tell({"error": {"code": error.code, "message": error.message, "hint": error.hint}})
        return error.exit_code
    return errors.EXIT_OK


def _restore(home: config.Home, source: str) -> dict[str, Any]:
    lock = writer_lock.WriterLock(home)
    try:
        aside = recovery.replace_with(home, source, datetime.datetime.now(datetime.UTC))
    finally:
        lock.release()
    return {"aside": aside or None, "messages_read_again": _read_on(home)}


def _read_on(home: config.Home) -> int:
    """Read what the transcripts hold beyond the database, and make the index; return the messages that came."""
    one = engine.Engine(home, config.load_settings(home), report=lambda event, facts: _tell({"event": event, **facts}))
    try:
        one.open()
        one.rescan()
        while one.work(SLICE_S):
            _tell({"facts": one.facts()})
        return one.totals().messages
    finally:
        one.close()


def _tell(what: dict[str, object]) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(what) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

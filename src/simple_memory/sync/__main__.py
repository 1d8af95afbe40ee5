"""One pass in a process of its own, for when no service runs: `python -m simple_memory.sync [--full]`.

Writes a line of JSON to stdout now and then: {"facts": …} while it works, at the end {"report": …} or {"error": …}.
"""

from __future__ import annotations

import os
import signal
import sys
import time

import msgspec

from simple_memory import config, errors
from simple_memory.sync import engine

SLICE_S = 0.5


def main(arguments: list[str]) -> int:
    """Read everything that is new, and return the exit code; `--full` compares every byte that was read before."""
    asked_to_stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: asked_to_stop.append(number))
    os.umask(0o077)
    home = config.find_home()
    one = engine.Engine(home, config.load_settings(home), report=_report)
    started = time.monotonic()
    try:
        config.make_home(home)
        one.open()
        one.rescan(verify="--full" in arguments)
        _tell({"facts": one.facts()})
        while one.work(SLICE_S) and not asked_to_stop:
            _tell({"facts": one.facts()})
        totals = one.totals().report()
        _tell({"report": {**totals, "took_s": round(time.monotonic() - started, 3)}})
    except errors.SimpleMemoryError as error:
        _tell({"error": {"code": error.code, "message": error.message, "hint": error.hint}})
        return error.exit_code
    finally:
        one.close()
    return errors.EXIT_INTERRUPTED if asked_to_stop else errors.EXIT_OK


def _report(event: str, facts: dict[str, object]) -> None:
    _tell({"event": event, **facts})


def _tell(what: dict[str, object]) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(what) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""One pass in a process of its own, for when no service runs: `python -m simple_memory.sync [--full]`.

Writes a line of JSON to stdout now and then: {"facts": …} while it works, at the end {"report": …} or {"error": …}.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from simple_memory import config, errors
from simple_memory.sync import engine, telling

SLICE_S = 0.5


def main(arguments: list[str]) -> int:
    """Read everything that is new, and return the exit code; `--full` compares every byte that was read before."""
    asked_to_stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: asked_to_stop.append(number))
    os.umask(0o077)
    code = telling.run(lambda: _read_all("--full" in arguments, asked_to_stop))
    return errors.EXIT_INTERRUPTED if asked_to_stop and code == errors.EXIT_OK else code


def _read_all(is_full: bool, asked_to_stop: list[int]) -> dict[str, object]:
    started = time.monotonic()
    home = config.find_home()
    one = engine.Engine(home, config.load_settings(home), report=telling.tell_event)
    try:
        config.make_home(home)
        one.open()
        one.rescan(verify=is_full)
        telling.tell({"facts": one.facts()})
        while one.work(SLICE_S) and not asked_to_stop:
            telling.tell({"facts": one.facts()})
        return {**one.totals().report(), "took_s": round(time.monotonic() - started, 3)}
    finally:
        one.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

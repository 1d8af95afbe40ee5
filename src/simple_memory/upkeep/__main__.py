"""What mends, or needs the sources: a process of its own, `python -m simple_memory.upkeep WHAT [FILE]`.

WHAT is restore FILE, replace, update, replay, index (these need the database to themselves) or verify. Writes a line of
JSON to stdout now and then: {"facts": …} while it works, at the end {"report": …} or {"error": …}.
"""

from __future__ import annotations

import os
import sys

from simple_memory import config, errors
from simple_memory.sync import telling
from simple_memory.upkeep import mend, replay


def main(arguments: list[str]) -> int:
    """Do what `arguments` say and return the exit code."""
    os.umask(0o077)
    home = config.find_home()
    return telling.run(lambda: _run(home, arguments[0], arguments[1:]))


def _run(home: config.Home, what: str, rest: list[str]) -> dict[str, object]:
    config.make_home(home)
    settings = config.load_settings(home)
    if what == "verify":
        problems, transcripts = replay.compare(home, settings)
        return {"problems": problems, "transcripts": transcripts}
    mender = mend.Mender(home, settings)
    match what:
        case "restore":
            return mender.restore(rest[0])
        case "replace":
            return mender.replace()
        case "update":
            return mender.update()
        case "replay":
            return mender.replay()
        case "index":
            return mender.index()
    raise errors.UsageError(f"There is no {what!r} here.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

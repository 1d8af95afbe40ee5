"""Importing, in a process of its own: `python -m simple_memory.upkeep.importing FILE`.

Writes lines of JSON to stdout: {"facts": …} while the index is built, at the end {"report": …} or {"error": …}.
"""

from __future__ import annotations

import datetime
import os
import shutil
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import msgspec

from simple_memory import config, errors, model
from simple_memory.store import archived, backup, checkpoints, exporting, tombstones, writer_lock
from simple_memory.store import connection as opening
from simple_memory.sync import telling
from simple_memory.upkeep import reading_on, replay

if TYPE_CHECKING:
    import apsw


def main(arguments: list[str]) -> int:
    """Import the export that `arguments` name, and return the exit code."""
    os.umask(0o077)
    home = config.find_home()
    return telling.run(lambda: import_file(home, arguments[0]))


def import_file(home: config.Home, path: str) -> dict[str, Any]:
    """Take an export into the store of `home`; return what came. Raises UsageError for what is no export."""
    config.make_home(home)
    lock = writer_lock.WriterLock(home)
    folder = tempfile.mkdtemp(prefix="import-", dir=home.root)
    try:
        report = _take(home, path, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()
    reading_on.build_index(home)
    return report


def _take(home: config.Home, path: str, folder: str) -> dict[str, Any]:
    scratch = config.Home(os.path.join(folder, "memory"))
    config.make_home(scratch)
    backup.before_migration(home, datetime.datetime.now(datetime.UTC))
    held, target = opening.open_writer(scratch), opening.open_writer(home)
    try:
        taker = exporting.Taker(held)
        with held:
            _read(path, taker)
        taker.end()
        wanted = archived.every_file(held)
        skipped = _skipped(wanted, taker, target)
        before = len(checkpoints.load_all(target))
        settings = config.load_settings(home)
        problems = replay.Replay(held, target, folder, settings, redacts=settings.redact_on_read).run(
            [file for file in wanted if file.path not in skipped]
        )
        return {
            "transcripts": len(wanted),
            "added": len(checkpoints.load_all(target)) - before,
            "skipped": len(skipped),
            "redacted": taker.redacted,
            "problems": problems,
        }
    finally:
        held.close()
        target.close()


def _read(path: str, taker: exporting.Taker) -> None:
    try:
        with open(path, "rb") as file:
            for line in file:
                taker.take(msgspec.json.decode(line, type=dict[str, Any]))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise errors.UsageError(f"{path} is no export of Simple Memory.", "Give a file that `export` wrote.") from error
    except OSError as error:
        raise errors.UsageError(f"{path} cannot be read: {error.strerror or error}.") from error


def _skipped(wanted: list[archived.ArchivedFile], taker: exporting.Taker, target: apsw.Connection) -> set[str]:
    """Return the paths that are not taken: what was forgotten, and, of an export that is not exact, what is known."""
    gone = tombstones.load(target)
    there = checkpoints.load_all(target)
    known = exporting.known_sessions(target)
    skipped = set()
    for file in wanted:
        session = taker.sessions[file.path]
        place = model.Place(
            agent=file.agent,
            form=model.Form.LINES,
            session=session,
            parent=session.partition("/")[0] if session else None,
        )
        if gone.hides(place, file.path) or (taker.redacted and (file.path in there or session in known)):
            skipped.add(file.path)
    return skipped


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Forgetting, in a process of its own: `python -m simple_memory.upkeep.forget plan|do WISH|count-secrets|hide-secrets`.

WISH is JSON.
Writes one line of JSON to stdout: {"report": …} or {"error": …}.
"""

from __future__ import annotations

import datetime
import os
import shutil
import sys
from typing import Any

import apsw
import msgspec

from simple_memory import config, errors
from simple_memory.store import connection as opening
from simple_memory.store import forgettable, writer_lock
from simple_memory.sync import telling
from simple_memory.upkeep import erasing, reading_on, recovery, remaking, scratch

_LISTED = 200


def main(arguments: list[str]) -> int:
    """Do what `arguments` say, and return the exit code."""
    os.umask(0o077)
    home = config.find_home()
    return telling.run(lambda: _run(home, *arguments))


def _run(home: config.Home, what: str, given: str = "{}") -> dict[str, Any]:
    if what == "count-secrets":
        return _count_secrets(home)
    if what == "hide-secrets":
        return _hide_secrets(home)
    try:
        wish = msgspec.json.decode(given, type=forgettable.Wish)
    except msgspec.DecodeError as error:  # what a person types may be no text
        raise errors.UsageError("What is to be forgotten must be text in UTF-8.") from error
    return _plan(home, wish) if what == "plan" else _forget(home, wish)


def _count_secrets(home: config.Home) -> dict[str, Any]:
    connection = opening.open_reader(home)
    try:
        return {**remaking.count(connection), **_copies(home)}
    finally:
        connection.close()


def _hide_secrets(home: config.Home) -> dict[str, Any]:
    told = _count_secrets(home)
    lock = writer_lock.WriterLock(home)
    try:
        _mark(home)
        _remove_copies(home)
        remaking.remake(home, config.load_settings(home), datetime.datetime.now(datetime.UTC), redacts=True)
        _remove_copies(home)
    finally:
        lock.release()
    reading_on.build_index(home)
    os.unlink(_marker(home))
    return told


def _plan(home: config.Home, wish: forgettable.Wish) -> dict[str, Any]:
    connection = opening.open_reader(home)
    try:
        return _as_json(forgettable.plan(connection, wish), home)
    finally:
        connection.close()


def _as_json(plan: forgettable.Plan, home: config.Home) -> dict[str, Any]:
    return {
        "sessions": list(plan.sessions.values())[:_LISTED],
        "sessions_count": len(plan.sessions),
        "transcripts": len(plan.transcripts),
        "lines": len(plan.lines),
        "sessions_with_lines": plan.touched[:_LISTED],
        **_copies(home),
    }


def _copies(home: config.Home) -> dict[str, Any]:
    """Return the files that hold copies of the database, and whether an earlier forgetting was cut off."""
    return {
        "unfinished": os.path.lexists(_marker(home)),
        "backups": [*_files_in(home.backups), *_files_in(recovery.aside_folder(home))],
    }


def _remove_copies(home: config.Home) -> None:
    for folder in (home.backups, recovery.aside_folder(home)):
        _remove(folder)


def _forget(home: config.Home, wish: forgettable.Wish) -> dict[str, Any]:
    config.make_home(home)
    lock = writer_lock.WriterLock(home)
    try:
        scratch.sweep(home)
        connection = opening.open_writer(home)
        try:
            plan = forgettable.plan(connection, wish)
            told = _as_json(plan, home)
            _mark(home)
            _remove_copies(home)
            gone = erasing.erase(connection, plan)
        except apsw.Error as error:
            raise opening.translate(error, home.database) from error
        finally:
            connection.close()
        _remove(home.index)
    finally:
        lock.release()
    reading_on.build_index(home)
    os.unlink(_marker(home))
    return {**told, "messages": gone}


def _marker(home: config.Home) -> str:
    """Return the path of the file that is there while a forgetting is not finished."""
    return os.path.join(home.run, "forgetting")


def _mark(home: config.Home) -> None:
    os.close(os.open(_marker(home), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, config.FILE_MODE))


def _remove(folder: str) -> None:
    if os.path.isdir(folder) and not os.path.islink(folder):
        shutil.rmtree(folder)


def _files_in(folder: str) -> list[str]:
    return sorted(os.path.join(place, name) for place, _, names in os.walk(folder) for name in names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

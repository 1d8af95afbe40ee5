"""Verified copies of the database: making, finding, checking and rotating them; not putting one in its place.

A copy is made by SQLite's own backup from one view of the database, while it is written. It counts as a backup, and
gets its name, only after all of it was checked. It is one file, without a journal.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import apsw

from simple_memory import config, errors
from simple_memory.store import connection as opening
from simple_memory.store import schema


class Kind(StrEnum):
    """Why a backup was made."""

    DAILY = "daily"
    MANUAL = "manual"  # a person asked
    MIGRATION = "migration"  # the schema was about to change


KEPT = {Kind.DAILY: 3, Kind.MANUAL: 3, Kind.MIGRATION: 1}
"""Backups that are kept of each kind; when a newer one is made, the oldest goes."""
LARGE_BYTES = 1_000_000_000
"""A daily backup of this size comes once a week, and only the newest is kept: three would take more than all else."""
STEP_PAGES = 1024
_ROOM_LEFT = 64 * 1024 * 1024
"""Bytes that a backup leaves free on the disk; one that nobody asked for leaves as much as it takes."""
_ABANDONED_S = 3600.0
"""A copy that nobody has written to for so long is what a crash has left."""
_NAME = re.compile(r"memory-(\d{8}T\d{6}Z)-(daily|manual|migration)\.db")
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup. `made_at` is an ISO time."""

    path: str
    kind: Kind
    made_at: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What a checked copy of the database holds."""

    schema_version: int
    messages: int
    sessions: int
    last_sync_at: str | None


class Stopped(Exception):
    """Raised inside a backup that was told to stop; nothing of it is left."""


def make(home: config.Home, kind: Kind, now: datetime.datetime, *, stop: Callable[[], bool] = lambda: False) -> Backup:
    """Make and check a backup, rotate those of its kind, and return it; `now` (UTC) names it.

    `stop` is asked now and then. Raises Stopped, StoreMissing, DiskFull, StoreDamaged, or another StoreError.
    """
    source = opening.open_reader(home, takes_older=True)
    try:
        config.make_private(home.backups)
        _refuse_without_room(home, source, kind)
        path = os.path.join(home.backups, f"memory-{now.strftime(_STAMP)}-{kind.value}.db")
        waiting = f"{path}.part"
        try:
            _copy(source, waiting, stop)
            os.replace(waiting, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(waiting)
    except OSError as error:
        raise errors.StoreError(f"No backup can be made in {home.backups}: {error.strerror or error}.") from error
    finally:
        source.close()
    made = next(one for one in find(home) if one.path == path)
    rotate(home)
    return made


def _refuse_without_room(home: config.Home, source: apsw.Connection, kind: Kind) -> None:
    size = source.pragma("page_count") * source.pragma("page_size")
    room = os.statvfs(home.backups)
    left = max(size, _ROOM_LEFT) if kind is Kind.DAILY else _ROOM_LEFT
    if room.f_bavail * room.f_frsize < size + left:
        raise errors.DiskFull(
            f"There is no room for a backup of {size / 1e6:,.0f} MB in {home.backups}.",
            "Make room, or remove old backups.",
        )


def _copy(source: apsw.Connection, path: str, stop: Callable[[], bool]) -> None:
    """Copy what `source` sees now to a new file, and check that it is whole and counts the same."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    opening.create_private(path)
    target = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_NOFOLLOW)
    try:
        source.execute("BEGIN")
        wanted = _contents(source)
        with target.backup("main", source, "main") as copying:
            while not copying.done:
                if stop():
                    raise Stopped
                copying.step(STEP_PAGES)
        source.execute("COMMIT")
        target.execute("PRAGMA journal_mode = DELETE")
        target.set_progress_handler(stop, 100_000)
        if _check(target) != wanted:
            raise errors.StoreDamaged(
                f"The backup {path} does not count what the database counts.", "Make another one."
            )
    except apsw.InterruptError as error:
        raise Stopped from error
    except apsw.Error as error:
        raise opening.translate(error, path) from error
    finally:
        target.close()


def copy_to(backup: str, path: str) -> Contents:
    """Write the database in the file `backup` to the new file `path`, checked; return what it holds."""
    source = _open(backup)
    try:
        _copy(source, path, lambda: False)
        return _contents(source)
    except apsw.Error as error:
        raise opening.translate(error, backup) from error
    finally:
        source.close()


def check(path: str) -> Contents:
    """Return what the backup at `path` holds, after looking at every page. Raises a StoreError if it is not whole."""
    opened = _open(path)
    try:
        return _check(opened)
    except apsw.Error as error:
        raise opening.translate(error, path) from error
    finally:
        opened.close()


def _open(path: str) -> apsw.Connection:
    """Open a copy that nobody writes, as it lies: without a journal, and leaving none."""
    if not os.path.isfile(path):
        raise errors.StoreMissing(f"There is no file {path}.", "`simple-memory backup --list` lists the backups.")
    try:
        opened = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_NOFOLLOW)
        if schema.version_of(opened) == 0:
            raise errors.StoreForeign(f"{path} is empty.", "Give another file.")
    except apsw.Error as error:
        raise opening.translate(error, path) from error
    return opened


def _check(connection: apsw.Connection) -> Contents:
    found: list[Any] = connection.execute("PRAGMA integrity_check(1)").fetchall()
    if found != [("ok",)]:
        raise errors.StoreDamaged(f"{connection.filename} is damaged: {found[0][0]}.", "Use another backup.")
    return _contents(connection)


def _contents(connection: apsw.Connection) -> Contents:
    row: Any = connection.execute("SELECT messages, sessions, last_sync_at FROM counter").fetchone()
    if row is None:
        raise errors.StoreDamaged(f"{connection.filename} has no counters.", "Use another backup.")
    return Contents(schema.version_of(connection), *row)


def extent(connection: apsw.Connection) -> tuple[int, ...]:
    """Return numbers that differ between two states of a store between which anything was read, or went."""
    row: Any = connection.execute(
        "SELECT messages, transcripts, archived_bytes, deleted_at_source FROM counter"
    ).fetchone()
    return tuple(row or ())


def extent_of(path: str) -> tuple[int, ...]:
    """Return the extent of the store that the backup at `path` holds; () where it cannot be read."""
    try:
        opened = _open(path)
    except errors.StoreError:
        return ()
    try:
        return extent(opened)
    except apsw.Error:
        return ()
    finally:
        opened.close()


def find(home: config.Home) -> list[Backup]:
    """Return the backups in the home, newest first."""
    found = []
    try:
        names = os.listdir(home.backups)
    except OSError:
        return []
    for name in names:
        match = _NAME.fullmatch(name)
        if match:
            moment = datetime.datetime.strptime(match[1], _STAMP).replace(tzinfo=datetime.UTC)
            path = os.path.join(home.backups, name)
            found.append(Backup(path, Kind(match[2]), moment.strftime("%Y-%m-%dT%H:%M:%S.000Z"), _size(path)))
    return sorted(found, key=lambda one: (one.made_at, one.path), reverse=True)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def rotate(home: config.Home) -> None:
    """Remove the oldest backups of each kind beyond those that are kept, and what interrupted ones have left."""
    for kind, kept in KEPT.items():
        made = [one for one in find(home) if one.kind is kind]
        is_large = kind is Kind.DAILY and bool(made) and made[0].size_bytes >= LARGE_BYTES
        for old in made[1 if is_large else kept :]:
            os.unlink(old.path)
    for name in os.listdir(home.backups):
        path = os.path.join(home.backups, name)
        if name.endswith((".db.part", ".db.part-journal")) and time.time() - os.stat(path).st_mtime > _ABANDONED_S:
            os.unlink(path)


def before_migration(
    home: config.Home,
    now: datetime.datetime,
    *,
    report: Callable[[str, dict[str, object]], None] = lambda *_: None,
) -> Backup | None:
    """Make a backup where opening the database for writing would change its schema; else return None at once.

    `report` takes the name of what is about to happen, and facts about it.
    """
    if not os.path.lexists(home.database) or os.path.getsize(home.database) == 0:
        return None
    try:
        opened = opening.open_reader(home, takes_older=True)
    except errors.StoreMissing:
        return None
    try:
        is_current = schema.is_current(opened)
    finally:
        opened.close()
    if is_current:
        return None
    made = make(home, Kind.MIGRATION, now)
    report("bringing_up_to_date", {"backup": made.path})
    return made

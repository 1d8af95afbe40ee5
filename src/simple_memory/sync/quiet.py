"""What is done for the store while there is nothing to read: a daily backup, a smaller archive, an empty journal."""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from simple_memory import config, errors
from simple_memory.store import archive, backup, compaction, journal, repacking
from simple_memory.sync import room

if TYPE_CHECKING:
    import apsw

Report = Callable[[str, dict[str, object]], None]

QUIET_S = 120.0
"""Nothing was read for so long: the person's machine has time for us."""
LOOK_S = 600.0
"""Between two looks whether a backup is due."""
DAY = datetime.timedelta(days=1)
WEEK = datetime.timedelta(days=7)
JOURNAL_BYTES = 1024 * 1024
"""A journal that is longer is emptied: as long as there is work it is written anew from its beginning, and stays."""


def _utc() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class DailyBackup:
    """Makes a backup a day in a thread of its own, so that reading never waits for it."""

    def __init__(
        self,
        home: config.Home,
        report: Report,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime.datetime] = _utc,
    ) -> None:
        """Take whose database and whom to tell; `clock` gives seconds, `now` the time in UTC."""
        self._home = home
        self._report = report
        self._clock = clock
        self._now = now
        self._look_at = 0.0
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._told: tuple[str, dict[str, object]] | None = None

    def step(self, extent: Callable[[], tuple[int, ...]]) -> None:
        """Begin a backup if one is due, and tell of one that ended; `extent` gives the store's, now and then."""
        if self._thread is not None:
            if not self._thread.is_alive():
                self._end()
            return
        if self._clock() < self._look_at:
            return
        self._look_at = self._clock() + LOOK_S
        if is_due(backup.find(self._home), extent, self._now()):
            self._thread = threading.Thread(target=self._run, name="backup", daemon=True)
            self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait until a backup that goes on has ended, at most for so long, and tell of it."""
        if self._thread is not None:
            self._thread.join(seconds)
            if not self._thread.is_alive():
                self._end()

    def close(self) -> None:
        """Stop a backup that goes on; nothing of it stays."""
        self._stop.set()
        self.wait(10.0)
        self._stop.clear()

    def _end(self) -> None:
        self._thread = None
        if self._told:
            self._report(*self._told)
        self._told = None

    def _run(self) -> None:
        try:
            made = backup.make(self._home, backup.Kind.DAILY, self._now(), stop=self._stop.is_set)
            self._told = ("backup_made", {"path": made.path, "bytes": made.size_bytes})
        except backup.Stopped:
            self._told = None
        except (errors.SimpleMemoryError, OSError) as error:
            self._told = ("backup_failed", {"why": str(error)})


class Quiet:
    """Everything that waits for a quiet time, for the one process that writes the store."""

    def __init__(self, home: config.Home, settings: config.Settings, report: Report, packer: archive.Packer) -> None:
        """Take whose store it is, what is wished for it, whom to tell, and what makes frames."""
        self._packer = packer
        self._quiet_days = settings.pack_quiet_days
        self._home = home
        self._floor_bytes = settings.disk_floor_bytes
        self._journal_left = 0
        self._is_copied = False
        self._daily = DailyBackup(home, report)
        self._compactor: compaction.Compactor | None = None
        self._repacker: repacking.Repacker | None = None

    def step(self, connection: apsw.Connection) -> bool:
        """Do a little; return whether there may be more to do at once. `connection` is the writer's."""
        self._daily.step(lambda: backup.extent(connection))
        if self._compactor is None or self._repacker is None:
            self._compactor = compaction.Compactor(connection, self._packer)
            self._repacker = repacking.Repacker(connection, self._quiet_days)
        if not self._has_room():
            return False
        return self._compactor.step() or self._repacker.step() or self._empty_journal(connection)

    def _empty_journal(self, connection: apsw.Connection) -> bool:
        """Give the journal's room back, in two parts, neither of them long; return whether the second is left."""
        length = journal.size(connection.filename)
        if length <= max(JOURNAL_BYTES, self._journal_left):
            return False
        self._is_copied = not self._is_copied
        if self._is_copied:
            journal.copy(connection)
        else:
            self._journal_left = journal.shorten(connection)  # where a reader keeps it, it must grow to be tried again
        return self._is_copied

    def pause(self) -> None:
        """Let go of what packing holds in memory: it is no quiet time any more."""
        if self._repacker is not None:
            self._repacker.pause()

    def _has_room(self) -> bool:
        try:
            room.check(self._home, self._floor_bytes)
        except errors.DiskFull:  # who reads tells of it; nothing here is worth the last of the disk
            return False
        return True

    def close(self) -> None:
        """Let the connection go, and stop a backup that goes on."""
        self._compactor = None
        if self._repacker is not None:
            self._repacker.close()
            self._repacker = None
        self._daily.close()


def is_due(found: list[backup.Backup], extent: Callable[[], tuple[int, ...]], now: datetime.datetime) -> bool:
    """Return whether a daily backup is due: the last is a day old, and the store (`extent`) is not what it was then.

    A large one is due after a week.
    """
    latest = next((one for one in found if one.kind is backup.Kind.DAILY), None)
    if latest is None:
        return any(extent())
    wait = WEEK if latest.size_bytes >= backup.LARGE_BYTES else DAY
    is_old = now - datetime.datetime.fromisoformat(latest.made_at) >= wait
    return is_old and backup.extent_of(latest.path) != extent()

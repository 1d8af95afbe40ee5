"""Mending a database that is damaged: from a backup, its own archive, and the transcripts; nothing is ever deleted.

The index alone is dropped where it is in doubt: it is made again from the store.
"""

from __future__ import annotations

import datetime
import os

import apsw

from simple_memory import config, errors
from simple_memory.store import archived, backup, carrying, connection, redacted, writer_lock
from simple_memory.upkeep import erasing, reading_on, recovery, replay, scratch

_FORGET_AGAIN = "If you had something forgotten since the last backup, look whether it is back, and forget it again."
Report = dict[str, object]


class Mender:
    """Mends one home. Every method takes the writer's lock, and raises StoreBusy where another process has it."""

    def __init__(self, home: config.Home, settings: config.Settings) -> None:
        """Take what to mend, and how to read."""
        self._home = home
        self._settings = settings

    def restore(self, source: str) -> Report:
        """Put the backup `source` in place, forget in it what was forgotten since, and read on.

        Raises a StoreError, and then nothing has changed.
        """
        again, lost = (0, 0), list[str]()
        lock = writer_lock.WriterLock(self._home)
        try:
            forgotten, lost = self._forgotten()

            def prepare(path: str) -> None:
                nonlocal again
                again = self._forget_again(path, forgotten)

            aside = recovery.replace_with(self._home, source, _now(), prepare=prepare)
        finally:
            lock.release()
        return {
            "aside": aside or None,
            "messages_read_again": reading_on.read_on(self._home, self._settings),
            "forgotten_again": {"sessions": again[0], "lines": again[1]},
            "lost": lost,
        }

    def _forgotten(self) -> tuple[erasing.Remembered, list[str]]:
        """Return what the store that is in place has forgotten, and, where it cannot tell, sentences about that."""
        try:
            held = connection.open_reader(self._home, takes_older=True)
        except errors.StoreMissing:
            return erasing.Remembered(), []
        except errors.StoreError as error:
            return erasing.Remembered(), [error.message, _FORGET_AGAIN]
        try:
            return erasing.remembered(held), []
        except apsw.Error as error:
            return erasing.Remembered(), [str(error), _FORGET_AGAIN]
        finally:
            held.close()

    def _forget_again(self, path: str, forgotten: erasing.Remembered) -> tuple[int, int]:
        """Forget in the copy at `path` what was forgotten since it was made; return the numbers of sessions, lines."""
        copy = config.Home(self._home.root)
        copy.database = path
        opened = connection.open_writer(copy)
        try:
            return erasing.erase_again(opened, forgotten)
        except apsw.Error as error:
            raise connection.translate(error, path) from error
        finally:
            opened.close()

    def replace(self) -> Report:
        """Move the damaged database aside, begin from the newest good backup, or from nothing, and read on.

        What the damaged one still tells of transcripts that are gone from the disk is taken over.
        """
        lock = writer_lock.WriterLock(self._home)
        try:
            used = self._newest_good()
            if used:
                aside = recovery.replace_with(self._home, used, _now())
            else:
                aside = recovery.move_aside(self._home, _now())
                recovery.drop_index(self._home)
            lost = self._salvage(aside) if aside else []
        finally:
            lock.release()
        read = reading_on.read_on(self._home, self._settings)
        return {"aside": aside or None, "backup": used, "lost": lost, "messages_read_again": read}

    def _newest_good(self) -> str | None:
        for one in backup.find(self._home):
            try:
                backup.check(one.path)
            except errors.StoreError:
                continue
            return one.path
        return None

    def _salvage(self, aside: str) -> list[str]:
        """Take over what the database in the folder `aside` can still tell; return what is lost, as far as it tells."""
        target = connection.open_writer(self._home)
        try:
            held = connection.open_reader(config.Home(aside))
            try:
                carrying.carry(held, target)  # first of all what must stay forgotten
                with scratch.folder(self._home) as folder:
                    lost = replay.salvage(held, target, folder, self._settings)
                carrying.carry(held, target)  # now for the transcripts that came, too
                erasing.erase_again(target, erasing.remembered(held))
                return lost
            finally:
                held.close()
        except (apsw.Error, errors.StoreError) as error:
            why = error.message if isinstance(error, errors.StoreError) else str(error)
            return [
                f"The damaged database cannot be read any further: {why}",
                _FORGET_AGAIN,
            ]
        finally:
            target.close()

    def update(self) -> Report:
        """Give the database of an earlier build what it lacks, after a backup, and read on.

        Where that is no help, `replay` it.
        """
        lock = writer_lock.WriterLock(self._home)
        is_enough = True
        try:
            backup.before_migration(self._home, _now())
            connection.open_writer(self._home).close()
        except errors.StoreOlder:
            is_enough = False
            connection.open_writer(self._home, partly=True).close()
        finally:
            lock.release()
        return {"messages_read_again": reading_on.read_on(self._home, self._settings)} if is_enough else self.replay()

    def replay(self) -> Report:
        """Make the database anew from its own archive, put it in place of the old one, and read on.

        Raises StoreDamaged, and then nothing has changed, where the archive is not whole.
        """
        lock = writer_lock.WriterLock(self._home)
        try:
            with scratch.folder(self._home) as folder:
                second = config.Home(os.path.join(folder, "memory"))
                config.make_home(second)
                problems = self._fill(second, folder)
                if problems:
                    raise errors.StoreDamaged(f"The archive cannot be read whole: {problems[0]}", "The database stays.")
                aside = recovery.replace_with(self._home, second.database, _now())
        finally:
            lock.release()
        return {"aside": aside or None, "messages_read_again": reading_on.read_on(self._home, self._settings)}

    def _fill(self, second: config.Home, folder: str) -> list[str]:
        held = connection.open_reader(self._home, takes_older=True)
        target = connection.open_writer(second)
        try:
            problems = replay.Replay(held, target, folder, self._settings).run(archived.every_file(held))
            carrying.carry(held, target)
            redacted.set_whole(target, is_whole=redacted.is_whole(held))
            return problems
        finally:
            target.close()
            held.close()

    def index(self) -> Report:
        """Drop the index and make it again."""
        lock = writer_lock.WriterLock(self._home)
        try:
            recovery.drop_index(self._home)
        finally:
            lock.release()
        return {"messages_read_again": reading_on.read_on(self._home, self._settings)}


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)

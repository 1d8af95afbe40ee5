"""Whether the files at the database's path are still those that a connection has open; not what is in them.

A database that was removed or replaced while it is open goes on taking rows that nobody will find. SQLite itself does
not look. Names and numbers only: a file of the database is never opened beside SQLite.
"""

from __future__ import annotations

import contextlib
import os

import apsw


class Moved(apsw.Error):
    """The database was removed or replaced while it was open."""


def number_of(path: str) -> tuple[int, int] | None:
    """Return what tells a file from others (device and inode), None where there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Watched:
    """The files of one database from the moment on that it was opened for writing."""

    def __init__(self, path: str) -> None:
        """Take the database's path; it is open by now."""
        self._path = path
        self._number = number_of(path)
        self._journals = self._numbers()
        self._is_moved = False

    def _numbers(self) -> dict[str, tuple[int, int] | None]:
        return {ending: number_of(self._path + ending) for ending in ("-wal", "-shm")}

    def look(self) -> None:
        """Raise Moved where the file at the path is not the one that was opened."""
        if number_of(self._path) != self._number:
            self._is_moved = True
            raise Moved
        self._journals = self._numbers()

    def let_go(self) -> None:
        """Remove the journals of a file that is not there any more, once its connection is closed.

        SQLite would play what stands in them into the file that was put there instead.
        """
        for ending, number in self._journals.items() if self._is_moved else ():
            if number is not None and number_of(self._path + ending) == number:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._path + ending)

"""A log that never grows past its limit, whatever is written; not what is written, nor who reads it (service/logs.py).

Four files of a quarter each: NAME.log is the newest, NAME.log.3 the oldest. One process writes. Nothing that fails here
may end it: a line that cannot be written is counted, and the next one is tried anew.
"""

from __future__ import annotations

import os

from simple_memory import config

SEGMENTS = 4
LINE_BYTES = 8192
"""A longer line is cut."""

_ESCAPES = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))} | {
    code: f"\\u{code:04x}"
    for code in (0x061C, 0x2028, 0x2029, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF)
}


class LogFile:
    """One rotated log. `trouble` says why the last line could not be written, empty if it could."""

    def __init__(self, path: str, limit_bytes: int) -> None:
        """Take the newest file's path and what all files of this log may hold together; nothing is opened yet."""
        self.path = path
        self.trouble = ""
        self._segment_bytes = limit_bytes // SEGMENTS
        self._descriptor: int | None = None
        self._size = 0
        self._lost = 0

    def write(self, line: str) -> bool:
        """Append one line, and return whether that went well; line ends and what drives a terminal are escaped."""
        data = _encode(line)
        try:
            self._make_room(len(data))
            assert self._descriptor is not None
            self._size += os.write(self._descriptor, data)
        except OSError as error:
            self.trouble = f"{self.path} cannot be written: {error.strerror or error}"
            self._lost += 1
            self.close()
            return False
        self.trouble = ""
        return True

    def take_lost(self) -> int:
        """Return how many lines could not be written since this was last asked."""
        lost, self._lost = self._lost, 0
        return lost

    def check_place(self) -> None:
        """Close the file if it was deleted, moved or replaced; the next line opens a new one."""
        if self._descriptor is None:
            return
        try:
            here, ours = os.lstat(self.path), os.fstat(self._descriptor)
        except OSError:
            self.close()
            return
        if (here.st_dev, here.st_ino) != (ours.st_dev, ours.st_ino):
            self.close()

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            try:
                os.close(descriptor)
            except OSError:
                pass

    def _make_room(self, needed: int) -> None:
        if self._descriptor is None:
            self._open()
        if self._size and self._size + needed > self._segment_bytes:
            self.close()
            self._rotate()
            self._open()

    def _open(self) -> None:
        try:
            os.mkdir(os.path.dirname(self.path), config.FOLDER_MODE)  # never its parents: a deleted home stays deleted
        except FileExistsError:
            pass
        if os.path.islink(self.path):
            os.unlink(self.path)  # the link itself: what it leads to is not ours
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        self._descriptor = os.open(self.path, flags, config.FILE_MODE)
        os.fchmod(self._descriptor, config.FILE_MODE)
        self._size = os.fstat(self._descriptor).st_size

    def _rotate(self) -> None:
        for number in range(SEGMENTS - 2, -1, -1):
            older = f"{self.path}.{number + 1}"
            newer = f"{self.path}.{number}" if number else self.path
            try:
                os.rename(newer, older)
            except FileNotFoundError:
                pass


def _encode(line: str) -> bytes:
    data = line.translate(_ESCAPES).encode("utf-8", "backslashreplace")
    if len(data) >= LINE_BYTES:
        data = data[: LINE_BYTES - 5].decode("utf-8", "ignore").encode("utf-8") + " …".encode()
    return data + b"\n"

"""The kernel lock that lets one process at a time write the database; not the lock that says who is the service."""

from __future__ import annotations

import fcntl
import os
import struct

from simple_memory import config, errors

_FLOCK = "hhqqi"  # struct flock of Linux on 64 bits: type, whence, start, len, pid


class WriterLock:
    """Held from construction to `release`, or to the death of the process. Raises StoreBusy where another holds it."""

    def __init__(self, home: config.Home) -> None:
        """Take the lock of the home's database; never waits."""
        self._path = os.path.join(home.run, "writer.lock")
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            self._file = os.open(self._path, flags, config.FILE_MODE)
        except OSError as error:
            raise errors.HomeUnusable(f"{self._path} cannot be opened: {error.strerror}.") from error
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _holder(self._file)
            os.close(self._file)
            who = f"process {holder}" if holder else "another process"
            raise errors.StoreBusy(
                f"The database is being written by {who}.", "Wait for it to end, or run `simple-memory stop` first."
            ) from error

    def release(self) -> None:
        """Let the next process write."""
        os.close(self._file)


def _holder(file: int) -> int | None:
    """Return the pid of the process that holds the lock, where the kernel tells."""
    try:
        asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        answer = struct.unpack(_FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, asked))
    except (OSError, struct.error):
        return None
    return int(answer[4]) or None

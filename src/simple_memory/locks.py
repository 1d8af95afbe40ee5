"""Kernel locks that say who is the one: the service of a home, the writer of its database.

A lock is a POSIX record lock: the kernel tells its holder's pid to whoever asks (F_GETLK), and asking takes nothing.
Its owner opens the file once and never again, since closing any descriptor of the file would drop the lock. Light:
`status` loads it.
"""

from __future__ import annotations

import fcntl
import os
import struct
import sys

from simple_memory import config, errors

_LINUX_FLOCK = "hhqqi4x"  # l_type, l_whence, l_start, l_len, l_pid
_BSD_FLOCK = "qqihh"  # l_start, l_len, l_pid, l_type, l_whence


class Lock:
    """A lock, held until the process ends or `release` is called."""

    __slots__ = ("_descriptor", "_identity", "path")

    def __init__(self, path: str, descriptor: int) -> None:
        """Take the open descriptor that holds the lock."""
        self.path = path
        self._descriptor = descriptor
        found = os.fstat(descriptor)
        self._identity = (found.st_dev, found.st_ino)

    def is_in_place(self) -> bool:
        """Return whether the locked file is still the one at its path; False once the home was deleted or replaced."""
        try:
            found = os.lstat(self.path)
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._identity

    def release(self) -> None:
        """Let others take it. The file stays: a lock file that is unlinked makes two holders possible."""
        os.close(self._descriptor)


def take_lock(path: str) -> Lock | None:
    """Take the lock at `path` for life; None if another process holds it. Raises HomeUnusable."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, config.FILE_MODE)
    except OSError as error:
        raise errors.HomeUnusable(
            f"The lock {path} cannot be opened: {error.strerror}.", "Move it away, or set SIMPLE_MEMORY_HOME."
        ) from error
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        os.close(descriptor)
        return None
    except OSError as error:
        os.close(descriptor)
        raise errors.HomeUnusable(
            f"The file system of {path} gives no locks: {error.strerror}.",
            "Set SIMPLE_MEMORY_HOME to a folder on a local disk.",
        ) from error
    os.fchmod(descriptor, config.FILE_MODE)
    return Lock(path, descriptor)


def lock_holder(path: str) -> int | None:
    """Return the pid that holds the lock at `path`, None if nobody does. Raises StateUnknown, or HomeUnusable.

    Takes and writes nothing. Never call it in the process that holds the lock: closing the file would drop it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except NotADirectoryError as error:
        home = os.path.dirname(os.path.dirname(path))
        raise errors.HomeUnusable(
            f"{home} is not a folder.", "Move it away, or set SIMPLE_MEMORY_HOME to a folder that you can write."
        ) from error
    except OSError as error:
        raise errors.StateUnknown(
            f"The lock {path} cannot be read: {error.strerror}.", "Ask as the user who owns the home."
        ) from error
    try:
        return _ask_kernel(descriptor)
    except OSError as error:
        raise errors.StateUnknown(f"The file system of {path} does not tell about locks: {error.strerror}.") from error
    finally:
        os.close(descriptor)


def _ask_kernel(descriptor: int) -> int | None:
    if sys.platform.startswith("linux"):
        asked = struct.pack(_LINUX_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind, _, _, _, pid = struct.unpack(_LINUX_FLOCK, fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
    else:
        asked = struct.pack(_BSD_FLOCK, 0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET)
        _, _, pid, kind, _ = struct.unpack(_BSD_FLOCK, fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
    if kind == fcntl.F_UNLCK:
        return None
    if pid <= 0:  # the holder is in another container
        raise errors.StateUnknown("The lock is held by a process that cannot be seen from here.", "Ask from there.")
    return int(pid)

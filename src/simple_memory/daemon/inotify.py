"""Linux' own news of changed files, through a descriptor that can be waited for; not what is done about them.

No thread and no timer: while nothing changes, nothing wakes. Each folder has a watch of its own; new folders get theirs
before they are told, so that whoever then looks into them misses nothing.
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
import struct
from collections.abc import Iterable

_MODIFY, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x2, 0x40, 0x80, 0x100, 0x200
_OVERFLOW, _IGNORED, _ONLY_FOLDERS, _IS_FOLDER = 0x4000, 0x8000, 0x01000000, 0x40000000
_WANTED = _MODIFY | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _ONLY_FOLDERS
_HEAD = struct.Struct("iIII")
_READ_BYTES = 64 * 1024
_READS = 16
"""At most so many reads at once: a flood must not keep the caller from its work."""
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.ELOOP, errno.ENAMETOOLONG)


class Ear:
    """The watches of some folders and of all below them. `fileno()` is readable when something changed."""

    def __init__(self, roots: Iterable[str], folders_at_most: int) -> None:
        """Watch them. Raises OSError where the system gives no watches, or there are more folders than allowed."""
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._roots = list(roots)
        self._folders_at_most = folders_at_most
        self._paths: dict[int, str] = {}
        self._descriptor = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise _refused()
        self._poller = select.poll()
        self._poller.register(self._descriptor, select.POLLIN)
        try:
            for root in self._roots:
                self._watch(root)
        except OSError:
            self.close()
            raise

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return int(self._descriptor)

    def has_news(self) -> bool:
        """Return whether `take` would give any. Costs a call of the system."""
        return bool(self._poller.poll(0))

    def take(self) -> set[str]:
        """Return the files and folders that changed since the last call; the roots, where the system lost count.

        Raises OSError where a new folder gets no watch: what happens in it would not be told.
        """
        changed: set[str] = set()
        for _ in range(_READS):
            try:
                found = os.read(self._descriptor, _READ_BYTES)
            except BlockingIOError:
                break
            self._note(found, changed)
        return changed

    def close(self) -> None:
        """Give all watches back."""
        os.close(self._descriptor)

    def _note(self, found: bytes, changed: set[str]) -> None:
        at = 0
        while at < len(found):
            watch, mask, _, length = _HEAD.unpack_from(found, at)
            name = found[at + _HEAD.size : at + _HEAD.size + length].rstrip(b"\0")
            at += _HEAD.size + length
            if mask & _OVERFLOW:
                changed.update(self._roots)
            elif mask & _IGNORED:
                self._paths.pop(watch, None)
            elif watch in self._paths:
                path = os.path.join(self._paths[watch], os.fsdecode(name))
                changed.add(path)
                if mask & _IS_FOLDER:
                    self._follow(path, mask)

    def _follow(self, path: str, mask: int) -> None:
        """Watch a folder that came, or no more one that was moved away."""
        if mask & _MOVED_FROM:
            below = path + os.sep
            for watch, known in list(self._paths.items()):
                if known == path or known.startswith(below):
                    self._libc.inotify_rm_watch(self._descriptor, watch)
                    del self._paths[watch]
        elif mask & (_CREATE | _MOVED_TO):
            self._watch(path)

    def _watch(self, top: str) -> None:
        waiting = [top]
        while waiting:
            path = waiting.pop()
            watch = self._libc.inotify_add_watch(self._descriptor, os.fsencode(path), _WANTED)
            if watch < 0:
                if ctypes.get_errno() in _GONE:
                    continue
                raise _refused()
            if watch in self._paths:  # watched already: the name of it came twice, or a link leads round in a circle
                continue
            self._paths[watch] = path
            if len(self._paths) > self._folders_at_most:
                raise OSError(
                    f"there are more than {self._folders_at_most:,} folders: watched_folders_at_most in config.toml"
                )
            waiting += _folders_in(path)


def _folders_in(path: str) -> list[str]:
    try:
        with os.scandir(path) as entries:
            return [entry.path for entry in entries if entry.is_dir()]
    except OSError:  # gone again, or not ours to read
        return []


def _refused() -> OSError:
    number = ctypes.get_errno()
    return OSError("OS file watch limit reached" if number in (errno.ENOSPC, errno.EMFILE) else os.strerror(number))

"""Which transcripts are on disk: names and numbers of a folder tree. Opens no file."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

import msgspec

from simple_memory import model
from simple_memory.sources import source

DEEPEST = 16
"""Folders below a root are looked into so deep, and no deeper."""


class Found(msgspec.Struct, frozen=True, gc=False):
    """A file on disk that a source knows."""

    path: str
    place: model.Place
    device: int
    inode: int
    size: int
    mtime_ns: int


class Scan(msgspec.Struct):
    """What a look at a folder tree gave.

    `unread` are folders that could not be listed (and roots that are not there): nothing below them may be taken for
    deleted. `skipped` are (path, why) of what lies there and is no file.
    """

    found: dict[str, Found]
    unread: list[str]
    skipped: list[tuple[str, str]]

    def covers(self, path: str) -> bool:
        """Return whether the scan would have seen a file at `path`."""
        return not any(path.startswith(folder.rstrip(os.sep) + os.sep) for folder in self.unread)


def scan(sources: Iterable[source.Source]) -> Scan:
    """Look through every root of every source."""
    result = Scan(found={}, unread=[], skipped=[])
    for one in sources:
        for root in one.roots():
            _Walk(one, root, result).through(root)
    return result


def scan_path(one: source.Source, root: str, path: str, result: Scan) -> None:
    """Look at one file, or through one folder, below `root`, and add what is there to `result`."""
    try:
        status = os.stat(path)
    except OSError:
        return
    walk = _Walk(one, root, result)
    if stat.S_ISDIR(status.st_mode):
        walk.through(path)
    else:
        walk.add(path, status)


class _Walk:
    """One way through a folder tree, for one source."""

    def __init__(self, one: source.Source, root: str, result: Scan) -> None:
        self._source = one
        self._root = root
        self._result = result
        self._seen: set[tuple[int, int]] = set()
        self._waiting: list[tuple[str, int]] = []

    def through(self, folder: str) -> None:
        self._waiting.append((folder, 0))
        while self._waiting:
            path, depth = self._waiting.pop()
            try:
                entries = list(os.scandir(path))
            except OSError:
                self._result.unread.append(path)
                continue
            for entry in entries:
                try:
                    self._look(entry, depth)
                except FileNotFoundError:
                    pass  # gone since it was listed
                except OSError:
                    self._result.unread.append(entry.path)

    def _look(self, entry: os.DirEntry[str], depth: int) -> None:
        if not entry.is_symlink() and not entry.is_dir(follow_symlinks=False):
            self.add(entry.path, entry.stat(follow_symlinks=False))
            return
        try:
            status = entry.stat()
        except OSError as error:  # a link that leads nowhere, or round in a circle
            self._skip(entry.path, f"a link that cannot be followed: {error.strerror}")
            return
        if not stat.S_ISDIR(status.st_mode):
            self.add(entry.path, status)
            return
        self._skip(entry.path, "a folder with the name of a transcript")
        if (status.st_dev, status.st_ino) not in self._seen and depth < DEEPEST:
            self._seen.add((status.st_dev, status.st_ino))
            self._waiting.append((entry.path, depth + 1))

    def _skip(self, path: str, why: str) -> None:
        if self._source.place(self._root, path) is not None:
            self._result.skipped.append((path, why))

    def add(self, path: str, status: os.stat_result) -> None:
        place = self._source.place(self._root, path)
        if place is None:
            return
        if stat.S_ISREG(status.st_mode):
            self._result.found[path] = Found(
                path, place, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
            )
        else:
            self._result.skipped.append((path, "no regular file"))

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
            scan_folder(one, root, root, result)
    return result


def scan_path(one: source.Source, root: str, path: str, result: Scan) -> None:
    """Look at one file, or through one folder, below `root`, and add what is there to `result`."""
    try:
        status = os.stat(path)
    except OSError:
        return
    if stat.S_ISDIR(status.st_mode):
        scan_folder(one, root, path, result)
        return
    place = one.place(root, path)
    if place is not None:
        _add(path, place, status, result)


def scan_folder(one: source.Source, root: str, folder: str, result: Scan) -> None:
    """Look through `folder`, which is `root` or lies below it, and add what is there to `result`."""
    seen: set[tuple[int, int]] = set()
    waiting = [(folder, 0)]
    while waiting:
        path, depth = waiting.pop()
        try:
            entries = list(os.scandir(path))
        except OSError:
            result.unread.append(path)
            continue
        for entry in entries:
            try:
                _look(one, root, entry, depth, seen, waiting, result)
            except OSError as error:
                if not isinstance(error, FileNotFoundError):  # gone since it was listed
                    result.unread.append(entry.path)


def _look(
    one: source.Source,
    root: str,
    entry: os.DirEntry[str],
    depth: int,
    seen: set[tuple[int, int]],
    waiting: list[tuple[str, int]],
    result: Scan,
) -> None:
    is_folder = entry.is_dir(follow_symlinks=False)
    if not is_folder and not entry.is_symlink():
        place = one.place(root, entry.path)
        if place is not None:
            _add(entry.path, place, entry.stat(follow_symlinks=False), result)
        return
    try:
        status = entry.stat()
    except OSError as error:  # a link that leads nowhere, or round in a circle
        if one.place(root, entry.path) is not None:
            result.skipped.append((entry.path, f"a link that cannot be followed: {error.strerror}"))
        return
    if not stat.S_ISDIR(status.st_mode):
        place = one.place(root, entry.path)
        if place is not None:
            _add(entry.path, place, status, result)
        return
    if (status.st_dev, status.st_ino) in seen:
        return
    seen.add((status.st_dev, status.st_ino))
    if one.place(root, entry.path) is not None:
        result.skipped.append((entry.path, "a folder with the name of a transcript"))
    if depth < DEEPEST:
        waiting.append((entry.path, depth + 1))


def _add(path: str, place: model.Place, status: os.stat_result, result: Scan) -> None:
    if not stat.S_ISREG(status.st_mode):
        result.skipped.append((path, "no regular file"))
        return
    result.found[path] = Found(path, place, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

"""A disk that remembers every write of SQLite's in order, and gives what a power cut may have left of them. Not a test.

What a file holds after its last sync is there for sure; of what was written later any part may be, in any order, and a
single write may be torn at a sector. A file that was never synced may be missing.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import apsw

SECTOR = 512
USUAL = apsw.vfs_names()[0]


class Operation(NamedTuple):
    """One thing that was done to one file: `kind` is write, truncate, sync or delete."""

    path: str
    kind: str
    offset: int = 0
    content: bytes = b""


class Disk(apsw.VFS):
    """SQLite's usual way to files, with a record of all that changes them but the shared memory, which is no file."""

    def __init__(self) -> None:
        """Become the way that every new connection takes."""
        self.operations: list[Operation] = []
        super().__init__("remembering", USUAL, makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        """Open a file so that its changes are recorded."""
        return _File(self.operations, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        """Delete a file."""
        self.operations.append(Operation(filename, "delete"))
        super().xDelete(filename, syncdir)


class _File(apsw.VFSFile):
    def __init__(self, operations: list[Operation], name: Any, flags: list[int]) -> None:
        self._operations = operations
        self._path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        super().__init__(USUAL, name, flags)

    def xLock(self, level: int) -> None:  # noqa: N802
        try:
            super().xLock(level)
        except apsw.IOError as error:  # a reader that closes tries for the writer's lock, and is content without
            raise apsw.BusyError from error

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._operations.append(Operation(self._path, "write", offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._operations.append(Operation(self._path, "truncate", newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._operations.append(Operation(self._path, "sync"))
        super().xSync(flags)


@contextlib.contextmanager
def recorded() -> Iterator[list[Operation]]:
    """Give the list to which every operation on databases is added that are opened meanwhile."""
    disk = Disk()
    try:
        yield disk.operations
    finally:
        disk.unregister()


def after_cut(operations: list[Operation], chance: random.Random | None) -> dict[str, bytes]:
    """Return what each file holds after `operations`, by path: all of it, or with `chance` what a power cut left."""
    by_path: dict[str, list[Operation]] = {}
    for one in operations:
        by_path.setdefault(one.path, []).append(one)
    left = {path: _content(done, chance) for path, done in by_path.items()}
    return {path: content for path, content in left.items() if content is not None}


def _content(done: list[Operation], chance: random.Random | None) -> bytes | None:
    """Return what one file holds, None if there is none."""
    if done[-1].kind == "delete":
        return None  # SQLite syncs the folder after that
    done = done[max((place + 1 for place, one in enumerate(done) if one.kind == "delete"), default=0) :]
    synced = max((place for place, one in enumerate(done) if one.kind == "sync"), default=-1)
    if chance and synced < 0 and chance.random() < 0.2:
        return None
    content = bytearray()
    for place, one in enumerate(done):
        if place > synced and chance:
            _carry_out(_torn(one, chance), content)
        else:
            _carry_out(one, content)
    return bytes(content)


def _carry_out(one: Operation, content: bytearray) -> None:
    """Write or cut a file's content as `one` does."""
    if one.kind == "write" and one.content:
        content.extend(bytes(max(0, one.offset - len(content))))
        content[one.offset : one.offset + len(one.content)] = one.content
    elif one.kind == "truncate":
        del content[one.offset :]


def _torn(one: Operation, chance: random.Random) -> Operation:
    """Return what reached the disk of an operation that was never synced: all, nothing, or its first sectors."""
    if one.kind != "write":
        return one if chance.random() < 0.5 else Operation(one.path, "sync")
    sectors = -(-len(one.content) // SECTOR)
    kept = chance.choice((0, chance.randint(0, sectors), sectors))
    return one._replace(content=one.content[: kept * SECTOR])


def lay_out(files: dict[str, bytes], before: str, folder: Path) -> None:
    """Write `files`, which stood below the folder `before`, below `folder`; the database itself is always there."""
    folder.mkdir(parents=True, mode=0o700)
    (folder / "memory.db").touch(0o600)
    for path, content in files.items():
        if path.startswith(before):
            target = folder / path[len(before) :].lstrip("/")
            target.write_bytes(content)
            target.chmod(0o600)

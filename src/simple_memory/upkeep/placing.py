"""Putting archived files where an agent, or a person, looks for them; not which files, and not the archive."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from simple_memory import config, errors
from simple_memory.service import identity
from simple_memory.store import tombstones


class Outcome(StrEnum):
    """What became of one file."""

    WRITTEN = "written"
    SAME = "same"  # it is there, byte for byte
    GROWN = "grown"  # it is there, and its agent has gone on writing
    DIFFERS = "differs"  # another file is in its place, which stays


@dataclass(frozen=True, slots=True)
class Placed:
    """One file: where it is, what became of it, and its bytes."""

    path: str
    outcome: Outcome
    size_bytes: int


def place(target: str, pieces: Iterable[bytes], mtime_ns: int, gaps: Sequence[tombstones.Gap] = ()) -> Placed:
    """Write `pieces` to `target` as one file, 0600, with the time `mtime_ns`, unless something is there already.

    The file appears whole or not at all, after its digest was compared with that of the pieces. What is there is
    compared, but for the `gaps` that pieces have, and never changed. Raises SimpleMemoryError where the folder cannot
    be written, and what `pieces` raises.
    """
    try:
        if os.path.lexists(target):
            return _compare(target, pieces, gaps)
        folder = os.path.dirname(target)
        _make_folders(folder)
        _sweep(folder, os.path.basename(target)[:200])
        waiting = os.path.join(folder, f".{os.path.basename(target)[:200]}.{os.getpid()}.restoring")
        try:
            size = _write(waiting, pieces)
            os.utime(waiting, ns=(mtime_ns, mtime_ns))
            _put(waiting, target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(waiting)
        return Placed(target, Outcome.WRITTEN, size)
    except FileExistsError:  # somebody wrote it meanwhile
        return Placed(target, Outcome.DIFFERS, 0)
    except OSError as error:
        raise errors.SimpleMemoryError(
            f"{error.filename or target} cannot be written: {error.strerror or error}.", "Give another place with --to."
        ) from error


def _sweep(folder: str, name: str) -> None:
    """Remove what a process that was killed has left of the same file."""
    for left in os.listdir(folder):
        if left.startswith(f".{name}.") and left.endswith(".restoring"):
            pid = left.removesuffix(".restoring").rpartition(".")[2]
            if not pid.isdecimal() or identity.look(int(pid)) is None:
                os.unlink(os.path.join(folder, left))


def _make_folders(folder: str) -> None:
    """Make the folders that are missing, each 0700 whatever the umask."""
    missing = []
    while folder and not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for one in reversed(missing):
        with contextlib.suppress(FileExistsError):
            os.mkdir(one, config.FOLDER_MODE)
            os.chmod(one, config.FOLDER_MODE)


def _write(path: str, pieces: Iterable[bytes]) -> int:
    """Write a new file, and read it again to be sure; return its size."""
    wanted, size = hashlib.sha256(), 0
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    with open(os.open(path, flags, config.FILE_MODE), "wb") as file:
        os.fchmod(file.fileno(), config.FILE_MODE)
        for piece in pieces:
            wanted.update(piece)
            size += len(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256")
    if found.digest() != wanted.digest():
        raise errors.SimpleMemoryError(f"{path} was not written as it should be.", "Is its disk in order?")
    return size


def _put(waiting: str, target: str) -> None:
    """Give a finished file its name, which nobody else may have taken: a link refuses where a rename would replace."""
    try:
        os.link(waiting, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if os.path.lexists(target):
            raise FileExistsError(target) from None
        os.rename(waiting, target)


def _compare(target: str, pieces: Iterable[bytes], gaps: Sequence[tombstones.Gap]) -> Placed:
    found = os.lstat(target)
    if not stat.S_ISREG(found.st_mode):
        return Placed(target, Outcome.DIFFERS, found.st_size)
    with open(target, "rb") as file:
        at = 0
        for piece in pieces:
            here = [(offset - at, length, kind) for offset, length, kind in gaps]
            if tombstones.blanked(file.read(len(piece)), here) != piece:
                return Placed(target, Outcome.DIFFERS, found.st_size)
            at += len(piece)
        more = file.read(1)
    return Placed(target, Outcome.GROWN if more else Outcome.SAME, found.st_size)

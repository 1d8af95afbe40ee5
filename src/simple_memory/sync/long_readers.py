"""Who reads a database and thereby keeps its journal, as the kernel's list of locks tells."""

from __future__ import annotations

import os

_FIRST_READ_LOCK, _LAST_READ_LOCK = 123, 127
"""The bytes of the `-shm` that SQLite's readers lock, by what they see of the journal (sqlite.org/walformat.html)."""


def find(database: str, *, locks: str = "/proc/locks") -> list[str]:
    """Return who reads the database now and keeps the journal, as "name (pid)"; [] where the system does not tell.

    `locks` is the kernel's list of locks.
    """
    try:
        inode = str(os.stat(database + "-shm").st_ino)
        with open(locks, encoding="ascii", errors="replace") as file:
            held = [line.split() for line in file]
    except OSError:
        return []
    pids: set[int] = set()
    for fields in held:
        is_shared = len(fields) == 8 and fields[3] == "READ" and fields[5].rpartition(":")[2] == inode
        if is_shared and _FIRST_READ_LOCK <= int(fields[6]) <= _LAST_READ_LOCK:
            pids.add(int(fields[4]))
    pids.discard(os.getpid())
    return [f"{_name_of(pid)} ({pid})" for pid in sorted(pids)]


def _name_of(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return "a process"

"""Who listens on a port of this machine: asked when it cannot be had, to name the culprit. Linux only, by /proc."""

from __future__ import annotations

import os

_LISTENS = "0A"


def holder(port: int) -> str:
    """Return who listens on the TCP `port`, as "pid 7 (name)"; empty where that cannot be told."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
    if not sockets:
        return ""
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        if _holds(pid, sockets):
            return f"pid {pid} ({_name(pid)})"
    return ""


def _inodes(port: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as file:
                rows = [row.split() for row in file]
        except OSError:
            continue
        found |= {row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == _LISTENS}
    return found


def _holds(pid: str, sockets: set[str]) -> bool:
    folder = f"/proc/{pid}/fd"
    try:
        return any(_target(f"{folder}/{name}") in sockets for name in os.listdir(folder))
    except OSError:  # another user's, or gone
        return False


def _target(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


def _name(pid: str) -> str:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="backslashreplace") as file:
            return file.read().strip()
    except OSError:
        return "gone"

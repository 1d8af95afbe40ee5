"""Where the service's socket is, and who is at its other end; standard library only, for worker and shim alike."""

from __future__ import annotations

import os
import socket
import struct
import sys

from simple_memory import config

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

PATH_BYTES = 103
"""The longest path that a Unix socket can have everywhere (macOS: 104 with the final NUL)."""


def note_file(home: config.Home) -> str:
    """Return the file that names the socket where the home's own path is too long for one."""
    return os.path.join(home.run, "mcp.addr")


def fits(path: str) -> bool:
    """Return whether `path` can be the path of a Unix socket."""
    return len(os.fsencode(path)) <= PATH_BYTES


def find(home: config.Home) -> str | None:
    """Return the path of the service's socket, or None where no service has said where it is."""
    if fits(home.mcp_socket):
        return home.mcp_socket
    try:
        with open(note_file(home), encoding="utf-8") as file:
            return file.read(4096).strip() or None
    except (OSError, ValueError):
        return None


def connect(home: config.Home) -> socket.socket | None:
    """Return a connection to the service, blocking; None where no service of this user listens."""
    path = find(home)
    if path is None:
        return None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(1.0)
        connection.connect(path)
        if peer_uid(connection) in {None, os.getuid()}:
            connection.settimeout(None)
            return connection
    except OSError:
        pass
    connection.close()
    return None


def peer_uid(connection: socket.socket) -> int | None:
    """Return the user id at the other end of a Unix socket; None where the system does not tell."""
    platform: str = sys.platform
    if platform == "linux":
        told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", told)[1])
    if platform == "darwin":  # struct xucred: version, uid, …
        told = connection.getsockopt(0, 1, 76)
        return int(struct.unpack("2I", told[:8])[1])
    return None


def is_same(path: str, stamp: tuple[int, int], look: Callable[[str], os.stat_result] = os.lstat) -> bool:
    """Return whether the socket file at `path` still is the one of `stamp` (device, inode)."""
    try:
        found = look(path)
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == stamp

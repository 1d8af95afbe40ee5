"""Unix sockets at paths of any length, for their owner alone; not what is said over them."""

from __future__ import annotations

import os
import socket
import struct
import sys

from simple_memory import config

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST = 100
"""A longer path does not fit into a socket address (108 bytes on Linux, 104 on macOS)."""

_PEER_CREDENTIALS = {  # level, option, length, and where the user id stands: struct ucred; struct xucred
    "linux": ((socket.SOL_SOCKET, 17, 12, 4),),
    "darwin": ((0, 1, 76, 4),),
}


def listen(path: str) -> socket.socket:
    """Return a socket that listens at `path`, 0600, not blocking; what lay there is removed.

    Only the holder of the service's lock may call it. Raises OSError.
    """
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        _with_short_path(path, made.bind)
        os.chmod(path, config.FILE_MODE)
        made.listen(64)
    except OSError:
        made.close()
        raise
    finally:
        os.umask(before)
    made.setblocking(False)
    return made


def connect(path: str, timeout: float) -> socket.socket:
    """Return a socket connected to `path`, which waits at most `timeout` seconds in each call. Raises OSError."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.settimeout(timeout)
    try:
        _with_short_path(path, made.connect)
    except OSError:
        made.close()
        raise
    return made


def _with_short_path(path: str, use: Callable[[str], None]) -> None:
    if len(os.fsencode(path)) <= _LONGEST:
        use(path)
        return
    folder, name = os.path.split(path)
    if sys.platform.startswith("linux"):
        descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            use(f"/proc/self/fd/{descriptor}/{name}")
        finally:
            os.close(descriptor)
    else:
        before = os.getcwd()
        os.chdir(folder)
        try:
            use(name)
        finally:
            os.chdir(before)


def peer_uid(connected: socket.socket) -> int | None:
    """Return the user id of the process at the other end; None where the system does not tell."""
    for level, option, length, place in _PEER_CREDENTIALS.get(sys.platform, ()):
        return int(struct.unpack_from("I", connected.getsockopt(level, option, length), place)[0])
    return None

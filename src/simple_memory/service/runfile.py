"""What the service leaves in `run/`: the lock that says who runs, and files that tell people and `status` more.

Not what follows from them (status.py), nor how the service is started and ended (control.py).

The lock is a POSIX record lock: the kernel tells its holder's pid to whoever asks (F_GETLK), and asking takes nothing.
Its owner opens the file once and never again, since closing any descriptor of the file would drop the lock.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import sys
import time

from simple_memory import config, errors
from simple_memory.service import lean_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    State = dict[str, Any]

STATE_FORMAT = 1
STATE_BYTES = 256 * 1024
"""A state file that is larger is not one of ours."""

_BLOCK_BYTES = 4096

SUPERVISOR = "supervisor"
WORKERS = ("sync", "mcp")
"""Every worker, in the order of its start."""

STARTING = "starting"
RUNNING = "running"
RESTARTING = "restarting"
GAVE_UP = "gave_up"
HUNG = "hung"
FROZEN = "frozen"
STOPPING = "stopping"
STOPPED = "stopped"
FAILED = "failed"
OFF = "off"

_LINUX_FLOCK = "hhqqi4x"  # l_type, l_whence, l_start, l_len, l_pid
_BSD_FLOCK = "qqihh"  # l_start, l_len, l_pid, l_type, l_whence


def now() -> float:
    """Return seconds on the boot clock: it never jumps, counts sleep, and is the same in every process."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def boot_id() -> str:
    """Return what names this boot of the machine; empty where the system does not say."""
    try:
        with open("/proc/sys/kernel/random/boot_id", "rb", buffering=0) as file:
            return file.read(64).decode("ascii").strip()
    except OSError:
        return ""


def iso_now() -> str:
    """Return the time as ISO 8601 UTC with milliseconds."""
    seconds = time.time()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{int(seconds * 1000) % 1000:03d}Z"


class Lock:
    """The service's lock, held until the process ends or `release` is called."""

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
        """Let others take it. The file stays: a lock file that is unlinked makes two services possible."""
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
        raise errors.StateUnknown("The service runs where its process cannot be seen from here.", "Ask from there.")
    return int(pid)


def read_state(home: config.Home) -> State | None:
    """Return what the service last wrote about itself; None where there is nothing that can be trusted as such."""
    try:
        descriptor = os.open(home.state, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        text = os.read(descriptor, STATE_BYTES)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return parse_state(text)


def parse_state(text: bytes) -> State | None:
    """Return the state that `text` holds; None unless every part that others rely on is there and of its type."""
    try:
        state = lean_json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not _has(state, format=int, instance=str, boot=str, version=str, phase=str, heartbeat=float, stall_s=float):
        return None
    if not _has(state, supervisor=dict, workers=dict) or not _has(
        state["supervisor"], pid=int, token=str, started=float
    ):
        return None
    wanted = {
        "state": str,
        "pid": int,
        "token": str,
        "started": float,
        "restarts": int,
        "last_error": str,
        "facts": dict,
    }
    if not all(_has(worker, **wanted) for worker in state["workers"].values()):
        return None
    return dict(state)


def _has(value: object, **wanted: type) -> bool:
    if not isinstance(value, dict):
        return False
    return all(isinstance(value.get(name), (int, float) if kind is float else kind) for name, kind in wanted.items())


def write_state(home: config.Home, state: State) -> None:
    """Replace the state file by `state`, at once and 0600. Raises OSError.

    On a full disk it is overwritten in its place: it is padded to whole blocks, so that it has the room already.
    """
    import json

    content = json.dumps(state, separators=(",", ":")).encode("ascii") + b"\n"
    content = content.ljust(-(-len(content) // _BLOCK_BYTES) * _BLOCK_BYTES)
    try:
        write_private(home.state, content)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        remove(home.state + ".new")
        _overwrite(home.state, content)


def _overwrite(path: str, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.pwrite(descriptor, content.ljust(os.fstat(descriptor).st_size), 0)
    finally:
        os.close(descriptor)


def write_pid(home: config.Home, name: str, pid: int) -> None:
    """Write the PID file of `name`, for people. Raises OSError."""
    write_private(home.pid_file(name), b"%d\n" % pid)


def write_private(path: str, content: bytes) -> None:
    """Replace the file at `path` at once, 0600; a link there is replaced, never followed. Raises OSError."""
    new = path + ".new"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        descriptor = os.open(new, flags, config.FILE_MODE)
    except FileExistsError:  # left by a process that was killed here
        os.unlink(new)
        descriptor = os.open(new, flags, config.FILE_MODE)
    try:
        os.fchmod(descriptor, config.FILE_MODE)
        os.write(descriptor, content)
    finally:
        os.close(descriptor)
    os.rename(new, path)


def remove(path: str) -> None:
    """Remove the file at `path` if it is there and can be removed."""
    try:
        os.unlink(path)
    except OSError:
        pass

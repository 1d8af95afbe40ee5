"""What the service leaves in `run/` beside its lock (locks.py): files that tell people and `status` more.

Not what follows from them (status.py), nor how the service is started and ended (control.py).
"""

from __future__ import annotations

import errno
import os
import time

from simple_memory import config
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

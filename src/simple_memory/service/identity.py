"""Which process a number means at this moment, proved by its start time; not who holds the service's lock.

A pid alone is never trusted: the kernel gives it to somebody else. A pid with the process's start time is an identity,
and a pidfd keeps it while we look and signal. Linux by /proc; elsewhere by `ps`.
"""

from __future__ import annotations

import os
import select
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

FROZEN = "T"
"""The state letter of a stopped process (Linux gives `t` to one that is traced)."""

_POLL_S = 0.02


class Process:
    """A process as it is seen once: its `pid`, its start `token`, and the kernel's `state` letter."""

    __slots__ = ("pid", "state", "token")

    def __init__(self, pid: int, token: str, state: str) -> None:
        """Take what was seen."""
        self.pid = pid
        self.token = token
        self.state = state

    @property
    def frozen(self) -> bool:
        """Whether somebody stopped it (SIGSTOP) and it cannot answer."""
        return self.state in {FROZEN, "t"}


def look(pid: int) -> Process | None:
    """Return the living process `pid`; None if there is none, or only what is left of it (a zombie)."""
    if pid <= 0:
        return None
    seen = _look_at_linux(pid) if sys.platform.startswith("linux") else _look_by_ps(pid)
    return seen if seen is not None and seen.state not in {"Z", "X"} else None


def private_bytes(pid: int) -> int | None:
    """Return the memory that the process alone holds, in bytes; None where the system does not say."""
    try:
        descriptor = os.open(f"/proc/{pid}/statm", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fields = os.read(descriptor, 256).split()
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE") if len(fields) > 2 else None


def is_same(pid: int, token: str) -> bool:
    """Return whether `pid` lives and is still the process that had start `token`; no token ("") proves nothing."""
    seen = look(pid)
    return seen is not None and token != "" and seen.token == token


def _look_at_linux(pid: int) -> Process | None:
    if os.path.exists("/proc/self/stat"):
        return _look_in_proc(pid)
    try:  # no /proc is mounted here: that it lives is all that can be told
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return Process(pid, "", "?")


def _look_in_proc(pid: int) -> Process | None:
    try:
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        text = os.read(descriptor, 4096)
    except OSError:  # it ended while we looked
        return None
    finally:
        os.close(descriptor)
    fields = text.rpartition(b")")[2].split()  # the name before may hold anything, ")" and spaces too
    return Process(pid, fields[19].decode("ascii"), fields[0].decode("ascii")) if len(fields) > 19 else None


def _look_by_ps(pid: int) -> Process | None:
    import subprocess

    ended = subprocess.run(
        ["/bin/ps", "-o", "state=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C"},
    )
    state, _, started = ended.stdout.strip().partition(" ")
    return Process(pid, started.strip(), state[:1]) if started.strip() else None


class Proved:
    """A process whose identity was proved, held so that a signal can reach nobody else. A context manager."""

    __slots__ = ("_descriptor", "pid", "token")

    def __init__(self, pid: int, token: str, descriptor: int | None) -> None:
        """Take what `prove` found; `descriptor` is a pidfd, None where the system has none."""
        self.pid = pid
        self.token = token
        self._descriptor = descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def send(self, number: int) -> None:
        """Send signal `number`; nothing happens if the process has ended. Raises PermissionError."""
        import signal  # brings enum, which `status` does without

        try:
            if self._descriptor is not None:
                signal.pidfd_send_signal(self._descriptor, number)
            elif is_same(self.pid, self.token):
                os.kill(self.pid, number)
        except ProcessLookupError:
            pass

    def wait(self, seconds: float) -> bool:
        """Return whether the process ended within `seconds`."""
        if self._descriptor is not None:
            poller = select.poll()
            poller.register(self._descriptor, select.POLLIN)
            return bool(poller.poll(max(0.0, seconds) * 1000)) or look(self.pid) is None
        return wait_until(lambda: not is_same(self.pid, self.token), seconds)


def prove(pid: int, is_ours: Callable[[Process], bool]) -> Proved | None:
    """Return `pid` held, if `is_ours` says yes about the process that it means now; else None."""
    descriptor = None
    if hasattr(os, "pidfd_open"):
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return None
        except OSError:  # an old kernel, or a sandbox that forbids it
            descriptor = None
    seen = look(pid)  # after the pidfd: what we see is what we hold
    if seen is not None and is_ours(seen):
        return Proved(pid, seen.token, descriptor)
    if descriptor is not None:
        os.close(descriptor)
    return None


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Return whether `condition` came true within `seconds`; it is asked every 20 ms."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(_POLL_S)
    return True

"""Starts and ends the service, verified; whether it runs well is told by status.py.

Nobody is signalled on the word of a file. The supervisor is whoever holds the lock at the moment of the signal, a
worker is a pid whose start time is the recorded one; both are held by a pidfd while they are signalled.
"""

from __future__ import annotations

import os
import time

from simple_memory import __version__, config, errors, locks
from simple_memory.service import ask, identity, installed, launch, runfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from typing import Any

is_running = ask.is_running
request = ask.request
rescan = ask.rescan
sync_facts = ask.sync_facts

START_S = 9.5
"""A start that has not reported by then has failed (the supervisor lets go of slow workers after 8 s)."""

STOP_S = 10.0
FORCED_AFTER_S = 3.0
LEFT_BEHIND_S = 2.0
"""How long workers may outlive their supervisor."""

STARTED = "started"
ALREADY = "already"
RESTARTED = "restarted"


class Started:
    """How a start ended: its `outcome` (one of the words above) and the supervisor's `pid`.

    `workers` has the pid of each worker, `preparing` names those that do not serve yet, `before` is the version that
    ran before a restart.
    """

    __slots__ = ("before", "outcome", "pid", "preparing", "workers")

    def __init__(
        self,
        outcome: str,
        pid: int,
        *,
        workers: dict[str, int] | None = None,
        preparing: list[str] | None = None,
        before: str = "",
    ) -> None:
        """Take how it ended."""
        self.outcome = outcome
        self.pid = pid
        self.workers = workers or {}
        self.preparing = preparing or []
        self.before = before


def start(home: config.Home, options: launch.Options) -> Started:
    """Start the service in the background, and return once it serves.

    One that runs is left alone, unless it is of an older version, or its files were replaced: that is restarted, once.
    Raises ServiceFailed, or what the supervisor says: HomeUnusable, a StoreError, …, with its code.
    """
    before = make_way(home)
    pid = locks.lock_holder(home.lock)
    if pid is not None:
        return Started(ALREADY, pid, workers=_pids(runfile.read_state(home)))
    started = _launch(home, options)
    if started.outcome == STARTED and before:
        started.outcome, started.before = RESTARTED, before
    return started


def make_way(home: config.Home) -> str:
    """Wait for a service that is ending; end one of an older build, and return its version (else empty)."""
    if locks.lock_holder(home.lock) is None:
        return ""
    state = runfile.read_state(home)
    if state is None:
        return ""
    if state["phase"] == runfile.STOPPING:
        identity.wait_until(lambda: locks.lock_holder(home.lock) is None, STOP_S)
        return ""
    if is_newer(__version__, state["version"]) or installed.is_replaced(state.get("installed")):
        stop(home)
        return str(state["version"])
    return ""


def is_newer(one: str, other: str) -> bool:
    """Return whether version `one` comes after `other`; by their numbers, whatever follows those."""
    return _numbers(one) > _numbers(other)


def _numbers(version: str) -> list[int]:
    numbers = []
    for part in version.split(".")[:3]:
        digits = part[: next((at for at, letter in enumerate(part) if not letter.isdigit()), len(part))]
        numbers.append(int(digits or 0))
    return numbers


def _launch(home: config.Home, options: launch.Options) -> Started:
    import subprocess

    reading, writing = os.pipe()
    try:
        supervisor = subprocess.Popen(
            launch.supervisor(home, options, ready=writing, foreground=False),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(writing,),
            cwd="/",
            env=config.service_environment(home),
            start_new_session=True,
        )
    finally:
        os.close(writing)
    try:
        word, told = _hear(reading, time.monotonic() + START_S)
    finally:
        os.close(reading)
    if word == "READY":
        supervisor.returncode = 0  # it is not ours to wait for, and Popen is not to complain
        return Started(STARTED, told["pid"], workers=told["workers"], preparing=told["preparing"])
    if word == "BUSY":
        supervisor.wait()
        return Started(ALREADY, told["pid"], workers=_pids(runfile.read_state(home)))
    raise _failure(home, supervisor, told)


def _hear(descriptor: int, end: float) -> tuple[str, dict[str, Any]]:
    """Return the word and the facts that come over the ready pipe; an empty word if none came."""
    import json
    import select

    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    line = b""
    while not line.endswith(b"\n"):
        if not poller.poll(max(0.0, end - time.monotonic()) * 1000):
            return "", {}
        part = os.read(descriptor, 65536)
        if not part:
            return "", {}
        line += part
    word, _, facts = line.decode("ascii").partition(" ")
    return word, json.loads(facts)


def _failure(home: config.Home, supervisor: subprocess.Popen[bytes], told: dict[str, Any]) -> errors.SimpleMemoryError:
    """End what is left of a start that failed, and return the error to raise."""
    hint = f"{home.log_file(runfile.SUPERVISOR)} tells more."
    if told:
        supervisor.wait()
        error = errors.ServiceFailed(told["message"], told["hint"] or hint)
        error.code = told["code"]
        return error
    try:
        code = supervisor.wait(0.5)  # it hung up: it has ended or will at once
    except Exception:  # TimeoutExpired, of a module that is loaded only here
        supervisor.terminate()
        try:
            supervisor.wait(LEFT_BEHIND_S)
        except Exception:
            supervisor.kill()
            supervisor.wait()
        return errors.ServiceFailed(f"The service did not become ready within {START_S:g} s.", hint)
    assert supervisor.stderr is not None
    last = supervisor.stderr.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
    return errors.ServiceFailed(f"The supervisor ended with code {code} before it was ready: {last or 'no word'}", hint)


class Stopped:
    """What a stop ended: the `pids` by name (`supervisor`, `sync`, `mcp`; empty if nothing ran), and if by force."""

    __slots__ = ("forced", "pids")

    def __init__(self, pids: dict[str, int], *, forced: bool) -> None:
        """Take what was ended."""
        self.pids = pids
        self.forced = forced


def stop(home: config.Home, *, force: bool = False, timeout: float = STOP_S) -> Stopped:
    """End the service and return what was ended, once it is gone; the MCP shim will not start it again.

    With `force`, what does not end by itself is killed. Raises ServiceFailed if something is left after `timeout`
    seconds, StateUnknown where it cannot be told.
    """
    holder = locks.lock_holder(home.lock)
    state = runfile.read_state(home)
    workers = _living_workers(state)
    _remember(home)
    pids = {name: worker.pid for name, worker in workers.items()}
    if holder is not None:
        proved = identity.prove(holder, lambda seen: locks.lock_holder(home.lock) == seen.pid)
        if proved is not None:
            with proved:
                pids = {runfile.SUPERVISOR: holder, **pids}
                force = _end_supervisor(proved, workers, force=force, timeout=timeout)
    forced = _end_left_behind(workers, force=force)
    return Stopped(pids, forced=forced or (force and holder is not None))


def _remember(home: config.Home) -> None:
    """Leave a note that the person wants no service."""
    try:
        runfile.write_private(home.stopped, runfile.iso_now().encode("ascii") + b"\n")
    except (
        OSError
    ):  # no home, so nothing that would start it either; or a full disk, which must not keep us from ending it
        pass


def _end_supervisor(
    supervisor: identity.Proved, workers: dict[str, identity.Process], *, force: bool, timeout: float
) -> bool:
    """End the supervisor, which ends its workers; return whether that took force. Raises ServiceFailed."""
    import signal

    _send(supervisor, signal.SIGTERM)
    _send(supervisor, signal.SIGCONT)
    if supervisor.wait(min(timeout, FORCED_AFTER_S) if force else timeout):
        return False
    if not force:
        raise errors.ServiceFailed(
            f"The service (pid {supervisor.pid}) did not end within {timeout:g} s.",
            "`simple-memory stop --force` kills it; nothing that was read is lost.",
        )
    for worker in workers.values():
        _kill(worker)
    _send(supervisor, signal.SIGKILL)
    if not supervisor.wait(timeout):
        raise errors.ServiceFailed(f"The service (pid {supervisor.pid}) could not be killed.", "Is its disk answering?")
    return True


def _end_left_behind(workers: dict[str, identity.Process], *, force: bool) -> bool:
    """Wait for workers without a supervisor, which end by themselves. Return whether that took `force`."""

    def all_gone() -> bool:
        return not any(identity.is_same(worker.pid, worker.token) for worker in workers.values())

    if identity.wait_until(all_gone, LEFT_BEHIND_S):
        return False
    if force:
        for worker in workers.values():
            _kill(worker)
        if identity.wait_until(all_gone, LEFT_BEHIND_S):
            return True
    left = ", ".join(str(worker.pid) for worker in workers.values() if identity.is_same(worker.pid, worker.token))
    raise errors.ServiceFailed(f"A worker is left behind: pid {left}.", "`simple-memory stop --force` kills it.")


def _kill(worker: identity.Process) -> None:
    import signal

    proved = identity.prove(worker.pid, lambda seen: worker.token != "" and seen.token == worker.token)
    if proved is not None:
        with proved:
            _send(proved, signal.SIGKILL)


def _send(proved: identity.Proved, number: int) -> None:
    try:
        proved.send(number)
    except PermissionError as error:
        raise errors.ServiceFailed(
            f"The service (pid {proved.pid}) belongs to another user.", "Stop it as that user."
        ) from error


def _living_workers(state: dict[str, Any] | None) -> dict[str, identity.Process]:
    """Return the workers that `state` names and that live: the same processes, of this boot."""
    if state is None or state["boot"] != runfile.boot_id():
        return {}
    found = {}
    for name, worker in state["workers"].items():
        seen = identity.look(worker["pid"])
        if seen is not None and seen.token == worker["token"]:
            found[name] = seen
    return found


def _pids(state: dict[str, Any] | None) -> dict[str, int]:
    return {name: worker.pid for name, worker in _living_workers(state).items()}


def restart(home: config.Home, options: launch.Options | None, *, force: bool = False) -> Started:
    """End the service if it runs, and start it in the background: with `options`, else as it ran. Raises as both do."""
    state = runfile.read_state(home)
    kept = launch.options_of(state.get("options")) if state is not None else None
    stop(home, force=force)
    return start(home, options or kept or launch.Options(runfile.WORKERS))

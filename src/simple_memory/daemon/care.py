"""The supervisor's care for its workers: starts them, hears them, restarts those that crash or hang, ends them all.

Not the process around it (supervisor.py), nor one worker's pipes (child.py). Times are on the monotonic clock, which
does not count the machine's sleep: nobody is taken for hung because a lid was closed.
"""

from __future__ import annotations

import signal
from typing import Any

from simple_memory import config
from simple_memory.daemon import child as children
from simple_memory.daemon import chronicle as chronicles
from simple_memory.daemon import restarts
from simple_memory.service import launch, log_lines, runfile

PREPARING_S = 600.0
"""How long a worker may be silent before it serves: a migration of a large store takes its time."""

KILL_AFTER_S = 5.0
"""From the wish that a hung worker ends to its forced end."""

GRACE_S = 30.0
"""The same when the whole service ends."""

_LAST_WORDS = 16
"""How often the pipes of a dead worker are read; each time up to 64 KiB."""


class Care:
    """All workers of one service. `changed` is set when what status shows has changed; the reader clears it."""

    def __init__(
        self,
        home: config.Home,
        settings: config.Settings,
        options: launch.Options,
        *,
        chronicle: chronicles.Chronicle,
    ) -> None:
        """Make a place for each wanted worker; nothing is started."""
        self._home = home
        self._settings = settings
        self._options = options
        self._chronicle = chronicle
        self.workers = {name: children.Child(name) for name in options.workers}
        self.changed = True
        self.is_ending = False
        self.is_starting = True
        self.start_failure: dict[str, Any] | None = None

    def start_all(self, now: float) -> None:
        """Start every worker."""
        for worker in self.workers.values():
            self._start(worker, now)

    def tend(self, now: float) -> None:
        """Hear every worker, and do whatever is due at `now`."""
        for worker in self.workers.values():
            self._hear(worker, now)
            code = worker.reap()
            if code is not None:
                self._bury(worker, code, now)
            elif worker.is_alive:
                self._watch(worker, now)
            elif worker.restart_at is not None and now >= worker.restart_at and not self.is_ending:
                worker.restarts += 1
                self._start(worker, now)

    def next_due(self) -> float | None:
        """Return when `tend` has something to do unasked; None: nothing is planned."""
        due = [at for worker in self.workers.values() for at in (worker.restart_at, worker.kill_at) if at is not None]
        return min(due, default=None)

    def forgive_silence(self, now: float) -> None:
        """Count every worker as heard at `now`: it was we who did not listen."""
        for worker in self.workers.values():
            worker.last_beat = now

    def check_memory(self) -> None:
        """End workers that hold too much memory at two looks in a row; they are started again."""
        caps = {"sync": self._settings.sync_memory_bytes, "mcp": self._settings.mcp_memory_bytes}
        for name, worker in self.workers.items():
            if not worker.is_alive or worker.kill_at is not None:
                continue
            held = worker.private_bytes()
            worker.over_memory = worker.over_memory + 1 if held > caps[name] else 0
            if worker.over_memory >= 2:
                worker.over_memory = 0
                self._give_notice(worker, f"held {held >> 20} MiB of memory, more than its {caps[name] >> 20}")

    def end_all(self, now: float) -> None:
        """Ask every worker to end, and plan the forced end of those that do not."""
        self.is_ending = True
        for worker in self.workers.values():
            worker.restart_at = None
            if worker.is_alive:
                worker.state = runfile.STOPPING
                worker.kill_at = now + GRACE_S
                worker.end()
        self.changed = True

    def kill_all(self) -> None:
        """End every worker at once."""
        for worker in self.workers.values():
            worker.signal(signal.SIGKILL)

    @property
    def all_ended(self) -> bool:
        """Whether no worker is left."""
        return not any(worker.is_alive for worker in self.workers.values())

    @property
    def all_ready(self) -> bool:
        """Whether every worker serves."""
        return all(worker.is_ready for worker in self.workers.values())

    def _start(self, worker: children.Child, now: float) -> None:
        try:
            worker.start(self._home, self._options, now=now)
        except OSError as error:
            self._crashed(worker, f"could not be started: {error.strerror or error}", now)
        else:
            self._chronicle.note(f"{worker.name} worker started, pid {worker.pid}")
            self._write_pid(worker)
        self.changed = True

    def _hear(self, worker: children.Child, now: float) -> None:
        for line in worker.printed():
            self._chronicle.output(worker.name, line)
        for message in worker.messages():
            self._obey(worker, message, now)

    def _obey(self, worker: children.Child, message: dict[str, Any], now: float) -> None:
        worker.last_beat = now
        if "ready" in message and not self.is_ending:
            worker.is_ready, worker.state, self.changed = True, runfile.RUNNING, True
            self._chronicle.note(f"{worker.name} worker serves")
        if isinstance(message.get("beat"), dict) and worker.learn(message["beat"]):
            self.changed = True
        if isinstance(message.get("failed"), dict):
            worker.failure = message["failed"]

    def _watch(self, worker: children.Child, now: float) -> None:
        if worker.kill_at is not None:
            if now >= worker.kill_at:
                self._chronicle.note(f"{worker.name} worker does not end: killed", log_lines.WARNING)
                worker.signal(signal.SIGKILL)
                worker.kill_at = now + KILL_AFTER_S
            return
        patience = self._settings.stall_s if worker.is_ready else PREPARING_S
        if now - worker.last_beat > patience:
            self._give_notice(worker, f"gave no sign of life for {now - worker.last_beat:.0f} s")
            worker.kill_at = now + KILL_AFTER_S

    def _give_notice(self, worker: children.Child, reason: str) -> None:
        self._chronicle.note(f"{worker.name} worker {reason}: it is ended and started again", log_lines.WARNING)
        worker.state = runfile.HUNG
        worker.last_error = f"The {worker.name} worker {reason}."
        worker.failure = {"code": "hung", "message": worker.last_error, "hint": ""}
        worker.kill_at = worker.last_beat + self._settings.stall_s + KILL_AFTER_S
        worker.end()
        self.changed = True

    def _bury(self, worker: children.Child, code: int, now: float) -> None:
        for _ in range(_LAST_WORDS):  # what it said last
            self._hear(worker, now)
        worker.hang_up()
        worker.kill_at = None
        worker.is_ready = False
        runfile.remove(self._home.pid_file(worker.name))
        self.changed = True
        if self.is_ending:
            worker.state = runfile.STOPPED
            self._chronicle.note(f"{worker.name} worker ended")
        else:
            self._crashed(worker, _manner_of(code), now)

    def _crashed(self, worker: children.Child, manner: str, now: float) -> None:
        last_line = f": {worker.last_line[:300]}" if worker.last_line else "."
        failure = worker.failure or {
            "code": "worker_crashed",
            "message": f"The {worker.name} worker {manner}{last_line}",
        }
        worker.last_error = str(failure.get("message", manner))
        told = f"{worker.name} worker {manner}" + (f": {worker.last_error}" if worker.failure else "")
        self._chronicle.note(told, log_lines.ERROR)
        worker.crashes = [at for at in worker.crashes if now - at < restarts.WINDOW_S] + [now]
        if self.is_starting:
            self.start_failure = failure
            worker.state = runfile.FAILED
            return
        delay = restarts.next_delay(worker.crashes, now, self._settings.crashes_at_most)
        if delay is None:
            worker.state, worker.restart_at = runfile.GAVE_UP, None
            self._chronicle.note(
                f"{worker.name} worker crashed {len(worker.crashes)} times in 5 minutes: gave up", log_lines.ERROR
            )
        else:
            worker.state, worker.restart_at = runfile.RESTARTING, now + delay * self._options.pace
            self._chronicle.note(f"{worker.name} worker is started again in {delay:g} s", log_lines.WARNING)

    def _write_pid(self, worker: children.Child) -> None:
        try:
            runfile.write_pid(self._home, worker.name, worker.pid)
        except OSError as error:
            told = f"the PID file of the {worker.name} worker cannot be written: {error.strerror}"
            self._chronicle.note(told, log_lines.WARNING)


def _manner_of(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"

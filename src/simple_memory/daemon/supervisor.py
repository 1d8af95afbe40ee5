"""The supervisor: one process that holds the lock for life, keeps the workers running, and ends them with itself.

Standard library only, one thread. Not how a worker is cared for (care.py), nor what is written down (chronicle.py).
A failing disk, a full log folder or a caller that misbehaves never end it.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
import uuid
from types import FrameType
from typing import Any

from simple_memory import __version__, config, errors, locks
from simple_memory.daemon import care as cares
from simple_memory.daemon import chronicle as chronicles
from simple_memory.daemon import control_server, live_line, notify, ready_pipe
from simple_memory.service import identity, installed, launch, log_lines, runfile

HEARTBEAT_S = 5.0
"""How often the state file says that the supervisor lives, and everything is looked after."""

STATE_EVERY_S = 0.25
"""The state file is written no more often than this."""

SLOW_START_S = 8.0
"""Workers that are not ready by then are called slow, and whoever waits for the start is let go."""


def run(home: config.Home, options: launch.Options, *, ready: ready_pipe.ReadyPipe, foreground: bool) -> int:
    """Take the lock and supervise until told to end; return the exit code. `ready` hears how the start went."""
    os.umask(0o077)
    notifier = notify.Notifier(config.take_notify_socket())
    try:
        config.make_home(home)
        settings = config.load_settings(home)
        lock = locks.take_lock(home.lock)
    except errors.SimpleMemoryError as error:
        ready.failed(error.code, error.message, error.hint)
        return error.exit_code
    if lock is None:
        pid = locks.lock_holder(home.lock) or 0
        notifier.ready(f"already running, pid {pid}")  # systemd takes an end without a word for a failure
        ready.busy(pid)
        return errors.EXIT_OK
    return Supervisor(home, settings, options, lock=lock, ready=ready, foreground=foreground, notifier=notifier).run()


class Supervisor:
    """The service while it runs; made once the lock is held."""

    def __init__(
        self,
        home: config.Home,
        settings: config.Settings,
        options: launch.Options,
        *,
        lock: locks.Lock,
        ready: ready_pipe.ReadyPipe,
        foreground: bool,
        notifier: notify.Notifier,
    ) -> None:
        """Take what `run` prepared; nothing is started."""
        self._home = home
        self._notifier = notifier
        self._options = options
        self._lock = lock
        self._ready = ready
        self._heartbeat_s = min(HEARTBEAT_S, settings.stall_s / 4)
        self._chronicle = chronicles.Chronicle(
            home,
            (runfile.SUPERVISOR, *runfile.WORKERS),
            limit_bytes=settings.log_bytes_total,
            clock=time.monotonic,
            form=settings.log_format,
        )
        self._live_line = live_line.LiveLine(sys.stderr if foreground else None)
        self._chronicle.echo = foreground and not self._live_line.is_shown
        self._care = cares.Care(home, settings, options, chronicle=self._chronicle)
        self._foreground = foreground
        self._control: control_server.ControlServer | None = None
        self._signals: list[int] = []
        self._wake, self._wake_writer = os.pipe()
        self._exit_code = errors.EXIT_OK
        self._written_at = 0.0
        seen = identity.look(os.getpid())
        self._state: dict[str, Any] = {
            "format": runfile.STATE_FORMAT,
            "instance": uuid.uuid4().hex,
            "boot": runfile.boot_id(),
            "version": __version__,
            "installed": installed.stamp(),
            "home": home.root,
            "phase": runfile.STARTING,
            "started_at": runfile.iso_now(),
            "stall_s": settings.stall_s,
            "options": options.as_dict(),
            "supervisor": {"pid": os.getpid(), "token": seen.token if seen else "", "started": runfile.now()},
            "failure": None,
        }

    def run(self) -> int:
        """Start up, loop until there is nothing left to supervise, shut down."""
        self._start_up()
        while not (self._care.is_ending and self._care.all_ended):
            self._step()
        self._shut_down()
        return self._exit_code

    def _start_up(self) -> None:
        self._arrange_signals()
        for path in (self._home.stopped, *(self._home.pid_file(name) for name in runfile.WORKERS)):
            runfile.remove(path)
        self._chronicle.note(f"service {__version__} started, instance {self._state['instance']}, pid {os.getpid()}")
        try:
            runfile.write_pid(self._home, runfile.SUPERVISOR, os.getpid())
            self._control = control_server.ControlServer(self._home)
        except OSError as error:
            self._chronicle.note(
                f"{error.filename or self._home.run} cannot be written: {error.strerror}", log_lines.WARNING
            )
        self._started = self._tended_at = self._cared_at = time.monotonic()
        self._care.start_all(self._started)
        self._write_state(self._started)

    def _arrange_signals(self) -> None:
        for descriptor in (self._wake, self._wake_writer):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGHUP, self._on_signal if self._foreground else signal.SIG_IGN)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._signals.append(number)

    def _step(self) -> None:
        self._await_news(self._tended_at)
        now = time.monotonic()
        if now - self._tended_at > self._heartbeat_s + 5:  # we were frozen, not they
            self._care.forgive_silence(now)
        self._tended_at = now
        self._heed_signals(now)
        self._care.tend(now)
        self._report_start(now)
        if now - self._cared_at >= self._heartbeat_s:
            self._cared_at = now
            self._look_after(now)
        elif self._care.changed and now - self._written_at >= STATE_EVERY_S:
            self._write_state(now)

    def _await_news(self, now: float) -> None:
        control = self._control.waiting() if self._control else {}
        poller = self._poller(control)
        for descriptor, _ in poller.poll(max(0.0, self._next_due() - now) * 1000):
            if descriptor == self._wake:
                os.read(self._wake, 4096)
            elif self._control and descriptor in control:
                for caller, command in self._control.attend(descriptor):
                    self._obey(caller, command)

    def _poller(self, control: dict[int, bool]) -> select.poll:
        """Return what waits for signals, workers and callers; `control` says of these whether they are written to."""
        poller = select.poll()
        poller.register(self._wake, select.POLLIN)
        for worker in self._care.workers.values():
            for descriptor in worker.descriptors():
                poller.register(descriptor, select.POLLIN)
        for descriptor, writes in control.items():
            poller.register(descriptor, select.POLLIN | (select.POLLOUT if writes else 0))
        return poller

    def _next_due(self) -> float:
        due = [self._cared_at + self._heartbeat_s]
        if self._care.changed:
            due.append(self._written_at + STATE_EVERY_S)
        if self._care.is_starting:
            due.append(self._started + SLOW_START_S)
        planned = self._care.next_due()
        return min(due) if planned is None else min(*due, planned)

    def _heed_signals(self, now: float) -> None:
        heard, self._signals = self._signals, []
        endings = [number for number in heard if number != signal.SIGCHLD]
        if not endings:
            return
        if self._care.is_ending and self._foreground and signal.SIGINT in endings:
            self._chronicle.note("asked a second time: the workers are killed", log_lines.WARNING)
            self._care.kill_all()
            return
        if not self._care.is_ending:
            self._chronicle.note(f"ending, asked by {signal.Signals(endings[0]).name}")
            self._end(now)

    def _end(self, now: float) -> None:
        self._care.is_starting = False
        self._state["phase"] = runfile.STOPPING
        self._notifier.stopping()
        self._ready.failed("stopped", "The service was ended while it started.", "")
        self._care.end_all(now)
        self._write_state(now)

    def _report_start(self, now: float) -> None:
        if not self._care.is_starting:
            return
        failure = self._care.start_failure
        if failure is not None:
            self._exit_code = errors.EXIT_ERROR
            self._state["failure"] = failure
            hint = str(failure.get("hint") or f"{self._home.log_file('supervisor')} tells more.")
            self._ready.failed(str(failure.get("code")), str(failure.get("message")), hint)
            self._end(now)
        elif self._care.all_ready or now - self._started >= SLOW_START_S:
            self._care.is_starting = False
            self._state["phase"] = runfile.RUNNING
            self._write_state(now)  # before anybody is told, so that a status right after it sees what was told
            self._notifier.ready(", ".join(f"{name} {worker.pid}" for name, worker in self._care.workers.items()))
            self._ready.ready(
                {
                    "pid": os.getpid(),
                    "workers": {name: worker.pid for name, worker in self._care.workers.items()},
                    "preparing": [name for name, worker in self._care.workers.items() if not worker.is_ready],
                }
            )

    def _look_after(self, now: float) -> None:
        self._notifier.alive()
        self._chronicle.settle()
        if not self._lock.is_in_place():
            self._leave(now)
            return
        self._care.check_memory()
        self._write_state(now)

    def _leave(self, now: float) -> None:
        """End without writing anything: the home was deleted under us, or is another's by now."""
        if self._care.is_ending:
            return
        self._chronicle.stop_writing()
        sys.stderr.write(f"{self._home.root} was deleted or replaced: the service ends.\n")
        self._exit_code = errors.EXIT_ERROR
        self._care.is_starting = False
        self._care.end_all(now)

    def _write_state(self, now: float) -> None:
        self._written_at = now
        self._care.changed = False
        self._state["heartbeat"] = runfile.now()
        self._state["trouble"] = self._chronicle.trouble
        self._state["workers"] = {name: worker.as_dict() for name, worker in self._care.workers.items()}
        self._live_line.show(self._state)
        if not self._lock.is_in_place():
            return
        try:
            runfile.write_state(self._home, self._state)
        except OSError as error:
            self._chronicle.note(f"{self._home.state} cannot be written: {error.strerror}", log_lines.WARNING)

    def _obey(self, caller: control_server.Caller, command: str) -> None:
        assert self._control is not None
        if command == "state":
            workers = {name: worker.as_dict() for name, worker in self._care.workers.items()}
            self._control.reply(caller, {"state": {**self._state, "workers": workers}})
        elif command in {"rescan", "canary"}:
            worker = self._care.workers.get("sync")
            if worker and worker.is_ready and worker.ask(command):
                self._control.reply(caller, {"asked": command})
            else:
                self._control.reply(caller, _refusal("not_running", "The sync worker does not serve now."))
        else:
            self._control.reply(caller, _refusal("usage", f"There is no command {command[:40]!r}."))

    def _shut_down(self) -> None:
        self._live_line.close()
        if self._control:
            self._control.close()
        if self._lock.is_in_place():
            self._state["phase"] = runfile.FAILED if self._state["failure"] else runfile.STOPPED
            self._write_state(time.monotonic())
            for path in (self._home.control_socket, self._home.pid_file(runfile.SUPERVISOR)):
                runfile.remove(path)
            self._chronicle.note("service ended")
        self._chronicle.close()


def _refusal(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "hint": "`simple-memory status` tells more."}}

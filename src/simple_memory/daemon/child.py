"""One worker process as its supervisor sees it: started, listened to, signalled, reaped; not when any of that is due.

Its two ties: a socket pair (the worker's `Link`) and a pipe that takes its stdout and stderr.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from typing import Any

from simple_memory import config
from simple_memory.service import identity, launch, log_lines, runfile

_READ_BYTES = 65536
_LONGEST_LINE = 65536


class Child:
    """The worker `name`. The attributes are what the state file says about it; times are on the boot clock."""

    def __init__(self, name: str) -> None:
        """Make the worker's place; nothing is started."""
        self.name = name
        self.state = runfile.STOPPED
        self.pid = 0
        self.token = ""
        self.started = 0.0
        self.restarts = 0
        self.last_error = ""
        self.facts: dict[str, Any] = {}
        self.progressed = 0.0
        self.last_line = ""
        self.failure: dict[str, Any] | None = None
        self.is_ready = False
        self.last_beat = 0.0  # on the monotonic clock, as are the next two
        self.restart_at: float | None = None
        self.kill_at: float | None = None
        self.crashes: list[float] = []
        self.over_memory = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._link: socket.socket | None = None
        self._output: int | None = None
        self._heard = b""
        self._printed = b""

    def start(self, home: config.Home, options: launch.Options, *, now: float) -> None:
        """Start the process at the monotonic time `now`. Raises OSError where the system gives none."""
        ours, theirs = socket.socketpair()
        reading, writing = os.pipe()
        try:
            self._process = subprocess.Popen(
                launch.worker(home, self.name, options, link=theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                pass_fds=(theirs.fileno(),),
                cwd="/",
                env=config.worker_environment(),
            )
        except OSError:
            ours.close()
            os.close(reading)
            raise
        finally:
            theirs.close()
            os.close(writing)
        ours.setblocking(False)
        os.set_blocking(reading, False)
        self._link, self._output, self._heard, self._printed = ours, reading, b"", b""
        self.pid = self._process.pid
        seen = identity.look(self.pid)
        self.token = seen.token if seen else ""
        self.started = runfile.now()
        self.state, self.is_ready, self.failure, self.facts = runfile.STARTING, False, None, {}
        self.progressed, self.last_line = self.started, ""
        self.last_beat, self.restart_at, self.kill_at, self.over_memory = now, None, None, 0

    @property
    def is_alive(self) -> bool:
        """Whether the process was started and is not reaped yet."""
        return self._process is not None

    def descriptors(self) -> list[int]:
        """Return what to wait on for news of this worker."""
        found = [] if self._link is None else [self._link.fileno()]
        return found if self._output is None else [*found, self._output]

    def messages(self) -> list[dict[str, Any]]:
        """Return what the worker said over its link since the last call."""
        if self._link is None:
            return []
        try:
            part = self._link.recv(_READ_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            part = b""
        if not part:
            self._link.close()
            self._link = None
            return []
        *lines, self._heard = (self._heard + part).split(b"\n")
        self._heard = self._heard[-_LONGEST_LINE:]
        return [message for message in map(_parse, lines) if message is not None]

    def printed(self) -> list[str]:
        """Return lines that the worker wrote to stdout and stderr since the last call, bounded in number and length."""
        lines = self._read_lines()
        newest = next((line for line in reversed(lines) if line.strip()), None)
        if newest is not None:
            self.last_line = log_lines.parts_of_output(newest)[1]
        return lines

    def learn(self, facts: dict[str, Any]) -> bool:
        """Take what the worker says about itself; return whether that is news."""
        if facts == self.facts:
            return False
        if facts.get("last_sync_at") != self.facts.get("last_sync_at"):
            self.progressed = runfile.now()
        self.facts = facts
        return True

    def _read_lines(self) -> list[str]:
        if self._output is None:
            return []
        try:
            part = os.read(self._output, _READ_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            part = b""
        if not part:
            os.close(self._output)
            self._output = None
            last, self._printed = self._printed, b""
            return [_text(last)] if last else []
        *lines, self._printed = (self._printed + part).split(b"\n")
        if len(self._printed) > _LONGEST_LINE:
            lines.append(self._printed)
            self._printed = b""
        return [_text(line) for line in lines]

    def ask(self, wish: str) -> bool:
        """Send a request, one word, to the worker; return whether it could be sent."""
        if self._link is None:
            return False
        line = wish.encode("ascii") + b"\n"
        try:
            return self._link.send(line) == len(line)
        except OSError:
            return False

    def signal(self, *numbers: int) -> None:
        """Send signals to the process; it is our own child and not reaped, so the pid is its."""
        for number in numbers:
            if self._process is not None:
                try:
                    os.kill(self.pid, number)
                except ProcessLookupError:
                    pass

    def end(self) -> None:
        """Ask the process to end; one that is frozen is woken to hear it."""
        self.signal(signal.SIGTERM, signal.SIGCONT)

    def reap(self) -> int | None:
        """Return the exit code of the process if it ended (negative: by that signal), and forget it; else None."""
        if self._process is None:
            return None
        code = self._process.poll()
        if code is not None:
            self._process = None
            self.pid, self.token = 0, ""
        return code

    def hang_up(self) -> None:
        """Close the link and the pipe, once what they held is read."""
        if self._link is not None:
            self._link.close()
            self._link = None
        if self._output is not None:
            os.close(self._output)
            self._output = None

    def private_bytes(self) -> int:
        """Return the memory that the process alone holds, in bytes; 0 where the system does not say."""
        return identity.private_bytes(self.pid) or 0

    def as_dict(self) -> dict[str, Any]:
        """Return what the state file says about this worker."""
        return {
            "state": self.state,
            "pid": self.pid,
            "token": self.token,
            "started": self.started,
            "progressed": self.progressed,
            "restarts": self.restarts,
            "last_error": self.last_error,
            "facts": self.facts,
        }


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _text(line: bytes) -> str:
    return line.rstrip(b"\r").decode("utf-8", "backslashreplace")

"""A throw-away world for one test: a person's folder, Simple Memory's home, an agent's folder, and the program.

Not a test. Fixture `world` in conftest.py hands it out.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simple_memory import config

BOUND_S = 20.0
"""How long anything in a test may take before it counts as stuck."""


def most_memory(process: int | str) -> int:
    """Return the most memory that a process held, in kB; "self" for this one.

    Not `ru_maxrss`: that of a fresh process begins with what the process held that started it.
    """
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


class World:
    """Everything that one test may touch. `home` is Simple Memory's, `user` the person's, `claude` the agent's."""

    def __init__(self, root: Path) -> None:
        """Make the folders of the person and of the agent under `root`; Simple Memory's home is not made."""
        self.root = root
        self.user = root / "user"
        self.claude = self.user / ".claude"
        self.projects = self.claude / "projects"
        self.home = config.Home(str(root / "memory"))
        self.projects.mkdir(parents=True)
        self.variables = {
            "HOME": str(self.user),
            "SIMPLE_MEMORY_HOME": self.home.root,
            "CLAUDE_CONFIG_DIR": str(self.claude),
        }
        self._started: list[subprocess.Popen[str]] = []

    def command(self, *arguments: str) -> list[str]:
        """Return the command line that runs the program with `arguments`."""
        return [sys.executable, "-m", "simple_memory", *arguments]

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of a program in this world, with `more` set."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
        return {**kept, **self.variables, **more}

    def run(
        self, *arguments: str, timeout: float = BOUND_S, text: str | None = None, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the program to its end and return what it wrote; `text` is its stdin, `more` its environment."""
        return subprocess.run(
            self.command(*arguments),
            env=self.environment(**more),
            cwd=self.root,
            input=text if text is not None else "",
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def ask(self, *arguments: str, timeout: float = BOUND_S) -> Any:
        """Run the program with --json and return the answer, whatever the exit code."""
        ended = self.run(*arguments, "--json", timeout=timeout)
        assert ended.stdout, f"no answer from {arguments}: exit {ended.returncode}, stderr {ended.stderr!r}"
        return json.loads(ended.stdout)

    def spawn(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        """Start the program and return it running, stdin, stdout and stderr as pipes; it is ended after the test."""
        return self.spawn_command(self.command(*arguments), **more)

    def spawn_command(self, command: list[str], **more: str) -> subprocess.Popen[str]:
        """Start any command in this world; it is ended after the test."""
        started = subprocess.Popen(
            command,
            env=self.environment(**more),
            cwd=self.root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(started)
        return started

    def holder(self) -> int | None:
        """Return the pid that holds this world's service lock, None if nobody does."""
        return lock_holder(self.home.lock)

    def end(self) -> None:
        """End the service of this world, by the lock that it holds, and everything that `spawn` started."""
        holder = self.holder()
        if holder:
            with contextlib.suppress(ProcessLookupError):
                os.kill(holder, signal.SIGCONT)
                os.kill(holder, signal.SIGTERM)
            if not reached(lambda: self.holder() is None, 3.0):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(holder, signal.SIGKILL)
        for started in self._started:
            if started.poll() is None:
                started.kill()
            for stream in (started.stdin, started.stdout, started.stderr):
                if stream:
                    with contextlib.suppress(OSError):
                        stream.close()
            started.wait(timeout=BOUND_S)


def lock_holder(path: str) -> int | None:
    """Return the pid that holds the POSIX record lock on `path`, None if nobody does or there is no file."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind, _, _, _, pid = struct.unpack("hhqqi4x", fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
    finally:
        os.close(descriptor)
    return None if kind == fcntl.F_UNLCK else pid


def reached(condition: Callable[[], object], seconds: float = BOUND_S) -> bool:
    """Return whether `condition` came true within `seconds`; asks again every 10 ms."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def wait_for(condition: Callable[[], object], what: str, seconds: float = BOUND_S) -> None:
    """Fail with `what` unless `condition` comes true within `seconds`."""
    assert reached(condition, seconds), f"waited {seconds:g} s for: {what}"

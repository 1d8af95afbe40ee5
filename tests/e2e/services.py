"""A service for tests of its life: real processes, workers that behave or misbehave as a test asks. Not a test."""

from __future__ import annotations

import os
import signal
import subprocess
import textwrap
from pathlib import Path
from typing import Any

from simple_memory.service import identity
from tests import worlds

_PREAMBLE = """
import os, signal, sys, time
from simple_memory import config, errors
from simple_memory.daemon import link as links, tether
given = dict(zip(sys.argv[2::2], sys.argv[3::2]))
home = config.Home(given["--home"])
settings = config.load_settings(home)
assert tether.tie_to_parent(int(given["--parent"]))
link = links.Link.inherited(int(given["--link"]))

def serve(facts=lambda: {}):
    link.ready()
    link.beat(facts())
    while not link.wait(settings.heartbeat_s):
        link.beat(facts())
"""

WELL = "serve()"

SETTINGS = "heartbeat_s = 0.2\nstall_s = 2.0\n"
"""Fast enough for a test, slow enough for a busy machine."""


class Service:
    """The service of a world. `sync` and `mcp` are what its workers do, as Python (see the preamble above)."""

    def __init__(self, world: worlds.World, *, sync: str = WELL, mcp: str | None = None, pace: float = 0.05) -> None:
        """Write the workers down; nothing is started. Without `mcp` there is but one worker."""
        self.world = world
        self.home = world.home
        self._pace = pace
        self._options = ["--pace", str(pace)]
        for name, body in (("sync", sync), ("mcp", mcp)):
            if body is not None:
                file = world.root / f"{name}_stand_in.py"
                file.write_text(_PREAMBLE + textwrap.dedent(body) + "\n")
                self._options += ["--stand-in", f"{name}={file}"]
        if mcp is None:
            self._options.append("--sync-only")

    def configure(self, text: str = SETTINGS) -> None:
        """Write the home's config.toml."""
        os.makedirs(self.home.root, mode=0o700, exist_ok=True)
        Path(self.home.settings).write_text(text)

    def start(self) -> subprocess.CompletedProcess[str]:
        """Run `start --daemon`."""
        return self.world.run("start", "--daemon", *self._options)

    def started(self) -> Service:
        """Start it with the fast settings, and return it once it runs."""
        self.configure()
        ended = self.start()
        assert ended.returncode == 0, ended.stderr
        return self

    def foreground(self) -> subprocess.Popen[str]:
        """Run `start` in the foreground."""
        self.configure()
        return self.world.spawn("start", *self._options)

    def launch(self) -> list[str]:
        """Return the command line of `start --daemon`."""
        return self.world.command("start", "--daemon", *self._options)

    def status(self) -> dict[str, Any]:
        """Return the answer of `status --json`."""
        answer: dict[str, Any] = self.world.ask("status")
        return answer

    def wait_for_state(self, *states: str, seconds: float = worlds.BOUND_S) -> dict[str, Any]:
        """Return the status once its state is one of `states`."""
        answer = self.status()

        def is_there() -> bool:
            nonlocal answer
            answer = self.status()
            return answer["state"] in states

        assert worlds.reached(is_there, seconds), f"waited for {states}, it is {answer}"
        return answer

    def state(self) -> dict[str, Any]:
        """Return what the state file says."""
        from simple_memory.service import runfile

        found = runfile.read_state(self.home)
        assert found is not None
        return found

    def pid(self, name: str) -> int:
        """Return the pid of `supervisor`, `sync` or `mcp`, as status tells it."""
        answer = self.status()
        pid = answer["supervisor"]["pid"] if name == "supervisor" else answer["workers"][name]["pid"]
        assert isinstance(pid, int), answer
        return pid

    def log(self, name: str = "supervisor") -> str:
        """Return what stands in the newest log of `name`."""
        path = Path(self.home.log_file(name))
        return path.read_text() if path.exists() else ""


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to a process of this test."""
    os.kill(pid, number)


def is_gone(pid: int) -> bool:
    """Return whether the process ended."""
    return identity.look(pid) is None


def children(pid: int) -> list[tuple[int, str]]:
    """Return the children of `pid`, each with the kernel's state letter, zombies too."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                fields = Path(f"/proc/{name}/stat").read_bytes().rpartition(b")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid:
                found.append((int(name), fields[0].decode()))
    return found

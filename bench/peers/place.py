"""The throw-away place of the comparison: pinned programs from the registries, one home, no network while measuring."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
from concurrent import futures
from pathlib import Path

from bench import measure

PINNED = (
    "fast-resume==2.14.0",
    "claude-code-log==1.7.0",
    "cc-conversation-search==0.5.3",
    "agentsview==0.46.1",
    "claude-session-search==0.2.0",
    "agsearch==0.2.0",
    "claude-session-index==0.3.1",
    "embers-memory==0.2.0",
    "threadlens==1.3.0",
    "navcom==0.11.0",
    "search-claude-history==0.3.0",
)
"""From PyPI, each into an environment of its own. ripgrep is taken from the system (Debian: ripgrep)."""
PINNED_NODE = ("claude-historian-mcp==1.0.3",)
"""From npm, each into a folder of its own."""
LONGEST_INDEX_S = 240.0
"""A first index that takes longer is ended."""
LONGEST_ANSWER_S = 15.0
"""So is an answer."""
NAMED = "SIMPLE_MEMORY_BENCH_ALONE"
_IFF_UP, _SIOCGIFFLAGS, _SIOCSIFFLAGS = 0x1, 0x8913, 0x8914


class Place:
    """Folders below one folder: `user` is the person's, `projects` the transcripts, `programs` the environments."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; nothing is made."""
        self.folder = folder
        self.programs = folder / "programs"
        self.user = folder / "user"
        self.absent = folder / "absent"  # holds a sentence for each program that is not there, and why
        self.claude = self.user / ".claude"
        self.projects = self.claude / "projects"
        self.environment = {
            "HOME": str(self.user),
            "LANG": "C.UTF-8",
            "PATH": os.environ.get("PATH", ""),
            "SIMPLE_MEMORY_HOME": str(self.user / "simple-memory"),
            "TMPDIR": str(folder),
        }

    def install(self) -> list[str]:
        """Install the pinned programs, four at a time; return a sentence for each that could not be."""
        with futures.ThreadPoolExecutor(4) as pool:
            failed = [*pool.map(self._install_python, PINNED), *pool.map(self._install_node, PINNED_NODE)]
        return [sentence for sentence in failed if sentence]

    def _install_python(self, pinned: str) -> str:
        uv = str(Path(sys.executable).with_name("uv"))
        made = self.programs / pinned.partition("==")[0]
        steps = [
            [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(made)],
            [uv, "pip", "install", "--quiet", "--python", str(made / "bin" / "python"), pinned],
        ]
        if not any(_fails(step) for step in steps):
            return ""
        shutil.rmtree(made, ignore_errors=True)
        return f"{pinned} could not be installed."

    def _install_node(self, pinned: str) -> str:
        name, _, number = pinned.partition("==")
        made = self.programs / name
        made.mkdir(parents=True, exist_ok=True)
        if not _fails([shutil.which("npm") or "npm", "install", "--silent", "--prefix", str(made), f"{name}@{number}"]):
            return ""
        shutil.rmtree(made, ignore_errors=True)
        return f"{pinned} could not be installed: is there an npm?"

    def program(self, package: str, name: str) -> str:
        """Return the path of an installed program."""
        return str(self.programs / package / "bin" / name)

    def has(self, package: str) -> bool:
        """Return whether a package is installed."""
        return (self.programs / package).is_dir()

    def run(self, *command: str, **more: str) -> measure.Run:
        """Run a program in this place, with `more` in its environment."""
        return measure.run(command, {**self.environment, **more}, longest_s=LONGEST_ANSWER_S)

    def run_alone(self, *command: str, **more: str) -> measure.Run:
        """Do the same, and tell the program's own peak of memory."""
        return measure.run_alone(command, {**self.environment, **more}, longest_s=LONGEST_INDEX_S)


def _fails(step: list[str]) -> bool:
    """Return whether a command of the installation fails, or takes more than LONGEST_INDEX_S."""
    try:
        return subprocess.run(step, capture_output=True, check=False, timeout=LONGEST_INDEX_S).returncode != 0
    except (OSError, subprocess.TimeoutExpired):
        return True


def version(package: str) -> str:
    """Return the pinned version of a package."""
    return versions()[package]


def versions() -> dict[str, str]:
    """Return the pinned version of every package."""
    return dict(pinned.split("==") for pinned in (*PINNED, *PINNED_NODE))


def without_network(arguments: list[str]) -> int | None:
    """Run this module's program again with `arguments` where no network is; None where the system does not allow it.

    Where the system allows that as well, whatever the programs leave running ends with it.
    """
    unshare = shutil.which("unshare")
    if unshare is None:
        return None
    quiet = [unshare, "--user", "--map-root-user", "--net"]
    for alone in ([*quiet, "--pid", "--fork", "--kill-child", "--mount-proc"], quiet):
        if not subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
            command = [*alone, sys.executable, "-m", "bench.peers", *arguments]
            return subprocess.run(command, env={**os.environ, NAMED: "1"}, check=False).returncode
    return None


def is_alone() -> bool:
    """Return whether this process has no network; the loopback interface is brought up for those that serve on it."""
    if os.environ.get(NAMED) != "1":
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))
    return True

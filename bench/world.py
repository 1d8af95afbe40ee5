"""The place where it is measured: a corpus, a throw-away home, and the program as it is installed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any

from bench import measure
from simple_memory import config
from tests.builders import corpus

REST_S = 1.0
REST_BOUND_S = 120.0


class World:
    """Folders below one temporary folder; `claude` holds the transcripts, `home` is Simple Memory's."""

    def __init__(self, folder: Path, *, sessions: int, messages: int) -> None:
        """Write the corpus below `folder`."""
        self._settle_in(folder)
        self.claude.mkdir(parents=True)
        self.manifest = corpus.Corpus(seed=1).write(self.claude, sessions=sessions, messages=messages)
        self.bytes = measure.folder_bytes(self.claude / "projects")

    def _settle_in(self, folder: Path) -> None:
        """Say what is where below `folder`."""
        self.claude = folder / ".claude"
        self.root = folder / "memory"
        self.home = config.Home(str(self.root))
        self.environment = {
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PATH": os.environ.get("PATH", ""),
            "CLAUDE_CONFIG_DIR": str(self.claude),
            "SIMPLE_MEMORY_HOME": str(self.root),
        }

    def program(self, *arguments: str) -> measure.Run:
        """Run the installed program."""
        return measure.run([script("simple-memory"), *arguments], self.environment)

    def program_alone(self, *arguments: str) -> measure.Run:
        """Run it, and tell its own peak of memory."""
        return measure.run_alone([script("simple-memory"), *arguments], self.environment)

    def empty(self) -> None:
        """Remove Simple Memory's home, so that the next pass is a first one."""
        shutil.rmtree(self.root, ignore_errors=True)

    def bare(self) -> float:
        """Return the seconds that the interpreter alone takes: `python -c pass`."""
        return measure.run([sys.executable, "-c", "pass"], self.environment).wall

    def status(self) -> dict[str, Any]:
        """Return what `status --json` says."""
        answer: dict[str, Any] = json.loads(self.program("status", "--json").out or "{}")
        return answer

    def pids(self) -> dict[str, int]:
        """Return the pid of the supervisor and of each worker that runs."""
        found = self.status()
        parts = {"supervisor": found.get("supervisor") or {}, **(found.get("workers") or {})}
        return {name: part["pid"] for name, part in parts.items() if part and part.get("pid")}

    def at_rest(self) -> dict[str, int]:
        """Wait until no process of the service works: REST_S without 1 % of a core; return their pids.

        Goes on after REST_BOUND_S in any case.
        """
        running = self.pids()
        end = time.monotonic() + REST_BOUND_S
        while time.monotonic() < end:
            before = sum(map(measure.cpu_of, running.values()))
            time.sleep(REST_S)
            if sum(map(measure.cpu_of, running.values())) - before <= REST_S / 100:
                break
        return running

    def ask(self, statement: str) -> list[list[Any]]:
        """Return the rows, a thousand at most, that a statement of SQL gives."""
        answer: dict[str, Any] = json.loads(self.program("sql", statement, "--json").out or "{}")
        rows: list[list[Any]] = answer.get("rows", [])
        return rows

    def planted(self, surface: str) -> list[str]:
        """Return the words that stand once in the corpus, in `surface`."""
        return [each["word"] for each in self.manifest["planted"] if each["surface"] == surface]

    def lines(self) -> list[bytes]:
        """Return every line of every transcript."""
        found: list[bytes] = []
        for path in sorted(self.claude.glob("projects/**/*.jsonl")):
            found += [line for line in path.read_bytes().split(b"\n") if line]
        return found

    def clean_up(self) -> None:
        """End the service, if it still runs: by its own command, else by force, else by the pids of its status.

        One that is killed leaves a journal, which would count as the memory's size.
        """
        if not self.program("stop", "--timeout", "30").code or not self.program("stop", "--force").code:
            return
        state = self.status()
        for part in (state.get("supervisor") or {}, *(state.get("workers") or {}).values()):
            if part.get("pid"):
                os.kill(part["pid"], signal.SIGKILL)


def script(name: str) -> str:
    """Return the path of an installed program."""
    return str(Path(sysconfig.get_path("scripts")) / name)

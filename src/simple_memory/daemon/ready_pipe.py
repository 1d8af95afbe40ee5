"""How the start went, told once to whoever started the supervisor: a word and a line of JSON on an inherited pipe."""

from __future__ import annotations

import json
import os
import sys
from typing import Any


class ReadyPipe:
    """Tells READY, BUSY or ERR, once; later words are dropped. Without a pipe it tells a person on stderr."""

    def __init__(self, descriptor: int | None) -> None:
        """Take the writing end of the starter's pipe, None in the foreground."""
        self._descriptor = descriptor
        self._told = False

    def ready(self, facts: dict[str, Any]) -> None:
        """Tell that the service serves: `pid`, `workers` with their pids, and those still `preparing`."""
        if self._descriptor is None and not self._told:
            workers = ", ".join(f"{name} {pid}" for name, pid in facts["workers"].items())
            sys.stderr.write(f"Simple Memory runs: supervisor {facts['pid']}, {workers}. Ctrl-C ends it.\n")
        self._tell("READY", facts)

    def busy(self, pid: int) -> None:
        """Tell that another holds the lock."""
        if self._descriptor is None and not self._told:
            sys.stdout.write(f"Simple Memory is already running, pid {pid}.\n")
            sys.stdout.flush()
        self._tell("BUSY", {"pid": pid})

    def failed(self, code: str, message: str, hint: str) -> None:
        """Tell why the service does not start."""
        if self._descriptor is None and not self._told and code != "stopped":
            sys.stderr.write(f"{message}\n{hint}\n" if hint else f"{message}\n")
        self._tell("ERR", {"code": code, "message": message, "hint": hint})

    def _tell(self, word: str, facts: dict[str, Any]) -> None:
        if self._told:
            return
        self._told = True
        if self._descriptor is None:
            return
        try:
            os.write(self._descriptor, f"{word} {json.dumps(facts)}\n".encode("ascii"))
        except OSError:  # whoever started us did not wait
            pass
        os.close(self._descriptor)
        self._let_go_of_output()

    @staticmethod
    def _let_go_of_output() -> None:
        """Point stdout and stderr at nothing: so far they led to the starter, who would have shown our last words."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for descriptor in (1, 2):
            os.dup2(nowhere, descriptor)
        os.close(nowhere)

"""What the supervisor writes down: its own events and its workers' output, a line each; never fails, never floods."""

from __future__ import annotations

import sys
from collections.abc import Callable

from simple_memory import config
from simple_memory.daemon import line_gate, log_file
from simple_memory.service import log_lines, runfile


class Chronicle:
    """The logs of the supervisor and of each worker. `trouble` says why a line could not be written, if so."""

    def __init__(
        self,
        home: config.Home,
        names: tuple[str, ...],
        *,
        limit_bytes: int,
        clock: Callable[[], float],
        form: str = log_lines.LOGFMT,
    ) -> None:
        """Share `limit_bytes` among the logs of `names`, lines in `form` (see log_lines).

        `clock` counts seconds and does not jump.
        """
        self._clock = clock
        self._form = form
        share = limit_bytes // len(names)
        self._files = {name: log_file.LogFile(home.log_file(name), share) for name in names}
        self._gates = {name: line_gate.LineGate(clock()) for name in names}
        self._is_open = True
        self.echo = False  # in the foreground without a terminal, events are shown on stderr too

    @property
    def trouble(self) -> str:
        """Why the last line of some log could not be written; empty if all could."""
        return next((file.trouble for file in self._files.values() if file.trouble), "")

    def note(self, text: str, level: str = log_lines.INFO) -> None:
        """Write an event of the supervisor's own."""
        self._write(runfile.SUPERVISOR, level, text, {})
        if self.echo:
            sys.stderr.write(f"{runfile.iso_now()} {text}\n")

    def output(self, name: str, line: str) -> None:
        """Write a line that the worker `name` printed, unless it prints too many."""
        for admitted in self._gates[name].admit(line, self._clock()):
            self._write(name, *log_lines.parts_of_output(admitted))

    def settle(self) -> None:
        """Say what was left out; call it every few seconds."""
        for name, gate in self._gates.items():
            for line in gate.settle(self._clock()):
                self._write(name, *log_lines.parts_of_output(line))

    def stop_writing(self) -> None:
        """Write nothing any more: the home is gone, or another's."""
        self.close()
        self._is_open = False

    def close(self) -> None:
        """Say what was left out, and close the files."""
        for name, gate in self._gates.items():
            for line in gate.settle(self._clock() + 1):
                self._write(name, *log_lines.parts_of_output(line))
            self._files[name].close()

    def _write(self, name: str, level: str, text: str, facts: dict[str, str]) -> None:
        if not self._is_open:
            return
        file = self._files[name]
        file.check_place()
        if file.write(self._line(name, level, text, facts)):
            lost = file.take_lost()
            if lost:
                file.write(self._line(name, log_lines.WARNING, f"{lost} lines before this could not be written", {}))

    def _line(self, name: str, level: str, text: str, facts: dict[str, str]) -> str:
        return log_lines.write(self._form, time=runfile.iso_now(), level=level, name=name, text=text, facts=facts)

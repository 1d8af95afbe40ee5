"""The contract that every source keeps, and the registry of sources; no source's own knowledge."""

from __future__ import annotations

from typing import Protocol

import msgspec

from simple_memory import model


class BadPart(msgspec.Struct, frozen=True):
    """Bytes of a line that are no record: where in the line, how many, and why."""

    offset: int
    length: int
    reason: str


class Line(msgspec.Struct, frozen=True):
    """What one line told: its records in order (usually one), and the parts that are none (usually nothing)."""

    readings: tuple[model.Reading, ...] = ()
    bad: tuple[BadPart, ...] = ()


class Source(Protocol):
    """What the sync needs to know of one agent. Pure but for `roots`: no file is opened here."""

    @property
    def agent(self) -> str:
        """The agent's name in the store, for instance "claude-code"."""
        ...

    def roots(self) -> list[str]:
        """Return the folders to look in and to watch, absolute; they need not exist."""
        ...

    def place(self, root: str, path: str) -> model.Place | None:
        """Return what the file at `path` (absolute, below `root`) is; None for a file that is not ours to read."""
        ...

    def read_line(self, line: bytes, place: model.Place) -> Line:
        """Return what `line` (without its LF) of a LINES file told. Never raises for any bytes."""
        ...

    def read_whole(self, content: bytes, place: model.Place) -> Line:
        """Return what the `content` of a WHOLE file told. Never raises for any bytes."""
        ...

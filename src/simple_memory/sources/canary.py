"""Our own test transcript: one file that is read like any other, and tells nothing (docs/decisions/0005-canary.md)."""

from __future__ import annotations

from simple_memory import model
from simple_memory.sources import source

AGENT = "canary"


class Canary:
    """The source of the one file in `folder`. It is in no registry: only a process that stays reads it."""

    def __init__(self, folder: str) -> None:
        """Take the folder's path, absolute."""
        self._folder = folder

    @property
    def agent(self) -> str:
        """The name in the store; nothing of this name is ever counted."""
        return AGENT

    def roots(self) -> list[str]:
        """Return the folder; it need not exist."""
        return [self._folder]

    def place(self, root: str, path: str) -> model.Place | None:  # noqa: ARG002 — the contract's
        """Return what the file at `path` is; None for anything that is no transcript."""
        return model.Place(AGENT, model.Form.LINES, None) if path.endswith(".jsonl") else None

    def read_line(self, line: bytes, place: model.Place) -> source.Line:  # noqa: ARG002
        """Return nothing, for any line: it has no messages."""
        return source.Line()

    def read_whole(self, content: bytes, place: model.Place) -> source.Line:  # noqa: ARG002
        """Return nothing: there is no such file."""
        return source.Line()

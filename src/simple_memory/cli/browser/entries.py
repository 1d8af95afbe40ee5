"""What a message is on the screen: texts that are safe to show, marked, and it in one line; only types."""

from __future__ import annotations

from typing import NamedTuple

Span = tuple[int, int, str]
"""Where in a text, and the name of a style."""


class Block(NamedTuple):
    """One text of a message, safe to show. `kind`: text, code, quiet, given, result, failed or diff."""

    kind: str
    text: str
    marks: tuple[tuple[int, int], ...] = ()
    inks: tuple[Span, ...] = ()
    label: str = ""


class Entry(NamedTuple):
    """One message. `gist` says it in one line; `tools` are the names of those that it called; `failed` counts."""

    position: int
    role: str
    kind: str
    when: str
    is_noise: bool
    starts_turn: bool
    gist: str
    tools: tuple[str, ...]
    failed: int
    blocks: tuple[Block, ...]

    @property
    def is_hit(self) -> bool:
        """Whether anything in it is marked."""
        return any(block.marks for block in self.blocks)

    @property
    def text(self) -> str:
        """What is copied: all of its texts."""
        return "\n\n".join(block.text for block in self.blocks)

"""What a session's pages fold: which messages are a model's work between what was said, and what they come to; pure."""

from __future__ import annotations

from collections import Counter

from simple_memory.cli import output, render
from simple_memory.store.rows import CallRow, MessageRow

BY_TOOLS = frozenset({"tool_call", "tool_result"})
BESIDE = frozenset({"attachment", "note"})
"""Roles of what stands beside what was said."""
_NAMED = 6
"""Tools that the line of a run of work names at most."""


def is_work(message: MessageRow) -> bool:
    """Return whether a message says nothing itself: it thinks, calls tools, brings results, or stands beside."""
    if message.position is None:
        return False
    if message.kind == "thinking" or message.role in BESIDE:
        return True
    return message.kind in BY_TOOLS and not message.text.strip()


def gist(call: CallRow) -> str:
    """Return what tells a call from others: the file, or the first words of its input."""
    if call.path:
        return call.path

    from simple_memory.store import tool_input

    return " ".join(tool_input.words((call.input or "")[:4000])[:3])


class Work:
    """A run of such messages, counted: what its one line says."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.first: int | None = None
        self.last: int | None = None
        self.messages = 0
        self._tools: Counter[str] = Counter()
        self._thoughts = self._failed = self._characters = self._media = 0

    @property
    def calls(self) -> int:
        """How many tools were called."""
        return self._tools.total()

    def add(self, message: MessageRow) -> None:
        """Count a message in."""
        self.messages += 1
        self.first = message.position if self.first is None else self.first
        self.last = message.position
        self._thoughts += message.kind == "thinking"
        self._media += len(message.media)
        self._tools.update(call.name or "?" for call in message.calls)
        self._characters += sum(len(call.input or "") for call in message.calls)
        for call in message.results:
            self._failed += call.is_error
            self._characters += len(call.result or "")

    def summary(self) -> str:
        """Return the line: "12 calls: 5 Read, 4 Bash, 3 Edit; 2 thoughts; 1 failed; 34 k characters"."""
        told = [
            self._called(),
            render.amount(self._thoughts, "thought") if self._thoughts else "",
            render.amount(self._media, "image") if self._media else "",
            f"{self._failed:,} failed" if self._failed else "",
            render.size(self._characters) if self._characters else "",
        ]
        return "; ".join(filter(None, told)) or render.amount(self.messages, "note")

    def _called(self) -> str:
        """Return how many tools were called, and which ones most; "" for none."""
        if not self.calls:
            return ""
        if len(self._tools) == 1:
            return render.amount(self.calls, f"{output.safe(next(iter(self._tools)))} call")
        named = ", ".join(f"{number:,} {output.safe(name)}" for name, number in self._tools.most_common(_NAMED))
        more = ", …" if len(self._tools) > _NAMED else ""
        return f"{render.amount(self.calls, 'call')}: {named}{more}"

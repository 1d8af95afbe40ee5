"""What a transaction has just written, as documents for the index: out of memory, without reading it back.

They are the documents that `documents.read_documents` would read from the tables. Where what was written changes older
rows, only the tables can tell: then there are none, and whoever indexes reads.
"""

from __future__ import annotations

from typing import Any

from simple_memory import model
from simple_memory.store import documents, session_rows, tool_input, tool_rows

Called = tuple[tool_rows.CallRow, model.ToolCall]
Answered = tuple[tool_rows.CallRow, model.ToolResult]

_ROLES = {role: role.value for role in model.Role}
"""Asking a member for its value takes six times as long."""


class Fresh:
    """The messages of one transaction, in the order of their ids."""

    def __init__(self) -> None:
        """Begin empty."""
        self._messages: list[
            tuple[int, session_rows.SessionRow | None, model.Message, list[Called], list[Answered]]
        ] = []
        self._is_told = True
        self.above: int | None = None
        self.up_to = 0

    def begin_at(self, next_id: int) -> None:
        """Say which id the next message gets."""
        if self.above is None:
            self.above = next_id - 1
            self.up_to = next_id - 1

    def take(
        self,
        message_id: int,
        session: session_rows.SessionRow | None,
        message: model.Message,
        calls: list[Called],
        results: list[Answered],
    ) -> None:
        """Take a message that is no copy, whole, with those calls and results whose rows it owns."""
        self.up_to = message_id
        self._messages.append((message_id, session, message, calls, results))

    def skip(self, message_id: int) -> None:
        """Take it that `message_id` is a copy, which has no document."""
        self.up_to = message_id

    def give_up(self) -> None:
        """Take it that a row changed of which a document was, or may have been, made."""
        self._is_told = False

    def documents(self) -> list[documents.Document] | None:
        """Return the documents as of now, the end of the transaction; None where only the tables can tell."""
        if not self._is_told:
            return None
        return [_document(*taken) for taken in self._messages]


def _document(
    message_id: int,
    session: session_rows.SessionRow | None,
    message: model.Message,
    calls: list[Called],
    results: list[Answered],
) -> documents.Document:
    names: tuple[str, ...] = ()
    given = tool = ""
    if calls or results:
        calls, results = _in_order(calls), _in_order(results)
        names = tuple([row.name for row, _ in (*calls, *results) if row.name])
        given, tool = _words_given(calls), _words_given_back(results)
    spoken, role, kind = message.text, _ROLES[message.role], message.kind
    if documents.is_noise(role, kind):
        spoken, tool = "", _noise_of(message, tool)
    owner = (session.id, session.project_id, session.agent) if session else (0, 0, "")
    time_ms = documents.to_ms(message.timestamp or (session.ended_at if session else None)) or 0
    return documents.Document(message_id, *owner, role, kind, names, time_ms, spoken, given, tool)


def _noise_of(message: model.Message, tool: str) -> str:
    """Return what an attachment says, with what tools gave back, as one text of a tool."""
    words = [message.leaf or message.name or "", message.text]
    return "\n".join([*words, tool] if tool else words)


def _words_given(calls: list[Called]) -> str:
    words: list[str] = []
    for row, call in calls:
        words.append(row.name or "")
        if not documents.is_ours(row.name, call.input):
            words += tool_input.words(call.input)
    return "\n".join(words)


def _words_given_back(results: list[Answered]) -> str:
    told: list[str] = []
    for row, part in results:
        if not documents.is_ours(row.name, row.input):
            told += filter(None, (part.text, part.extra))
    return "\n".join(told)


def _in_order(parts: list[Any]) -> list[Any]:
    """Return (row, part) in the order of the rows' ids, which new rows have yet to get."""
    return parts if len(parts) < 2 else sorted(parts, key=lambda part: part[0].order)

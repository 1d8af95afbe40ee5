"""A session as Markdown, to keep or to pass on; not HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from simple_memory.cli import output, render, show_html
from simple_memory.store.rows import CallRow, MessageRow, SessionRow

_FOLDED = frozenset({"thinking", "meta", "compact_summary", "injected"})
_FENCE = re.compile(r"`{3,}")
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~])")


def markdown(
    session: SessionRow, messages: Iterable[MessageRow], subagents: list[SessionRow], *, full: bool
) -> Iterator[str]:
    """Yield a session as Markdown. What was not said is fenced; `full` gives inputs and outputs of tools whole."""
    yield f"# {_inline(session.title or session.session)}"
    yield ""
    named = [("Sub-agent", f"{row.session} {row.title or ''}".strip()) for row in subagents]
    for name, value in [*show_html.facts(session), *named]:
        yield f"- {name}: {_inline(value)}"
    for message in messages:
        yield ""
        yield from _message(message, full=full)


def _message(message: MessageRow, *, full: bool) -> Iterator[str]:
    place = "" if message.position is None else f"{message.position} "
    yield f"## {place}{message.role} {message.kind} {render.when(message.timestamp)}".rstrip()
    if message.name:
        yield f"File: {_inline(message.name)}"
    if message.text:
        yield ""
        yield from _said(message)
    for call in message.calls:
        yield ""
        yield f"**{_inline(call.name or '?')}**"
        yield from _fenced(_whole_or_short(call.input or "", full), "json")
    for call in message.results:
        yield ""
        yield from _result(call, full=full)


def _result(call: CallRow, *, full: bool) -> Iterator[str]:
    yield f"**{'Failed' if call.is_error else 'Result'}**{_stored(call)}"
    for text in filter(None, (call.result, call.extra)):
        yield from _fenced(_whole_or_short(text, full), "")


def _said(message: MessageRow) -> list[str]:
    if message.kind in _FOLDED or message.role == "attachment":
        return _fenced(message.text, "")
    return [output.safe(message.text, lines=True)]


def _stored(call: CallRow) -> str:
    return f" off-loaded: {_inline(call.output_name)}" if call.output_name else ""


def _inline(text: str) -> str:
    return _MARKUP.sub(r"\\\1", " ".join(output.safe(text, lines=True).split()))


def _whole_or_short(text: str, full: bool) -> str:
    most = 2000
    if full or len(text) <= most:
        return text
    return f"{text[:most]}\n… {render.size(len(text) - most)} more"


def _fenced(text: str, language: str) -> list[str]:
    """Return a text between fences that it cannot close."""
    fence = "`" * max(3, *(len(run) + 1 for run in _FENCE.findall(text)), 3)
    return [f"{fence}{language}", output.safe(text, lines=True), fence]

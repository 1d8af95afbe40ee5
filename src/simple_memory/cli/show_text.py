"""A session as text for a terminal: what was said in full, tools and thinking folded; not HTML or Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simple_memory.cli import output, render
from simple_memory.store.rows import CallRow, MessageRow, SessionRow

_STYLES = {"user": "green", "assistant": "blue", "system": "yellow"}
_FOLDED_LINES = 4
"""Lines of thinking, and of what was put beside a prompt, that are shown when folded."""
_BY_TOOLS = frozenset({"tool_call", "tool_result"})
_BESIDE = frozenset({"attachment", "note"})
_TYPED = frozenset({"prompt", "command"})


def lines(
    session: SessionRow,
    messages: Iterable[MessageRow],
    subagents: list[SessionRow],
    *,
    marked: int | None,
    full: bool,
) -> Iterator[str]:
    """Yield the lines of a session. `marked` is the position that was asked for; `full` folds nothing."""
    yield from _head(session, subagents)
    for message in messages:
        if message.position is None:
            yield from _beside(message, full)
        else:
            yield from _message(message, is_marked=message.position == marked, full=full or message.position == marked)


def _head(session: SessionRow, subagents: list[SessionRow]) -> Iterator[str]:
    yield output.paint(render.one_line(session.title or "(no title)", render.width()), "bold")
    facts = [
        session.session,
        session.project,
        session.agent,
        session.model or "",
        f"branch {session.branch}" if session.branch else "",
        f"{render.when(session.started_at)} – {render.when(session.ended_at)}",
        render.amount(session.shown, "message"),
        f"of {session.parent}" if session.parent else "",
        "deleted at its source" if session.deleted_at_source else "",
    ]
    yield output.paint(output.safe("  ".join(fact for fact in facts if fact)), "dim")
    for row in subagents:
        yield output.paint(
            f"sub-agent {render.short_id(row.session)}  {render.amount(row.shown, 'message')}  "
            f"{render.one_line(row.title, 60)}".rstrip(),
            "dim",
        )


def _beside(message: MessageRow, full: bool) -> Iterator[str]:
    """Yield what stands beside the order: folded, one line that names it."""
    if full:
        yield from _message(message, is_marked=False, full=True)
    elif message.kind == "tool_output":
        name = output.safe(message.name or "?")
        yield output.paint(f"off-loaded output {name}  {render.size(len(message.text))}", "dim")


def _message(message: MessageRow, *, is_marked: bool, full: bool) -> Iterator[str]:
    if message.role in _BESIDE and not full:
        said = f"{_number(message, is_marked)} {message.role} {message.kind}  {render.one_line(message.text, 80)}"
        yield output.paint(said.rstrip(), "dim")
        return
    if not (message.kind in _BY_TOOLS and not message.text and not is_marked):
        yield ""
        yield _title(message, is_marked)
        yield from _body(message, full)
    for call in message.calls:
        yield from _call(message, call, full)
    for call in message.results:
        yield from _result(call, full)
    for media in message.media:
        yield output.paint(f"    [{media.kind} {media.media_type or ''} {media.size_bytes:,} bytes]", "dim")


def _number(message: MessageRow, is_marked: bool) -> str:
    sign = "▶" if is_marked else " "
    return f"{sign}{'' if message.position is None else message.position}"


def _title(message: MessageRow, is_marked: bool) -> str:
    kind = "" if message.kind in {"prompt", "reply"} else f" {message.kind}"
    said = f"{_number(message, is_marked)} {message.role}{kind}"
    time = output.paint(render.when(message.timestamp), "dim")
    return f"{output.paint(output.safe(said), _STYLES.get(message.role, 'dim'))}  {time}"


def _body(message: MessageRow, full: bool) -> Iterator[str]:
    text = output.safe(message.text.strip("\n"), lines=True)
    if not text.strip():
        return
    shown = text.split("\n")
    folds = message.kind == "thinking" or (message.role != "assistant" and message.kind not in _TYPED)
    if folds and not full and len(shown) > _FOLDED_LINES + 1:
        hidden = len(shown) - _FOLDED_LINES
        shown = [*shown[:_FOLDED_LINES], f"… {render.amount(hidden, 'more line')}"]
    for line in shown:
        yield output.paint(f"  {line}", "dim") if folds and line else f"  {line}".rstrip()


def _call(message: MessageRow, call: CallRow, full: bool) -> Iterator[str]:
    name = output.paint(output.safe(call.name or "?"), "cyan")
    if full:
        yield f"  {message.position} → {name}"
        yield from _indented(call.input or "")
    else:
        yield f"  {message.position} → {name} {render.one_line(_gist(call), max(20, render.width() - 40))}".rstrip()


def _result(call: CallRow, full: bool) -> Iterator[str]:
    text = call.result or ""
    sign = output.paint("← failed", "red") if call.is_error else "←"
    length = f"{render.amount(text.count(chr(10)) + 1, 'line')}, {render.size(len(text))}" if text else "nothing"
    stored = f"  off-loaded: {output.safe(call.output_name)}" if call.output_name else ""
    if full:
        yield f"    {sign} {length}{stored}"
        yield from _indented(text)
        if call.extra:
            yield output.paint("    beyond what the model saw:", "dim")
            yield from _indented(call.extra)
    else:
        gist = render.one_line(text, 60) if call.is_error or len(text) <= 200 else length
        yield output.paint(f"    {sign} {gist}{stored}", "dim")


def _indented(text: str) -> Iterator[str]:
    for line in output.safe(text, lines=True).split("\n"):
        yield f"      {line}".rstrip()


def _gist(call: CallRow) -> str:
    """Return what tells a call from others: the file, or the first words of its input."""
    if call.path:
        return call.path
    from simple_memory.store import documents

    return " ".join(documents.input_words((call.input or "")[:4000])[:3])

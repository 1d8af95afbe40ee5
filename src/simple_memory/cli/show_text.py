"""A session as text for a terminal: what was said in full, tools and thinking folded; not HTML or Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simple_memory.cli import cells, folding, output, render
from simple_memory.store.rows import CallRow, MediaRow, MessageRow, SessionRow

_STYLES = {"user": "green", "assistant": "blue", "system": "yellow"}
_FOLDED_LINES = 4
_NARROWEST = 20
"""Lines of thinking, and of what was put beside a prompt, that are shown when folded."""
_LISTED_CALLS = 4
"""Calls in a row that are listed; more become one line, where no place was asked for."""
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
    text = _Text(full=full, marked=marked)
    for message in messages:
        yield from text.of(message)
    yield from text.end_work()


class _Text:
    """Writes one message after another; a result stands with its call, and many calls in a row are one line."""

    def __init__(self, *, full: bool, marked: int | None) -> None:
        self._full = full
        self._marked = marked
        self._told: set[int] = set()  # ids of the calls whose results were shown beside them
        self._work = folding.Work()
        self._listed: list[str] = []

    def of(self, message: MessageRow) -> Iterator[str]:
        """Yield the lines of a message, or keep them until its run of work ends."""
        if self._full or self._marked is not None or not folding.is_work(message):
            yield from self.end_work()
            yield from self._lines_of(message)
            return
        self._work.add(message)
        if self._work.calls <= _LISTED_CALLS:
            self._listed.extend(self._lines_of(message))
        else:
            self._listed.clear()
            self._told.update(call.id for call in message.calls)

    def end_work(self) -> Iterator[str]:
        """Yield the run of work that ends here, in one line where it is long."""
        if self._work.calls <= _LISTED_CALLS:
            yield from self._listed
        else:
            yield ""
            place = f"{self._work.first}–{self._work.last}"
            yield output.paint(f"  {place} → {self._work.summary()}", "dim")
        self._work, self._listed = folding.Work(), []

    def _lines_of(self, message: MessageRow) -> Iterator[str]:
        is_marked = message.position is not None and message.position == self._marked
        if message.position is None:
            yield from self._beside(message)
        else:
            yield from self._message(message, is_marked=is_marked, full=self._full or is_marked)

    def _beside(self, message: MessageRow) -> Iterator[str]:
        """Yield what stands beside the order: folded, one line that names it."""
        if self._full:
            yield from self._message(message, is_marked=False, full=True)
        elif message.kind == "tool_output":
            name = output.safe(message.name or "?")
            yield output.paint(f"off-loaded output {name}  {render.size(len(message.text))}", "dim")

    def _message(self, message: MessageRow, *, is_marked: bool, full: bool) -> Iterator[str]:
        if message.role in folding.BESIDE and not full:
            what = f"{_number(message, is_marked)} {message.role} {message.kind}"
            room = max(_NARROWEST, min(80, render.width() - cells.width(what) - 2))
            yield output.paint(f"{what}  {render.one_line(message.text, room)}".rstrip(), "dim")
            return
        if is_marked or not _is_bare(message):
            yield ""
            yield _title(message, is_marked)
            yield from _body(message, full)
        for call in message.calls:
            self._told.add(call.id)
            yield from _call(message, call, full)
        for call in message.results:
            if is_marked or call.id not in self._told:
                yield from _result(call, full)
        yield from map(_media, message.media)


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
    for line in _joined([output.safe(fact) for fact in facts if fact], render.room()):
        yield output.paint(line, "dim")
    for row in subagents:
        yield output.paint(
            f"sub-agent {render.short_id(row.session)}  {render.amount(row.shown, 'message')}  "
            f"{render.one_line(row.title, 60)}".rstrip(),
            "dim",
        )


def _joined(facts: list[str], room: int | None) -> list[str]:
    """Return facts side by side in lines of `room` columns; None: in one line."""
    lines: list[str] = []
    for fact in facts:
        if lines and (room is None or cells.width(lines[-1]) + 2 + cells.width(fact) <= room):
            lines[-1] += f"  {fact}"
        else:
            lines.append(fact)
    return lines


def _is_bare(message: MessageRow) -> bool:
    """Return whether a message is nothing but its calls or results, so that these need no title."""
    return message.kind in folding.BY_TOOLS and not message.text


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
    """Yield a call with what it gave back: one line, or with `full` all of both."""
    name = output.paint(output.safe(call.name or "?"), "cyan")
    if full:
        yield f"  {message.position} → {name}"
        yield from _indented(call.input or "")
        if call.result is not None:
            yield from _result(call, full)
        return
    room = max(20, render.width() - 50)
    line = f"  {message.position} → {name} {render.one_line(folding.gist(call), room)}".rstrip()
    yield f"{line}  {_outcome(call)}" if call.result is not None else line


def _outcome(call: CallRow) -> str:
    """Return what a call gave back in a few words: itself if it is short or an error, else its size."""
    text = call.result or ""
    sign = output.paint("← failed", "red") if call.is_error else "←"
    length = f"{render.amount(text.count(chr(10)) + 1, 'line')}, {render.size(len(text))}" if text else "nothing"
    words = render.one_line(text, 60) if call.is_error or 0 < len(text) <= 60 else length
    stored = f"  off-loaded: {output.safe(call.output_name)}" if call.output_name else ""
    return f"{sign} {output.paint(words + stored, 'dim')}"


def _result(call: CallRow, full: bool) -> Iterator[str]:
    yield f"    {_outcome(call)}"
    if not full:
        return
    yield from _indented(call.result or "")
    if call.extra:
        yield output.paint("    beyond what the model saw:", "dim")
        yield from _indented(call.extra)


def _media(media: MediaRow) -> str:
    return output.paint(f"    [{media.kind} {media.media_type or ''} {media.size_bytes:,} bytes]", "dim")


def _indented(text: str) -> Iterator[str]:
    for line in output.safe(text, lines=True).split("\n"):
        yield f"      {line}".rstrip()

"""A session as one HTML file that stands alone: what was said is open, the work between is folded, code has colours.

Everything stored is escaped; nothing is loaded, and nothing runs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from simple_memory.cli import folding, highlight, page_html, render
from simple_memory.store import edits
from simple_memory.store.rows import CallRow, MessageRow, SessionRow

Told = tuple[SessionRow, Iterable[MessageRow]]
"""A session with its messages in order."""

_FOLDED = frozenset({"thinking", "meta", "compact_summary", "injected"})
_FENCED = re.compile(r"^(`{3,})([^\n`]*)\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
_NUMBERED = re.compile(r"^([ \t]*\d+)(?:\u2192|\t)", re.MULTILINE)
_LARGEST_RUN = 200
"""Messages of work that are folded together, so that memory stays bounded."""
_COMMAND = ("Bash", "shell", "exec_command", "local_shell")


def page(
    told: Told,
    subagents: Sequence[SessionRow],
    inner: Iterable[Told] = (),
    *,
    full: bool,
    link: Callable[[str], str] | None = None,
    contents: str | None = None,
) -> Iterator[str]:
    """Yield a session as a page; `full` leaves nothing folded.

    `inner` are sub-agents to be told in it. Where each session has a page of its own, `link` gives its address, and
    `contents` is that of the page that lists them.
    """
    session, messages = told
    colours = highlight.Highlighter()
    yield from page_html.begin(render.one_line(session.title or session.session, 200), colours.style())
    if link:
        yield from _ways_up(session, link, contents)
    address = link or (lambda one: f"#{_slug(one)}")
    told_here = {row.session for row in subagents} if inner or link else set()
    yield from _facts(session, subagents, address if told_here else None)
    ways = {row: address(row) for row in told_here}
    yield from _Section(colours, _ways(subagents, ways), full=full).lines(messages)
    for row, its in inner:
        yield f'<section id="{_slug(row.session)}"><h1>Sub-agent {_escape(render.one_line(row.title, 200))}</h1>'
        yield from _facts(row, (), None)
        yield from _Section(colours, {}, full=full, prefix=_slug(row.session)).lines(its)
        yield "</section>"
    yield page_html.end()


def contents(sessions: Sequence[SessionRow], link: Callable[[str], str]) -> Iterator[str]:
    """Yield the page that lists sessions, by project, in their order; `link` gives the address of each one's page."""
    yield from page_html.begin("Sessions")
    projects: dict[str, list[SessionRow]] = {}
    for row in sessions:
        projects.setdefault(row.project, []).append(row)
    for project, rows in projects.items():
        yield f"<section><h2>{_escape(project)}</h2><ul>"
        for row in rows:
            title = _escape(render.one_line(row.title or "(no title)", 120))
            told = _escape(f"{render.when(row.ended_at)}, {render.amount(row.shown, 'message')}")
            yield f'<li><a href="{_escape(link(row.session))}">{title}</a> <span class="faint">{told}</span></li>'
        yield "</ul></section>"
    yield page_html.end()


def _ways_up(session: SessionRow, link: Callable[[str], str], contents: str | None) -> Iterator[str]:
    """Yield the links from a session's own page to the list and to the session that started it."""
    if contents:
        yield f'<p><a href="{_escape(contents)}">All sessions</a></p>'
    if session.parent and session.kind == "subagent":
        yield f'<p><a href="{_escape(link(session.parent))}">The session that started it</a></p>'


def _ways(subagents: Sequence[SessionRow], addresses: dict[str, str]) -> dict[str, str]:
    """Return where a call leads that started a sub-agent: by the sub-agent's own id, and by its first words."""
    found = {}
    for row in subagents:
        if row.session in addresses:
            found[row.session.rpartition("agent-")[2]] = addresses[row.session]
            if row.title:
                found[row.title] = addresses[row.session]
    return found


def _facts(session: SessionRow, subagents: Sequence[SessionRow], address: Callable[[str], str] | None) -> Iterator[str]:
    yield "<dl>"
    for name, value in facts(session):
        yield f"<div>{name}: {_escape(value)}</div>"
    for row in subagents:
        shown = _escape(f"{row.session} {row.title or ''}".strip())
        way = f'<a href="{_escape(address(row.session))}">{shown}</a>' if address else shown
        yield f"<div>Sub-agent: {way}</div>"
    yield "</dl>"


def facts(session: SessionRow) -> list[tuple[str, str]]:
    """Return what is known of a session, as (name, value)."""
    known = [
        ("Session", session.session),
        ("Project", session.project),
        ("Agent", " ".join(filter(None, (session.agent, session.model)))),
        ("Branch", session.branch or ""),
        ("Time", f"{render.when(session.started_at)} – {render.when(session.ended_at)}"),
        ("Sub-agent of", session.parent or ""),
    ]
    return [(name, value) for name, value in known if value]


class _Section:
    """Writes the messages of one session: what was said as articles, runs of work folded."""

    def __init__(self, colours: highlight.Highlighter, ways: dict[str, str], *, full: bool, prefix: str = "") -> None:
        self._colours = colours
        self._ways = ways
        self._open = " open" if full else ""
        self._prefix = f"{prefix}-" if prefix else ""
        self._told: set[int] = set()
        self._work = folding.Work()
        self._kept: list[str] = []

    def lines(self, messages: Iterable[MessageRow]) -> Iterator[str]:
        """Yield the messages."""
        for message in messages:
            if folding.is_work(message) and self._work.messages < _LARGEST_RUN:
                self._work.add(message)
                self._kept.append(f'<div id="{self._anchor(message)}">')
                self._kept.extend(self._parts(message))
                self._kept.append("</div>")
                continue
            yield from self._end_work()
            yield from self._article(message)
        yield from self._end_work()

    def _end_work(self) -> Iterator[str]:
        if not self._kept:
            return
        summary = _escape(self._work.summary())
        yield f"<details{self._open}><summary>{self._work.first}–{self._work.last}: {summary}</summary>"
        yield from self._kept
        yield "</details>"
        self._work, self._kept = folding.Work(), []

    def _anchor(self, message: MessageRow) -> str:
        return f"{self._prefix}m{message.position}"

    def _article(self, message: MessageRow) -> Iterator[str]:
        anchor = "" if message.position is None else f' id="{self._anchor(message)}"'
        place = "" if message.position is None else f"{message.position} "
        yield f'<article class="{_escape(message.role)}"{anchor}>'
        yield (
            f"<h2>{place}{_escape(message.role)} {_escape(message.kind)} "
            f"<time>{_escape(render.when(message.timestamp))}</time></h2>"
        )
        yield from self._parts(message)
        yield "</article>"

    def _parts(self, message: MessageRow) -> Iterator[str]:
        if message.text:
            yield from self._text(message)
        for call in message.calls:
            self._told.add(call.id)
            yield self._call(call)
        for call in message.results:
            if call.id not in self._told:
                yield self._details(_outcome(call), self._result(call), is_bad=call.is_error)
        for media in message.media:
            yield f"<p>[{_escape(media.kind)} {_escape(media.media_type or '')} {media.size_bytes:,} bytes]</p>"

    def _text(self, message: MessageRow) -> Iterator[str]:
        if message.kind in _FOLDED or message.role in folding.BESIDE:
            plain = f"<pre>{_escape(message.text)}</pre>"
            yield self._details(f"{message.name or message.kind} ({render.size(len(message.text))})", plain)
        else:
            yield from self._said(message.text)

    def _said(self, text: str) -> Iterator[str]:
        """Yield what was said, with the code in it coloured."""
        end = 0
        for fence in _FENCED.finditer(text):
            yield from _paragraph(text[end : fence.start()])
            yield self._colours.code(fence[3], fence[2].strip().split(" ")[0])
            end = fence.end()
        yield from _paragraph(text[end:])

    def _call(self, call: CallRow) -> str:
        given = edits.parse(call.input)
        body = [self._given(call, given)]
        way = self._way(call, given)
        if way:
            body.append(f'<p><a href="{_escape(way)}">its session</a></p>')
        told = f"→ {call.name or '?'} {render.one_line(folding.gist(call), 100)}"
        if call.result is not None:
            told = f"{told}  {_outcome(call)}"
            body.append(self._result(call))
        return self._details(told, "\n".join(body), is_bad=call.is_error)

    def _way(self, call: CallRow, given: dict[str, Any]) -> str | None:
        """Return the address of the sub-agent that a call started, where it tells which."""
        if not self._ways or "prompt" not in given:
            return None
        for name, way in self._ways.items():
            if name in (call.result or "") or " ".join(str(given["prompt"]).split()).startswith(name):
                return way
        return None

    def _given(self, call: CallRow, given: dict[str, Any]) -> str:
        change = edits.diff(call.path or "", given) if call.path else []
        if change:
            return self._colours.code("\n".join(change), "diff")
        if call.name in _COMMAND and isinstance(given.get("command"), str):
            return self._colours.code(given["command"], "bash")
        if given:
            return self._colours.code(json.dumps(given, ensure_ascii=False, indent=2), "json")
        return f"<pre>{_escape(call.input or '')}</pre>"

    def _result(self, call: CallRow) -> str:
        text, extra = call.result or "", call.extra
        pieces = []
        if text:
            is_code = call.path and edits.action(call.name) == edits.READ and not call.is_error
            pieces.append(self._code_with_numbers(text, call.path or "") if is_code else self._output(text))
        if extra:
            pieces.append(f"<p class=faint>Beyond what the model saw:</p><pre>{_escape(extra)}</pre>")
        return "\n".join(pieces)

    def _output(self, text: str) -> str:
        is_json = text[:1] in {"{", "["} and text.rstrip()[-1:] in {"}", "]"}
        return self._colours.code(text, "json") if is_json else f"<pre>{_escape(text)}</pre>"

    def _code_with_numbers(self, text: str, path: str) -> str:
        """Return a file's lines, coloured by its name, without the numbers that the tool put before them."""
        numbers = _NUMBERED.findall(text)
        code = _NUMBERED.sub("", text) if len(numbers) >= text.count("\n") else text
        from_line = f'<p class="faint">from line {_escape(numbers[0].strip())}</p>' if code != text else ""
        return from_line + self._colours.code(code, path)

    def _details(self, summary: str, body: str, *, is_bad: bool = False) -> str:
        style = ' class="failed"' if is_bad else ""
        return f"<details{self._open}><summary{style}>{_escape(summary)}</summary>{body}</details>"


def _paragraph(text: str) -> Iterator[str]:
    if text.strip():
        yield f'<div class="said">{_escape(text.strip(chr(10)))}</div>'


def _outcome(call: CallRow) -> str:
    told = "← failed" if call.is_error else "← result"
    stored = f" off-loaded: {call.output_name}" if call.output_name else ""
    return f"{told}{stored} ({render.size(len(call.result or ''))})"


def _slug(session: str) -> str:
    """Return a session's id as an anchor."""
    return re.sub(r"[^\w.-]+", "-", session)


_escape = page_html.escape

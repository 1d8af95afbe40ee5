"""A session as a page to keep: Markdown, or HTML that stands alone; everything stored is escaped, nothing is loaded."""

from __future__ import annotations

import html as escaping
import re
from collections.abc import Iterable, Iterator

from simple_memory.cli import output, render
from simple_memory.store.rows import CallRow, MessageRow, SessionRow

_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
article { border-left: .25rem solid #8886; padding: .1rem 1rem; margin: 1rem 0 }
article.user { border-color: #2a7 } article.assistant { border-color: #27c } article.system { border-color: #a70 }
h2 { font-size: .9rem; margin: .3rem 0; font-weight: 600 } h2 time, dl { color: #888; font-weight: 400 }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: .85rem/1.45 ui-monospace, monospace; margin: .4rem 0 }
.said { white-space: pre-wrap; overflow-wrap: anywhere } .failed { color: #c33 }
""".strip()
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_FOLDED = frozenset({"thinking", "meta", "compact_summary", "injected"})
_FENCE = re.compile(r"`{3,}")


def markdown(
    session: SessionRow, messages: Iterable[MessageRow], subagents: list[SessionRow], *, full: bool
) -> Iterator[str]:
    """Yield a session as Markdown. What was not said is fenced; `full` gives inputs and outputs of tools whole."""
    yield f"# {_inline(session.title or session.session)}"
    yield ""
    for name, value in _facts(session, subagents):
        yield f"- {name}: {_inline(value)}"
    for message in messages:
        yield ""
        place = "" if message.position is None else f"{message.position} "
        yield f"## {place}{message.role} {message.kind} {render.when(message.timestamp)}".rstrip()
        if message.name:
            yield f"`{_inline(message.name)}`"
        if message.text:
            yield ""
            yield from (
                _fenced(message.text, "")
                if message.kind in _FOLDED or message.role == "attachment"
                else [output.safe(message.text, lines=True)]
            )
        for call in message.calls:
            yield ""
            yield f"**{_inline(call.name or '?')}**"
            yield from _fenced(_whole_or_short(call.input or "", full), "json")
        for call in message.results:
            yield ""
            yield f"**{'Failed' if call.is_error else 'Result'}**{_stored(call)}"
            for text in filter(None, (call.result, call.extra)):
                yield from _fenced(_whole_or_short(text, full), "")


def html(
    session: SessionRow, messages: Iterable[MessageRow], subagents: list[SessionRow], *, full: bool
) -> Iterator[str]:
    """Yield a session as one HTML file that loads nothing. Tools and thinking are folded; `full` opens them."""
    title = _escape(render.one_line(session.title or session.session, 200))
    yield "<!doctype html>"
    yield f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
    yield f"<h1>{title}</h1><dl>"
    for name, value in _facts(session, subagents):
        yield f"<div>{_escape(name)}: {_escape(value)}</div>"
    yield "</dl>"
    for message in messages:
        yield from _article(message, full)
    yield "</body></html>"


def _article(message: MessageRow, full: bool) -> Iterator[str]:
    anchor = "" if message.position is None else f' id="m{message.position}"'
    place = "" if message.position is None else f"{message.position} "
    yield f'<article class="{_escape(message.role)}"{anchor}>'
    yield (
        f"<h2>{place}{_escape(message.role)} {_escape(message.kind)} "
        f"<time>{_escape(render.when(message.timestamp))}</time></h2>"
    )
    if message.text:
        if message.kind in _FOLDED or message.role in {"attachment", "note"}:
            yield _details(message.name or message.kind, message.text, full)
        else:
            yield f'<div class="said">{_escape(message.text)}</div>'
    for call in message.calls:
        yield _details(f"→ {call.name or '?'} {call.path or ''}", call.input or "", full)
    for call in message.results:
        told = "← failed" if call.is_error else "← result"
        whole = "\n".join(filter(None, (call.result, call.extra)))
        yield _details(f"{told}{_stored(call)}", whole, full, style="failed" if call.is_error else "")
    for media in message.media:
        yield f"<p>[{_escape(media.kind)} {_escape(media.media_type or '')} {media.size_bytes:,} bytes]</p>"
    yield "</article>"


def _details(summary: str, text: str, is_open: bool, style: str = "") -> str:
    opened = " open" if is_open else ""
    return (
        f'<details{opened}><summary class="{style}">{_escape(summary)} ({render.size(len(text))})</summary>'
        f"<pre>{_escape(text)}</pre></details>"
    )


def _facts(session: SessionRow, subagents: list[SessionRow]) -> list[tuple[str, str]]:
    facts = [
        ("Session", session.session),
        ("Project", session.project),
        ("Agent", " ".join(filter(None, (session.agent, session.model)))),
        ("Branch", session.branch or ""),
        ("Time", f"{render.when(session.started_at)} – {render.when(session.ended_at)}"),
        ("Sub-agent of", session.parent or ""),
    ]
    facts += [("Sub-agent", f"{row.session} {row.title or ''}".strip()) for row in subagents]
    return [(name, value) for name, value in facts if value]


def _stored(call: CallRow) -> str:
    return f" off-loaded: {_inline(call.output_name)}" if call.output_name else ""


def _inline(text: str) -> str:
    return " ".join(output.safe(text, lines=True).split())


def _whole_or_short(text: str, full: bool) -> str:
    most = 2000
    if full or len(text) <= most:
        return text
    return f"{text[:most]}\n… {render.size(len(text) - most)} more"


def _fenced(text: str, language: str) -> list[str]:
    """Return a text between fences that it cannot close."""
    fence = "`" * max(3, *(len(run) + 1 for run in _FENCE.findall(text)), 3)
    return [f"{fence}{language}", output.safe(text, lines=True), fence]


def _escape(text: str) -> str:
    return escaping.escape(output.safe(text, lines=True), quote=True)

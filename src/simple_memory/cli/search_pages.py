"""An answer of the search as a page to keep: Markdown, or HTML that stands alone; what is stored is escaped."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from simple_memory.cli import output, page_html, render
from simple_memory.search import retrieve

_MARK = re.compile("[\x02\x03]")
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~])")


def markdown(answer: retrieve.Answer) -> Iterator[str]:
    """Yield the hits as Markdown: a heading per session, a quotation per hit, what matched in bold."""
    yield f"# Search: {_plain(answer.query)}"
    yield ""
    yield f"{render.amount(answer.total, 'message')}; {_fresh(answer)}"
    for _, hits in _by_session(answer):
        yield ""
        yield f"## {_plain(hits[0].title or hits[0].session)}"
        for hit in hits:
            yield ""
            yield f"`{render.cite(hit.session, hit.position)}` · {_plain(' · '.join(_facts(hit)))}"
            yield ""
            yield f"> {_marked(_plain(hit.snippet.replace(chr(10), ' '), keep=True), '**', '**')}"
    yield from ("", *(_plain(note) for note in answer.notes))


def html(answer: retrieve.Answer) -> Iterator[str]:
    """Yield the hits as one HTML file that loads nothing, what matched in `<mark>`."""
    yield from page_html.begin(f"Search: {render.one_line(answer.query, 200)}")
    yield f'<p class="faint">{render.amount(answer.total, "message")}; {page_html.escape(_fresh(answer))}</p>'
    for note in answer.notes:
        yield f'<p class="faint">{page_html.escape(note)}</p>'
    for _, hits in _by_session(answer):
        yield f"<section><h1>{page_html.escape(render.one_line(hits[0].title or hits[0].session, 200))}</h1>"
        for hit in hits:
            yield f'<article class="{page_html.escape(hit.role)}">'
            cited = page_html.escape(render.cite(hit.session, hit.position))
            yield f"<h2><code>{cited}</code> <span class=faint>{page_html.escape(' · '.join(_facts(hit)))}</span></h2>"
            marked = _MARK.split(hit.snippet)
            pieces = [page_html.escape(piece) for piece in marked]
            shown = "".join(f"<mark>{piece}</mark>" if at % 2 else piece for at, piece in enumerate(pieces))
            yield f'<div class="said">{shown}</div></article>'
        yield "</section>"
    yield page_html.end()


def _by_session(answer: retrieve.Answer) -> Iterator[tuple[str, list[retrieve.Hit]]]:
    for session, hits in itertools.groupby(answer.hits, key=lambda hit: hit.session):
        yield session, list(hits)


def _facts(hit: retrieve.Hit) -> list[str]:
    facts = [
        render.when(hit.timestamp),
        render.project_name(hit.project),
        hit.role if hit.kind == hit.role else f"{hit.role} {hit.kind}",
        f"+{hit.more:,} in this session" if hit.more else "",
    ]
    return [fact for fact in facts if fact]


def _fresh(answer: retrieve.Answer) -> str:
    return f"indexed to {render.when(answer.indexed_to)}" if answer.indexed_to else "not indexed yet"


def _plain(text: str, *, keep: bool = False) -> str:
    """Return a text as one line without markup; `keep` leaves the marks of matches in it."""
    pieces = _MARK.split(text) if keep else [text]
    marks = [*_MARK.findall(text), ""] if keep else [""]
    return "".join(
        _MARKUP.sub(r"\\\1", output.safe(" ".join(piece.split("\n")))) + mark
        for piece, mark in zip(pieces, marks, strict=True)
    )


def _marked(text: str, start: str, end: str) -> str:
    return text.replace("\x02", start).replace("\x03", end)

"""A message taken apart for the screen: what is said, what is noise, what is marked; keys hidden, nothing to obey.

Made in the thread that asks the store; how it is laid out is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from simple_memory import redaction
from simple_memory.cli import output, render
from simple_memory.cli.browser import inking
from simple_memory.cli.browser.entries import Block, Entry
from simple_memory.search import passages
from simple_memory.store import edits, tool_input
from simple_memory.store.rows import CallRow, MessageRow

LONGEST = 400_000
"""Characters of one text that are looked at; `show --full` has all of it."""
_TAB = 4
_SAID = frozenset({"prompt", "command", "shell_input", "interrupt", "compact_summary", "sidechain", "reply", "notice"})
_STARTS_A_TURN = frozenset({"prompt", "command", "shell_input", "sidechain"})
_FENCE = re.compile(r"^[ ]{0,3}(`{3,}|~{3,})[ ]*([\w+#.-]*)[^\n`]*$", re.MULTILINE)


def take_apart(message: MessageRow, sought: Sequence[passages.Sought], *, reveal: bool = False) -> Entry:
    """Return a message for the screen, with the words that are sought marked. It must have a position.

    Keys and tokens are hidden, unless `reveal`.
    """
    shown: MessageRow = message if reveal else redaction.hide(message)
    blocks = tuple(_blocks(shown, sought))
    said = shown.kind in _SAID and shown.role in {"user", "assistant", "system"}
    is_noise = not shown.text.strip() if shown.role == "assistant" and shown.kind == "tool_call" else not said
    return Entry(
        position=message.position or 0,
        role=output.safe(shown.role),
        kind=output.safe(shown.kind),
        when=render.when(shown.timestamp),
        is_noise=is_noise,
        starts_turn=shown.role == "user" and shown.kind in _STARTS_A_TURN,
        gist=_gist(shown),
        tools=tuple(output.safe(call.name or "?") for call in shown.calls),
        failed=sum(call.is_error for call in shown.results),
        blocks=blocks,
    )


def clean(text: str | None) -> str:
    """Return a text as it may stand on the screen: cut, tabs as blanks, and what a terminal obeys escaped."""
    cut = (text or "")[:LONGEST].replace("\r\n", "\n").strip("\n")
    return output.safe(cut, lines=True).expandtabs(_TAB)


def _blocks(message: MessageRow, sought: Sequence[passages.Sought]) -> Iterator[Block]:
    text = clean(message.text)
    if text.strip():
        kind = "text" if message.kind in _SAID else "quiet"
        yield from _said(text, kind, sought)
    for call in message.calls:
        yield _given(call, sought)
    for call in message.results:
        yield _block("failed" if call.is_error else "result", clean(call.result), sought, label=_length(call))
    for media in message.media:
        yield Block("quiet", f"[{output.safe(media.kind)} {media.size_bytes:,} bytes]")


def _block(kind: str, text: str, sought: Sequence[passages.Sought], *, label: str = "", inks: bool = False) -> Block:
    return Block(kind, text, tuple(passages.marks(text, sought)), inking.inks(text, label) if inks else (), label)


def _said(text: str, kind: str, sought: Sequence[passages.Sought]) -> Iterator[Block]:
    """Yield what is between fences as code, the rest as it is."""
    for piece, language in _pieces(text):
        if not piece.strip():
            continue
        if language is None:
            yield _block(kind, piece.strip("\n"), sought)
        else:
            yield _block("code", piece.strip("\n"), sought, label=language, inks=True)


def _pieces(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield what is between fences with the language that the first of both names ("": none); the rest with None."""
    at, fence = 0, ""
    language: str | None = None
    for found in _FENCE.finditer(text):
        if fence and not _closes(found, fence):
            continue
        yield text[at : found.start()], language
        at = found.end()
        fence, language = ("", None) if fence else (found[1], found[2])
    yield text[at:], language


def _closes(found: re.Match[str], fence: str) -> bool:
    return found[1].startswith(fence) and not found[2]


def _given(call: CallRow, sought: Sequence[passages.Sought]) -> Block:
    """Return what a tool was given: the change that it makes to a file, else its words."""
    name = output.safe(call.name or "?")
    given = edits.parse(call.input)
    if call.path and edits.action(call.name, given) in edits.CHANGES:
        lines = edits.diff(call.path, given)
        if lines:
            return _block("diff", clean("\n".join(lines)), sought, label=name)
    return _block("given", clean("\n".join(tool_input.words(call.input))), sought, label=name)


def _length(call: CallRow) -> str:
    text = call.result or ""
    if not text:
        return "nothing"
    return f"{render.amount(text.count(chr(10)) + 1, 'line')}, {render.size(len(text))}"


def _gist(message: MessageRow) -> str:
    if message.calls:
        return "  ".join(f"→ {output.safe(call.name or '?')} {_words(call)}".rstrip() for call in message.calls)
    if message.results:
        return "  ".join(_result_gist(call) for call in message.results)
    name = message.kind if message.role in {"user", "assistant", "system"} else f"{message.role} {message.kind}"
    return f"{output.safe(name)}  {render.one_line(message.text[:2000], 200)}".rstrip()


def _words(call: CallRow) -> str:
    return render.one_line(call.path or " ".join(tool_input.words((call.input or "")[:4000])[:3]), 200)


def _result_gist(call: CallRow) -> str:
    text = call.result or ""
    sign = "← failed " if call.is_error else "← "
    return sign + (render.one_line(text, 200) if call.is_error or len(text) <= 200 else _length(call))

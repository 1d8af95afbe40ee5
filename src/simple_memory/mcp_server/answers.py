"""Rows made into the text that a model reads: compact, cited SESSION:POSITION, fenced, at most 8 kB; pure.

Whatever was stored (titles, paths, texts) stands inside a fence and is cleaned on its way there. What stands outside
are our own words and ids.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from simple_memory.mcp_server import fence
from simple_memory.search import retrieve, table
from simple_memory.store import changes, reader, sandbox

BYTES = 8_000
"""An answer is never longer (UTF-8); some agents cut what is longer, others put it into a file."""
_FRAME_BYTES = 700
"""Room for the words around a fence."""
_ROOM = BYTES - _FRAME_BYTES
_SNIPPET_SIZES = ((80, 520), (70, 320), (60, 200), (40, 120), (30, 60), (0, 40), (0, 12), (0, 0))
"""Title and snippet characters per hit, tried in turn until the hits fit."""
_FULL_TEXT_CHARS = 6_000


def search(query: str, found: retrieve.Answer) -> str:
    """Return hits, each with its citation, provenance and snippet, and how to go on."""
    if not found.hits:
        tips = "Fewer or other words may help; prefix* finds beginnings; leave out filters."
        return _paragraphs(f"Nothing found for {_quoted(query)}.", *found.notes, tips)
    shown, body = _fit_hits(found.hits)
    head = f"{len(found.hits)} of {_count(found.total, 'hit')} for {_quoted(query)}, best first."
    if shown < len(found.hits):
        head += f" Only {shown} fit; ask for fewer with limit, then go on with after."
    first = found.hits[0]
    tail = f'In context: read_session {{"session": "{_cite(first.session, first.position)}"}}.'
    if found.next:
        tail += f" Next page: the same with after={json.dumps(found.next)}."
    return _paragraphs(head, *found.notes, fence.fence(body), tail)


def _fit_hits(hits: Sequence[retrieve.Hit]) -> tuple[int, str]:
    shown: list[str] = []
    for title_chars, snippet_chars in _SNIPPET_SIZES:
        shown = [_hit(number, hit, title_chars, snippet_chars) for number, hit in enumerate(hits, start=1)]
        if sum(_size(each) + 1 for each in shown) <= _ROOM:
            break
    kept, count = _fill(shown, _ROOM)
    return count, "\n".join(kept)


def _hit(number: int, hit: retrieve.Hit, title_chars: int, snippet_chars: int) -> str:
    parts = [
        _cite(hit.session, hit.position),
        _minute(hit.timestamp),
        _name(hit.project),
        f"{hit.role} {hit.kind}",
        f'"{fence.line(hit.title, title_chars)}"' if hit.title and title_chars else "",
        f"{hit.more:,} more in it" if hit.more else "",
    ]
    head = f"{number}. {' · '.join(part for part in parts if part)}"
    return f"{head}\n   {fence.line(table.mark(hit.snippet), snippet_chars)}" if snippet_chars else head


def sessions(found: Sequence[reader.SessionRow], following: str | None) -> str:
    """Return sessions, one per line, newest first."""
    if not found:
        return "No session matches. Leave out a filter, or ask memory_status what is stored."
    lines, shown = _fill([_session_line(row) for row in found], _ROOM)
    tail = 'Read one: read_session {"session": …}.'
    if shown < len(found):
        tail += f" {len(found) - shown} more did not fit: ask with a smaller limit and go on with after."
    if following:
        tail += f" Next page: the same with after={json.dumps(following)}."
    return _paragraphs(f"{_count(shown, 'session')}, newest first.", fence.fence("\n".join(lines)), tail)


def _session_line(row: reader.SessionRow) -> str:
    parts = [
        fence.line(row.session, 120),
        f"{_minute(row.started_at)}–{_end(row.started_at, row.ended_at)}",
        _name(row.project),
        f'"{fence.line(row.title, 70)}"' if row.title else "(no title)",
        f"{_count(row.shown, 'message')}, {_count(row.prompts, 'prompt')}, {_count(row.tool_calls, 'tool call')}",
        "" if row.agent == "claude-code" else fence.line(row.agent, 30),
        fence.line(row.branch, 40) if row.branch and row.branch not in {"HEAD", "main", "master"} else "",
        "sub-agent" if row.kind == "subagent" else "",
        "deleted by its agent" if row.deleted_at_source else "",
    ]
    return "- " + " · ".join(part for part in parts if part)


def session(
    row: reader.SessionRow,
    messages: Sequence[reader.MessageRow],
    *,
    around: int | None = None,
    full: bool = False,
    more: bool = False,
) -> str:
    """Return messages of one session in order, as many as fit, the one at `around` among them.

    `more` says that the session goes on after the last of them.
    """
    about = _session_line(row)
    if not messages:
        return _paragraphs(fence.fence(about), "There are no messages at this place. Positions begin with 0.")
    shown = [_message(message, full) for message in messages]
    low, high = _window([_size(text) + 1 for text in shown], _center(messages, around), _ROOM - _size(about))
    body = "\n".join([about, *shown[low:high]])
    cut = full and len(messages[low].text) > _FULL_TEXT_CHARS // 3
    return _paragraphs(fence.fence(body), _go_on(row, messages[low:high], more or high < len(messages), full, cut))


def _center(messages: Sequence[reader.MessageRow], around: int | None) -> int:
    if around is None:
        return 0
    return next((at for at, message in enumerate(messages) if (message.position or 0) >= around), len(messages) - 1)


def _window(sizes: list[int], center: int, room: int) -> tuple[int, int]:
    """Return the slice around `center` whose sizes fit into `room`; at least the one at the centre."""
    low, high = center, center + 1
    left = room - sizes[center]
    while True:
        after = high < len(sizes) and sizes[high] <= left
        before = low > 0 and sizes[low - 1] <= left
        if after and (not before or high - center <= center - low):
            left -= sizes[high]
            high += 1
        elif before:
            low -= 1
            left -= sizes[low]
        else:
            return low, high


def _go_on(row: reader.SessionRow, shown: Sequence[reader.MessageRow], more: bool, full: bool, cut: bool) -> str:
    first, last = shown[0].position, shown[-1].position
    parts = []
    if more:
        parts.append(f"Later: first={0 if last is None else last + 1}.")
    if first:
        parts.append(f"Earlier: around={max(0, first - 5)}.")
    if not full:
        parts.append('Longer texts: detail="full".')
    elif cut:
        where = f"session = '{fence.line(row.session, 120)}' AND position = {first}"
        parts.append(f"Whole, piece by piece: query_memory with substr(text, 1, 7000) FROM messages WHERE {where}.")
    return " ".join(parts)


def _message(message: reader.MessageRow, full: bool) -> str:
    """Return one message: its position, role and kind, its text, and what its tools were given and gave."""
    text_chars, call_chars, result_chars = (_FULL_TEXT_CHARS, 1_500, 2_500) if full else (1_200, 200, 300)
    head = (
        f"[{message.position if message.position is not None else '-'}] {message.role} {fence.line(message.kind, 40)}"
    )
    if message.timestamp:
        head += f" {_minute(message.timestamp)}"
    lines = [head]
    if message.text:
        cleaned = fence.clean(message.text[: text_chars * 2])
        cut = len(message.text) > text_chars or len(cleaned) > text_chars
        lines.append(fence.cut(cleaned, text_chars) + (f" [{len(message.text):,} characters]" if cut else ""))
    lines.extend(_call(call, call_chars) for call in message.calls)
    lines.extend(_result(call, result_chars, full) for call in message.results)
    lines.extend(f"({part.kind} {part.media_type or ''}, {part.size_bytes:,} bytes)" for part in message.media)
    return _cut_bytes("\n".join(lines), _ROOM - 1_000)


def _call(call: reader.CallRow, limit: int) -> str:
    return f"→ {fence.line(call.name or 'tool', 60)} {fence.line(call.input or '', limit)}"


def _result(call: reader.CallRow, limit: int, full: bool) -> str:
    text = call.result or ""
    shown = fence.cut(fence.clean(text[: limit * 2]), limit) if full else fence.line(text, limit)
    marks = ["error"] if call.is_error else []
    if len(text) > limit:
        marks.append(f"{len(text):,} characters")
    if call.output_name:
        marks.append(f"whole output in {fence.line(call.output_name, 80)}")
    told = f" ({', '.join(marks)})" if marks else ""
    return f"← {fence.line(call.name or 'tool', 60)}{told}: {shown}"


def file_history(path: str, touches: Sequence[changes.Change], limit: int) -> str:
    """Return which sessions touched a file, newest first."""
    if not touches:
        return f"No session touched {_quoted(path)}. Give less of the path, or search_memory for the file's name."
    several = len({touch.path for touch in touches}) > 1
    lines, shown = _fill([_touch(touch, several) for touch in touches], _ROOM - 300)
    head = f"{_count(shown, 'tool call')} named {_quoted(path)}; newest first."
    if len(touches) == limit:
        head += " There may be more: raise limit, or name the project."
    name = "" if several else f"{fence.line(touches[0].path, 300)}\n"
    first = touches[0]
    tail = f'In context: read_session {{"session": "{_cite(first.session, first.position)}"}}.'
    return _paragraphs(head, fence.fence(name + "\n".join(lines)), tail)


def _touch(touch: changes.Change, with_path: bool) -> str:
    parts = [
        _cite(touch.session, touch.position),
        _minute(touch.timestamp),
        fence.line(touch.tool or "tool", 40) + _changed(touch),
        f'"{fence.line(touch.title, 60)}"' if touch.title else "",
        fence.line(touch.path, 160) if with_path else "",
    ]
    return "- " + " · ".join(part for part in parts if part)


def _changed(touch: changes.Change) -> str:
    if touch.failed:
        return " failed"
    return "" if touch.added is None else f" +{touch.added} −{touch.removed}"


def rows(result: sandbox.Result) -> str:
    """Return the rows of a query: the columns, then one JSON array per row."""
    lines = [_json(row) for row in result.rows]
    lines, shown = _fill(lines, _ROOM)
    head = f"{_count(shown, 'row')}, {result.took_ms:g} ms."
    if result.truncated or shown < len(result.rows):
        head += " There are more: raise limit (up to 200), select less, or use LIMIT and OFFSET."
    body = "\n".join([fence.line(_json(result.columns), 1_500), *lines])
    return _paragraphs(head, fence.fence(body))


def status(facts: dict[str, Any]) -> str:
    """Return the facts, one per line."""
    return "\n".join(f"{key}: {_plain(value)}" for key, value in facts.items() if value not in (None, [], {}))


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return fence.line(value, 300)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return fence.line(json.dumps(value, ensure_ascii=False), 600)


def _json(values: Iterable[Any]) -> str:
    shown = (fence.clean(value) if isinstance(value, str) else value for value in values)
    return json.dumps(list(shown), ensure_ascii=False, separators=(",", ":"))


def _fill(lines: list[str], room: int) -> tuple[list[str], int]:
    """Return the first lines that fit into `room` bytes, and how many; a first line that is too long is cut."""
    kept: list[str] = []
    for line in lines:
        room -= _size(line) + 1
        if room < 0:
            break
        kept.append(line)
    if lines and not kept:
        kept = [_cut_bytes(lines[0], room + _size(lines[0]))]
    return kept, len(kept)


def _cut_bytes(text: str, limit: int) -> str:
    return text if _size(text) <= limit else text.encode()[: limit - 3].decode("utf-8", "ignore") + "…"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _paragraphs(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _quoted(text: str) -> str:
    return f'"{fence.line(text, 100)}"'


def _cite(session_id: str, position: int | None) -> str:
    shown = fence.line(session_id, 120)
    return shown if position is None else f"{shown}:{position}"


def _name(path: str | None) -> str:
    return fence.line((path or "").rstrip("/").rpartition("/")[2] or (path or ""), 60)


def _minute(timestamp: str | None) -> str:
    return (timestamp or "")[:16].replace("T", " ")


def _end(started: str | None, ended: str | None) -> str:
    """Return the end of a time span without repeating its day."""
    shown = _minute(ended)
    return shown[11:] if started and ended and started[:10] == ended[:10] else shown

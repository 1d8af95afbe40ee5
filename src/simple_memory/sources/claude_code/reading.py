"""From a record of Claude Code to what it says; pure. Everything else of a session stands in `notes`."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from simple_memory import model
from simple_memory.sources import jsonl
from simple_memory.sources.claude_code import fields, kinds, notes, records, tool_results

_NO_JSON = "{}"
LONG = 1000
"""Of texts longer than this it is told where in the line they stand."""
_FIRST = 64
_MOST_TOKENS = 1 << 40
"""No answer has so many: a larger number is damage."""
_CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})
_THINKING = frozenset({"thinking", "redacted_thinking"})
_NO_BODY = records.Body()


class _Path(msgspec.Struct, gc=False):
    file_path: str | None = None
    notebook_path: str | None = None
    path: Any = None
    source: Any = None


_OF_FILES = re.compile("file|edit", re.IGNORECASE)
"""Tools of MCP servers that read, write, move or delete one file: read_file, edit_file, move_file, …"""
_path_decoder = msgspec.json.Decoder(_Path)


def read_record(record: records.Record, line: bytes) -> model.Reading:
    """Return what `record` tells; `line` are its own bytes. Raises jsonl.Poisoned for a record that cannot be taken."""
    if record.type == "user":
        message: model.Message | None = _user(record, line)
    elif record.type == "assistant":
        message = _assistant(record, line)
    else:
        return notes.read_other(record, line)
    title = None
    if message and message.kind == "prompt" and message.text:
        title = (model.FIRST_PROMPT, model.title_of(kinds.without_editor(message.text.strip()) or message.text))
    fork = record.forkedFrom
    return model.Reading(
        type=record.type,
        message=message,
        session=record.sessionId,
        project=record.cwd,
        branch=record.gitBranch or None,
        version=record.version,
        forked_from=fork.sessionId if fork else None,
        title=title,
    )


def _blocks(record: records.Record) -> list[records.Block]:
    content = record.message.content if record.message else None
    if content is None:
        return []
    if isinstance(content, str):
        return [records.Block(type="text", text=content)]
    return content


def _user(record: records.Record, line: bytes) -> model.Message:
    said: list[str] = []
    media: list[model.Media] = []
    results: list[records.Block] = []
    for block in _blocks(record):
        if block.type == "tool_result":
            results.append(block)
        elif block.source is not None:
            media.append(_media(block))
        elif words := tool_results.block_text(block):
            said.append(words)
    text = jsonl.without_nul("\n".join(said)) if said else ""
    told: list[model.ToolResult] = []
    for block in results:
        content = records.content_of(block)
        if isinstance(content, list):
            media.extend(_media(inner) for inner in content if inner.source is not None)
        told.append(_result(block, content, record, line, alone=len(results) == 1))
    return model.Message(
        role=model.Role.USER,
        kind=kinds.user_kind(record, text, has_result=bool(results), has_media=bool(media)),
        text=text,
        uuid=record.uuid,
        origin=fields.identity(record, line),
        parent_uuid=record.parentUuid,
        timestamp=fields.timestamp_of(record),
        is_sidechain=bool(record.isSidechain),
        results=tuple(told),
        media=tuple(media),
    )


def _result(
    block: records.Block, content: records.Content, record: records.Record, line: bytes, *, alone: bool
) -> model.ToolResult:
    if not block.tool_use_id:
        raise jsonl.Poisoned("a tool result that names no call")
    text = tool_results.result_text(content)
    extra, name = tool_results.extra_text(record.toolUseResult, text) if alone else ("", None)
    at = None
    if content is text and len(text) > LONG:  # the very string of the line: nothing was joined or cleaned
        raw = memoryview(block.content)
        start = _find(line, raw)
        at = (start, raw.nbytes) if start >= 0 else None
    return model.ToolResult(
        call_id=block.tool_use_id,
        text=text,
        extra=extra,
        is_error=bool(block.is_error),
        output_name=name or tool_results.output_name(text),
        at=at,
    )


def _find(line: bytes, raw: memoryview) -> int:
    """Return where `raw` first stands in `line`, -1 for nowhere. Searching for its beginning costs a tenth."""
    start = line.find(raw[:_FIRST])
    return start if line.startswith(raw, start) else line.find(raw)


def _media(block: records.Block) -> model.Media:
    source = block.source or records.MediaSource()
    encoded = max(0, memoryview(source.data).nbytes - 2)  # without its quotes
    return model.Media(kind=block.type, media_type=source.media_type, size_bytes=encoded * 3 // 4)


def _assistant(record: records.Record, line: bytes) -> model.Message:
    thought: list[str] = []
    said: list[str] = []
    calls: list[model.ToolCall] = []
    for block in _blocks(record):
        kind = block.type
        if kind in _CALLS:
            calls.append(_call(block, line))
        elif kind in _THINKING:
            thought.append(block.thinking or "")
        elif words := block.text or tool_results.block_text(block):
            said.append(words)
    body = record.message or _NO_BODY
    text = "\n".join(said)
    whole = "\n\n".join(filter(None, (*thought, text))) if thought else text
    return model.Message(
        role=model.Role.ASSISTANT,
        kind=kinds.assistant_kind(record, body.model, text=text, has_call=bool(calls), has_thinking=bool(thought)),
        text=jsonl.without_nul(whole),
        uuid=record.uuid,
        origin=fields.identity(record, line),
        parent_uuid=record.parentUuid,
        timestamp=fields.timestamp_of(record),
        model=body.model,
        is_sidechain=bool(record.isSidechain),
        calls=tuple(calls),
        usage=_usage(record, body),
    )


def _call(block: records.Block, line: bytes) -> model.ToolCall:
    if not block.id or not block.name:
        raise jsonl.Poisoned("a tool call without a name or id")
    raw = memoryview(block.input)
    if not raw.nbytes:
        return model.ToolCall(call_id=block.id, name=block.name, input=_NO_JSON)
    at = _find(line, raw) if raw.nbytes > LONG else -1
    text = str(raw, "utf-8")
    path = _path_of(block.input, block.name) if "_path" in text or _OF_FILES.search(block.name) else None
    return model.ToolCall(call_id=block.id, name=block.name, input=text, path=path, at=at if at >= 0 else None)


def _path_of(raw: msgspec.Raw, tool: str) -> str | None:
    """Return the file that a tool's input names. What only some tools call a path is a folder to others, as to Grep."""
    try:
        path = _path_decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    found = path.file_path or path.notebook_path
    if not found and _OF_FILES.search(tool):
        found = next((given for given in (path.path, path.source) if isinstance(given, str)), None)
    return jsonl.without_nul(found) if found else None


def _usage(record: records.Record, body: records.Body) -> model.Usage | None:
    tokens = body.usage
    if tokens is None:
        return None
    response = f"{body.id} {record.requestId or ''}".rstrip() if body.id else record.uuid
    if not response:
        return None
    return model.Usage(
        response=response,
        input_tokens=_count(tokens.input_tokens),
        output_tokens=_count(tokens.output_tokens),
        cache_read_tokens=_count(tokens.cache_read_input_tokens),
        cache_write_tokens=_count(tokens.cache_creation_input_tokens),
        cache_write_1h_tokens=_count(tokens.cache_creation.ephemeral_1h_input_tokens) if tokens.cache_creation else 0,
    )


def _count(tokens: int | None) -> int:
    """Return a number of tokens; 0 for what can be none."""
    return tokens if tokens and 0 < tokens < _MOST_TOKENS else 0

"""Single records of Claude Code's transcripts as plain dicts, one function per kind. Whole sessions: transcript.py.

Every function takes what its record says, and keyword arguments for whatever else it should carry: `uuid="…"`,
`parentUuid="…"`, `sessionId="…"`, and so on, under the agent's own names. They come first in the record, as the agent
writes them. `line(record)` gives the bytes that stand in a file.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

Record = dict[str, Any]
Block = dict[str, Any]

CHAIN = {
    "parentUuid": None,
    "isSidechain": False,
    "userType": "external",
    "cwd": "/home/ada/shop",
    "sessionId": "5e55a000-0000-4000-8000-000000000001",
    "version": "2.1.220",
    "gitBranch": "main",
    "timestamp": "2026-01-05T09:00:00.000Z",
}
"""What every record of the conversation carries, where a caller says nothing else. The uuid comes from the content."""


def line(record: Record) -> bytes:
    """Return the record as the agent writes it: compact JSON, UTF-8, one line feed at its end."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"


def uuid_of(*parts: object) -> str:
    """Return a uuid (version 4 in form) that depends on `parts` alone."""
    digits = hashlib.md5("\n".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def _chained(kind: str, said: Record, more: Record) -> Record:
    record = {**CHAIN, "type": kind, **said, **more}
    if "uuid" not in record:
        record["uuid"] = uuid_of(kind, said, more)
    return record


# ── Blocks of a message's content ─────────────────────────────────────────────────────────────────────────────────────


def text(words: str) -> Block:
    """Return a block of plain text."""
    return {"type": "text", "text": words}


def thinking(words: str) -> Block:
    """Return a block of the model's thinking."""
    return {"type": "thinking", "thinking": words, "signature": "c2lnbmF0dXJl"}


def redacted_thinking() -> Block:
    """Return a block of thinking that only the API can read."""
    return {"type": "redacted_thinking", "data": "cmVkYWN0ZWQ="}


def tool_use(name: str, given: Record, *, call: str) -> Block:
    """Return a tool call; `call` is its id."""
    return {"type": "tool_use", "id": call, "name": name, "input": given}


def tool_result(content: str | list[Block], *, call: str, is_error: bool = False) -> Block:
    """Return what the tool called as `call` gave back."""
    block: Block = {"tool_use_id": call, "type": "tool_result", "content": content}
    if is_error:
        block["is_error"] = True
    return block


def image(data: bytes, media_type: str = "image/png") -> Block:
    """Return an image in place."""
    return {"type": "image", "source": _base64(data, media_type)}


def document(data: bytes, media_type: str = "application/pdf") -> Block:
    """Return a document in place."""
    return {"type": "document", "source": _base64(data, media_type)}


def _base64(data: bytes, media_type: str) -> Record:
    return {"type": "base64", "media_type": media_type, "data": base64.b64encode(data).decode()}


# ── Records of the conversation: they have a uuid and a parent ────────────────────────────────────────────────────────


def user(content: str | list[Block], **more: Any) -> Record:
    """Return a user record: a prompt, or tool results with `toolUseResult=…`."""
    return _chained("user", {"message": {"role": "user", "content": content}}, more)


def assistant(
    content: list[Block],
    *,
    message: str = "msg_01",
    request: str = "req_01",
    model: str = "claude-sonnet-4-5",
    input_tokens: int = 10,
    output_tokens: int = 20,
    cache_read_tokens: int = 0,
    cache_write_tokens: int = 0,
    cache_write_1h_tokens: int = 0,
    **more: Any,
) -> Record:
    """Return an assistant record; `message` and `request` are the ids of the API's answer that it is a part of."""
    usage = {
        "input_tokens": input_tokens,
        "cache_creation_input_tokens": cache_write_tokens,
        "cache_read_input_tokens": cache_read_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": cache_write_tokens - cache_write_1h_tokens,
            "ephemeral_1h_input_tokens": cache_write_1h_tokens,
        },
        "output_tokens": output_tokens,
        "service_tier": "standard",
    }
    body = {
        "id": message,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    return _chained("assistant", {"message": body, "requestId": request}, more)


def api_error(words: str = "API Error: 529 Overloaded", **more: Any) -> Record:
    """Return the notice that the agent shows where the API failed: an assistant record of no model and no tokens."""
    made = assistant([text(words)], model="<synthetic>", input_tokens=0, output_tokens=0, **more)
    made["isApiErrorMessage"] = True
    return made


def system(subtype: str | None, content: str | None = None, **more: Any) -> Record:
    """Return a system record; `subtype=None` is the form before 1.0.57."""
    said: Record = {"level": "info", "isMeta": False}
    if subtype is not None:
        said["subtype"] = subtype
    if content is not None:
        said["content"] = content
    return _chained("system", said, more)


def attachment(kind: str, said: Record | None = None, **more: Any) -> Record:
    """Return an attachment record of type `kind`; `said` are the attachment's other fields."""
    return _chained("attachment", {"attachment": {"type": kind, **(said or {})}}, more)


def progress(kind: str, said: Record | None = None, **more: Any) -> Record:
    """Return a progress record (2.1.12 to 2.1.79): what the screen showed while a tool ran."""
    return _chained("progress", {"data": {"type": kind, **(said or {})}, "toolUseID": "toolu_01"}, more)


# ── Records about the session: no uuid, the last one wins ─────────────────────────────────────────────────────────────


def summary(words: str, *, leaf: str) -> Record:
    """Return a summary of the session whose last message is `leaf`, whatever file it stands in."""
    return {"type": "summary", "summary": words, "leafUuid": leaf}


def custom_title(words: str, *, session: str) -> Record:
    """Return the title that the person gave."""
    return {"type": "custom-title", "customTitle": words, "sessionId": session}


def ai_title(words: str, *, session: str) -> Record:
    """Return the title that the agent gave."""
    return {"type": "ai-title", "aiTitle": words, "sessionId": session}


def last_prompt(words: str, *, session: str, leaf: str = "") -> Record:
    """Return the note of the latest prompt."""
    return {"type": "last-prompt", "lastPrompt": words, "leafUuid": leaf, "sessionId": session}


def queue_operation(operation: str, content: str | None = None, *, session: str, at: str) -> Record:
    """Return a note about the queue of prompts: enqueue, dequeue, remove or popAll."""
    record: Record = {"type": "queue-operation", "operation": operation, "timestamp": at, "sessionId": session}
    if content is not None:
        record["content"] = content
    return record


def file_history_snapshot(*, message: str, at: str) -> Record:
    """Return the undo data that the agent keeps beside a prompt; it says nothing."""
    snapshot = {"messageId": message, "trackedFileBackups": {}, "timestamp": at}
    return {"type": "file-history-snapshot", "messageId": message, "snapshot": snapshot, "isSnapshotUpdate": False}


def state(kind: str, *, session: str, **said: Any) -> Record:
    """Return a record of the agent's own state: mode, worktree-state, bridge-session, tag, pr-link, …"""
    return {"type": kind, **said, "sessionId": session}

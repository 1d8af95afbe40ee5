"""What stands in a transcript beside prompts and answers: system notes, attachments, titles, the input queue; pure."""

from __future__ import annotations

from typing import Any

from simple_memory import model
from simple_memory.sources import jsonl
from simple_memory.sources.claude_code import fields, records

_STANDARD = frozenset(
    {
        "type", "subtype", "uuid", "parentUuid", "logicalParentUuid", "sessionId", "timestamp", "cwd", "version",
        "gitBranch",
        "userType", "entrypoint", "level", "slug", "agentId", "requestId", "leafUuid", "messageId", "toolUseID",
        "parentToolUseID", "permissionMode", "operation", "promptId", "requestID", "status", "preventedContinuation",
    }
)  # fmt: skip
"""Keys whose strings are ids and states, not words."""

_TITLES: dict[str, tuple[str, int]] = {
    "custom-title": ("customTitle", model.PERSONS_TITLE),
    "ai-title": ("aiTitle", model.AGENTS_TITLE),
    "last-prompt": ("lastPrompt", model.LAST_PROMPT),
    "summary": ("summary", model.SUMMARY),
}
"""Records that name the session: type → (field, rank)."""
_TITLES_OF_AGENTS = {"agent-name": "agentName", "tag": "tag"}
_SAYING = frozenset({"pr-link", "frame-link"})
"""Records without uuid whose words are worth finding."""
_STATE = frozenset(
    {
        "progress", "mode", "permission-mode", "worktree-state", "relocated", "bridge-session", "agent-setting",
        "fork-context-ref",
        "atis-latch", "content-replacement", "file-history-snapshot", "file-history-delta", "started", "result",
    }
)  # fmt: skip
"""Known records that say nothing a person would look for: state of the agent, undo data, the screen's progress
lines."""


def read_other(record: records.Record, line: bytes) -> model.Reading:
    """Return what a record that is neither a prompt nor an answer tells. Raises jsonl.Poisoned."""
    message: model.Message | None = None
    title: tuple[int, str] | None = None
    understood = True
    if record.type == "system":
        message = _system(record, line)
    elif record.type == "attachment":
        message = _attachment(record, line)
    elif record.type == "queue-operation":
        message = _queued(record, line)
    elif record.type in _TITLES:
        message, title = _title(record, line)
    elif record.type in _TITLES_OF_AGENTS or record.type in _SAYING:
        message = _note(record, line, "\n".join(jsonl.leaf_texts(fields.decode_any(line), skip=_STANDARD)))
    else:
        understood = record.type in _STATE
    return model.Reading(
        type=_counted_type(record),
        understood=understood,
        message=message,
        session=record.sessionId,
        project=record.cwd,
        branch=record.gitBranch or None,
        version=record.version,
        title=title,
    )


def _counted_type(record: records.Record) -> str:
    kind = jsonl.clean(record.type)[:80]
    return f"{kind}/{jsonl.clean(record.subtype)[:80]}" if record.type == "system" and record.subtype else kind


def _system(record: records.Record, line: bytes) -> model.Message:
    whole = fields.decode_any(line)
    content = whole.get("content")
    text = content if isinstance(content, str) else "\n".join(jsonl.leaf_texts(whole, skip=_STANDARD))
    return model.Message(
        role=model.Role.SYSTEM,
        kind=jsonl.clean(record.subtype or "note")[:80],
        text=jsonl.clean(text),
        uuid=record.uuid,
        origin=fields.identity(record, line),
        parent_uuid=record.parentUuid,
        timestamp=fields.timestamp_of(record),
        is_sidechain=bool(record.isSidechain),
    )


def _attachment(record: records.Record, line: bytes) -> model.Message | None:
    attached = fields.decode_any(line).get("attachment")
    if not isinstance(attached, dict):
        return None
    kind = attached.get("type")
    kind = jsonl.clean(kind)[:80] if isinstance(kind, str) and kind else "attachment"
    name = attached.get("filename") or attached.get("displayPath") or attached.get("path")
    return model.Message(
        role=model.Role.ATTACHMENT,
        kind="queued_prompt" if kind == "queued_command" else kind,
        text=jsonl.clean("\n".join(_attached_texts(attached))),
        uuid=record.uuid,
        origin=fields.identity(record, line),
        parent_uuid=record.parentUuid,
        timestamp=fields.timestamp_of(record),
        is_sidechain=bool(record.isSidechain),
        name=jsonl.clean(name) if isinstance(name, str) else None,
    )


def _attached_texts(attached: dict[str, Any]) -> list[str]:
    return jsonl.leaf_texts({key: value for key, value in attached.items() if key != "type"}, skip=_STANDARD)


def _queued(record: records.Record, line: bytes) -> model.Message | None:
    content = fields.decode_any(line).get("content")
    text = content if isinstance(content, str) else "\n".join(jsonl.leaf_texts(content, skip=_STANDARD))
    return _note(record, line, text, kind="queued_prompt", ordered=True) if text else None


def _title(record: records.Record, line: bytes) -> tuple[model.Message | None, tuple[int, str] | None]:
    field, rank = _TITLES[record.type]
    text = fields.decode_any(line).get(field)
    if not isinstance(text, str) or not text.strip():
        return None, None
    message = _note(record, line, text, leaf=record.leafUuid if record.type == "summary" else None, title_rank=rank)
    return message, (rank, model.title_of(text))


def _note(
    record: records.Record,
    line: bytes,
    text: str,
    *,
    kind: str = "",
    ordered: bool = False,
    leaf: str | None = None,
    title_rank: int | None = None,
) -> model.Message:
    return model.Message(
        role=model.Role.NOTE,
        kind=kind or record.type,
        text=jsonl.clean(text),
        uuid=record.uuid,
        origin=fields.identity(record, line),
        timestamp=fields.timestamp_of(record),
        ordered=ordered,
        leaf=leaf,
        title_rank=title_rank,
    )

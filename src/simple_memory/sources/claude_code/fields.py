"""What every record of Claude Code carries, made fit for the store: identity, time, title; pure."""

from __future__ import annotations

import datetime
import hashlib
from typing import Any

import msgspec

from simple_memory.sources import jsonl
from simple_memory.sources.claude_code import records


def identity(record: records.Record, line: bytes) -> str | None:
    """Return the identity of a record where it is not its uuid: of what it is a fork of, or a digest of its line."""
    if record.forkedFrom and record.forkedFrom.messageUuid:
        return record.forkedFrom.messageUuid
    return None if record.uuid else "line:" + hashlib.sha256(line.strip()).hexdigest()[:32]


def timestamp_of(record: records.Record) -> str | None:
    """Return the record's time as ISO 8601 UTC with milliseconds. Raises jsonl.Poisoned for what is no time."""
    text = record.timestamp
    if not text:
        return None
    try:
        time = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise jsonl.Poisoned(f"timestamp {text[:40]!r} is no time") from error
    if len(text) == 24 and text.endswith("Z"):
        return text
    if time.tzinfo is None:
        time = time.replace(tzinfo=datetime.UTC)
    try:
        return time.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"
    except (OverflowError, ValueError) as error:
        raise jsonl.Poisoned(f"timestamp {text[:40]!r} is no time") from error


def decode_any(line: bytes) -> dict[str, Any]:
    """Return the whole record as a plain object; {} where that fails."""
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}

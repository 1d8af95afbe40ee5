"""The shape of Claude Code's records, as far as we need them; the decoder skips all else.

Source: the agent's own SDK (`_internal/sessions.py`) and transcripts of 67 versions, 1.0.17 to 2.1.220.
"""

from __future__ import annotations

from typing import Any

import msgspec

from simple_memory.sources import jsonl


class MediaSource(msgspec.Struct, gc=False):
    """Where an image or document is: base64 `data` in place, or elsewhere."""

    type: str | None = None
    media_type: str | None = None
    data: msgspec.Raw = msgspec.Raw()


class Block(msgspec.Struct):
    """One block of a message's content, of any type."""

    type: str
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw = msgspec.Raw()
    tool_use_id: str | None = None
    content: msgspec.Raw = msgspec.Raw()
    is_error: bool | None = None
    source: MediaSource | None = None
    title: str | None = None
    tool_name: str | None = None


class CacheWrites(msgspec.Struct, gc=False):
    """`message.usage.cache_creation`: for how long what was written to the cache is kept."""

    ephemeral_1h_input_tokens: int | None = 0


class Tokens(msgspec.Struct, gc=False):
    """`message.usage`."""

    input_tokens: int | None = 0
    output_tokens: int | None = 0
    cache_read_input_tokens: int | None = 0
    cache_creation_input_tokens: int | None = 0
    cache_creation: CacheWrites | None = None


class Body(msgspec.Struct):
    """`message`: what the API took or gave."""

    content: str | list[Block] | None = None
    id: str | None = None
    model: str | None = None
    usage: Tokens | None = None


class Fork(msgspec.Struct, gc=False):
    """`forkedFrom`: the message that this one is a copy of."""

    sessionId: str | None = None  # noqa: N815 — the agent's word
    messageUuid: str | None = None  # noqa: N815


class Record(msgspec.Struct):
    """One line. The names are the agent's."""

    type: str = "(none)"
    uuid: str | None = None
    parentUuid: str | None = None  # noqa: N815
    sessionId: str | None = None  # noqa: N815
    timestamp: str | None = None
    cwd: str | None = None
    version: str | None = None
    gitBranch: str | None = None  # noqa: N815
    requestId: str | None = None  # noqa: N815
    subtype: str | None = None
    isSidechain: bool | None = False  # noqa: N815
    isMeta: bool | None = False  # noqa: N815
    isCompactSummary: bool | None = False  # noqa: N815
    isApiErrorMessage: bool | None = False  # noqa: N815
    teamName: str | None = None  # noqa: N815
    message: Body | None = None
    toolUseResult: msgspec.Raw = msgspec.Raw()  # noqa: N815
    planContent: str | None = None  # noqa: N815
    forkedFrom: Fork | None = None  # noqa: N815
    leafUuid: str | None = None  # noqa: N815


Content = str | list[Block] | dict[str, Any] | None
"""What a block's `content` may be. It is decoded when it is needed: its place in the line tells where a long text
stands."""

decoder = msgspec.json.Decoder(Record, strict=True)
_content_decoder: msgspec.json.Decoder[Content] = msgspec.json.Decoder(Content)


def content_of(block: Block) -> Content:
    """Return a block's `content`, decoded. Raises jsonl.Poisoned."""
    if not memoryview(block.content).nbytes:
        return None
    try:
        return _content_decoder.decode(block.content)
    except msgspec.ValidationError as error:
        raise jsonl.Poisoned(f"not a block: {str(error)[:200]}") from error


_NEEDED = frozenset({"type", "uuid", "timestamp", "message", "parentUuid", "sessionId"})
"""Fields that make a record what it is: if one is of another type, the record is set aside. Others are left out
instead."""


def record_of(value: dict[str, Any]) -> Record:
    """Return a decoded object as a Record, leaving out what is not needed and not of its type.

    Raises jsonl.Poisoned.
    """
    value = {**value, "message": _body_of(value.get("message"))} if "message" in value else dict(value)
    if value.get("type") is None:
        value.pop("type", None)
    for _ in range(len(Record.__struct_fields__)):
        try:
            return decoder.decode(msgspec.json.encode(clean_value(value)))
        except msgspec.ValidationError as error:
            field = _field_of(str(error))
            if field in _NEEDED or field not in value:
                raise jsonl.Poisoned(f"not a record: {str(error)[:200]}") from error
            del value[field]
        except (msgspec.MsgspecError, TypeError, ValueError) as error:
            raise jsonl.Poisoned(f"not a record: {str(error)[:200]}") from error
    raise jsonl.Poisoned("not a record")


def _tokens_of(usage: Any) -> Any:
    """Return `usage`, None where it is none: what was said is worth more than what it cost."""
    bare = (
        {name: value for name, value in usage.items() if name != "cache_creation"} if isinstance(usage, dict) else None
    )
    for given in (usage, bare):
        try:
            msgspec.convert(clean_value(given), Tokens)
        except msgspec.ValidationError:
            continue
        return given
    return None


def _body_of(message: Any) -> Any:
    """Return `message` as an object, where old or foreign writers put bare text or a bare list."""
    if isinstance(message, str):
        return {"content": message}
    if isinstance(message, list):
        message = {"content": message}
    if isinstance(message, dict) and "usage" in message:
        message = {**message, "usage": _tokens_of(message["usage"])}
    if isinstance(message, dict) and isinstance(message.get("content"), list):
        blocks = [{"type": "text", "text": block} if isinstance(block, str) else block for block in message["content"]]
        return {**message, "content": blocks}
    return message


def _field_of(complaint: str) -> str:
    """Return the record's field that msgspec's `complaint` ("… - at `$.field.…`") speaks of."""
    _, _, path = complaint.rpartition("`$.")
    return path.split(".")[0].split("[")[0].rstrip("`")


def clean_value(value: Any) -> Any:
    """Return a decoded JSON value with every string storable (see jsonl.clean)."""
    if isinstance(value, str):
        return jsonl.clean(value)
    if isinstance(value, list):
        return [clean_value(inner) for inner in value]
    if isinstance(value, dict):
        return {jsonl.clean(key): clean_value(inner) for key, inner in value.items()}
    return value

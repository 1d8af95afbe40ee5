"""What the store's readers give back, one class per kind of row; not how it is read.

Named tuples, here and in search: a frozen dataclass costs its module 1 ms at import, and a search starts cold.
"""

from __future__ import annotations

from simple_memory.records import NamedTuple


class SessionRow(NamedTuple):
    """One session. Times are ISO 8601 UTC, `project` is the directory.

    `messages` counts each message once over all sessions; `shown` what stands in this one.
    """

    session: str
    agent: str
    project: str
    parent: str | None
    kind: str
    title: str | None
    started_at: str | None
    ended_at: str | None
    messages: int
    shown: int
    prompts: int
    tool_calls: int
    tool_results: int
    input_tokens: int
    output_tokens: int
    model: str | None
    branch: str | None
    deleted_at_source: bool


class CallRow(NamedTuple):
    """One tool call with its result, both whole. `input` is JSON text; `result` is None where none was seen yet."""

    id: int
    call_id: str
    name: str | None
    input: str | None
    path: str | None
    result: str | None
    extra: str | None
    result_chars: int | None
    is_error: bool
    output_name: str | None


class MediaRow(NamedTuple):
    """An image or document inside a message; `size_bytes` is its decoded size."""

    kind: str
    media_type: str | None
    size_bytes: int


class MessageRow(NamedTuple):
    """One message as its session shows it: `calls` are those it made, `results` those it brought.

    `position` is None for what stands beside the order (titles, summaries, off-loaded outputs); `name` is the file name
    of an attachment. `copy_of` names the row that counts where the message stands in several sessions.
    """

    id: int
    session: str
    position: int | None
    turn: int | None
    uuid: str | None
    role: str
    kind: str
    timestamp: str | None
    model: str | None
    text: str
    copy_of: int | None
    name: str | None
    calls: tuple[CallRow, ...] = ()
    results: tuple[CallRow, ...] = ()
    media: tuple[MediaRow, ...] = ()


class ProjectRow(NamedTuple):
    """One project: its directory, that one's last part as `name`, and counts. `sessions` leaves sub-agents out."""

    project: str
    name: str
    sessions: int
    messages: int
    started_at: str | None
    ended_at: str | None


class Counters(NamedTuple):
    """The counter row: one attribute per column, kept by the writer and never counted anew."""

    messages: int
    system_messages: int
    sessions: int
    subagents: int
    projects: int
    tool_calls: int
    tool_results: int
    transcripts: int
    deleted_at_source: int
    quarantined: int
    unknown_records: int
    archived_bytes: int
    last_sync_at: str | None

"""What the parts say to each other about transcripts; not how any of it is stored or shown.

These are msgspec Structs: one is made per record of a first import, where a frozen dataclass costs eight times as much.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Form(StrEnum):
    """How a file of an agent changes."""

    LINES = "lines"  # grows at its end, a record per line
    WHOLE = "whole"  # is written once, or replaced as a whole


class Role(StrEnum):
    """Who speaks in a message. The first three are the agent's own roles."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    ATTACHMENT = "attachment"  # what the agent put beside a prompt, and off-loaded tool output
    NOTE = "note"  # titles, summaries, queued prompts


TITLE_CHARS = 200
"""A title has at most so many characters."""


def title_of(text: str) -> str:
    """Return `text` as a title: one line of at most TITLE_CHARS characters."""
    return " ".join(text[: TITLE_CHARS * 4].split())[:TITLE_CHARS]


class TitleRank(int):
    """How good a title is; a better or equally good later one replaces it. Order: the agent's own (its SDK)."""


NO_TITLE = TitleRank(0)
FIRST_PROMPT = TitleRank(1)
SUMMARY = TitleRank(2)
LAST_PROMPT = TitleRank(3)
AGENTS_TITLE = TitleRank(4)
PERSONS_TITLE = TitleRank(5)


STARTS_A_TURN = frozenset({"prompt", "command", "shell_input"})
"""Kinds of user messages that the agent answers: what follows one, until the next, is a turn."""


def better_title(old: tuple[int, str | None], new: tuple[int, str]) -> tuple[int, str | None]:
    """Return the better of two titles (rank, text): of equally good ones the later, but the first prompt stays."""
    rank, title = new
    if not title or rank < old[0] or rank == old[0] == FIRST_PROMPT:
        return old
    return rank, title


class ToolCall(msgspec.Struct, frozen=True, gc=False):
    """A tool that was called. `input` is JSON text; `path` the file that the input names, or None.

    `at` is where the input stands in its line, in bytes; None where it does not stand there as it is.
    """

    call_id: str
    name: str
    input: str
    path: str | None = None
    at: int | None = None


class ToolResult(msgspec.Struct, frozen=True, gc=False):
    """What a tool gave back: `text` as the model saw it, `extra` what the agent kept beyond that.

    `at` is where the text stands in its line as a JSON string: offset and length in bytes, quotes included, or None.
    """

    call_id: str
    text: str
    extra: str = ""
    is_error: bool = False
    output_name: str | None = None
    at: tuple[int, int] | None = None


class Media(msgspec.Struct, frozen=True, gc=False):
    """An image or document in a message; its bytes stay in the archive."""

    kind: str
    media_type: str | None
    size_bytes: int


class Usage(msgspec.Struct, frozen=True, gc=False):
    """The tokens of one answer of a model. `response` names the answer over all records that repeat it."""

    response: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cache_write_1h_tokens: int = 0  # those of cache_write_tokens that were kept for an hour, which costs more


class Message(msgspec.Struct, frozen=True):
    """One record that says something.

    `origin` is the identity where it is not `uuid`: the uuid of the message this is a fork of, or a digest of the line.
    `ordered` is False for what stands beside the order of the session. `leaf` is the uuid by which a summary finds its
    session. `name` is a file name.
    """

    role: Role
    kind: str
    text: str = ""
    uuid: str | None = None
    origin: str | None = None
    parent_uuid: str | None = None
    timestamp: str | None = None
    model: str | None = None
    is_sidechain: bool = False
    ordered: bool = True
    leaf: str | None = None
    title_rank: int | None = None
    name: str | None = None
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()
    media: tuple[Media, ...] = ()
    usage: Usage | None = None


class Reading(msgspec.Struct, frozen=True):
    """What one record of a transcript told.

    `type` is the agent's own word, for counting; `understood` is False for a type that nobody taught us. `session` is
    the session id that the record itself carries. `title` is (rank, text).
    """

    type: str
    understood: bool = True
    message: Message | None = None
    session: str | None = None
    project: str | None = None
    branch: str | None = None
    version: str | None = None
    forked_from: str | None = None
    title: tuple[int, str] | None = None

    def names_its_session(self) -> bool:
        """Return whether a title of it is that of the session it stands in: a summary's is of the one with its leaf."""
        return not (self.message and self.message.leaf)


class Place(msgspec.Struct, frozen=True):
    """What a file is, as far as its path tells.

    `session` is the id of the session that it holds, or None where only its records tell (`parent_from_records`: a
    sub-agent whose parent is the session that its records carry). `lane` is the last part of a sub-agent's id
    ("agent-ID").
    `folder` stands for the project until a record tells the directory. `id_is_unique` is False where another folder may
    hold another session of the same name. `content` says what a WHOLE file holds.
    """

    agent: str
    form: Form
    session: str | None
    kind: str = "main"
    parent: str | None = None
    parent_from_records: bool = False
    lane: str | None = None
    folder: str = ""
    id_is_unique: bool = True
    content: str = "records"
    name: str = ""

"""Claude Code as a source: where its files are, and the way in for its lines."""

from __future__ import annotations

import os
import re
from typing import Any

import msgspec

from simple_memory import config, model
from simple_memory.sources import jsonl, source
from simple_memory.sources.claude_code import fields, reading, records

AGENT = "claude-code"

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


class ClaudeCode:
    """The source for Claude Code. Takes nothing; asks `config` where the agent's folders are."""

    agent = AGENT

    def roots(self) -> list[str]:
        """Return the `projects` folder of every folder where Claude Code may keep its data."""
        return [os.path.join(folder, "projects") for folder in config.claude_config_dirs()]

    def place(self, root: str, path: str) -> model.Place | None:
        """Return what the file at `path` is: a session, a sub-agent (three layouts), off-loaded output, or None."""
        below = os.path.relpath(path, root)
        if not below.isascii():  # bytes that are no UTF-8 can be in names, and not in the store
            below = os.fsencode(below).decode("utf-8", "backslashreplace")
        parts = below.split(os.sep)
        if parts[0] == os.pardir or len(parts) < 2:
            return None
        name = parts[-1]
        stem, extension = os.path.splitext(name)
        if extension == ".jsonl":
            return _lines_place(parts, stem)
        owner = _owner(parts)
        if owner is None:
            return None
        if extension == ".txt" and parts[-2] == "tool-results":
            return _whole(parts, session=owner, content="output")
        if name.startswith("agent-") and name.endswith(".meta.json"):
            return _whole(
                parts, session=f"{owner}/{name[: -len('.meta.json')]}", content="meta", kind="subagent", parent=owner
            )
        return None

    def read_line(self, line: bytes, place: model.Place) -> source.Line:  # noqa: ARG002 — the contract's
        """Return what a line told; damaged lines give what can be saved, and their bad parts."""
        try:
            return source.Line(readings=(reading.read_record(records.decoder.decode(line), line),))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, jsonl.Poisoned):
            return jsonl.read_damaged(line, _read_object)

    def read_whole(self, content: bytes, place: model.Place) -> source.Line:
        """Return what an off-loaded output, or the description of a sub-agent, told."""
        if place.content == "meta":
            return _read_meta(content, place)
        text = jsonl.clean(content.decode("utf-8", "replace"))
        message = model.Message(
            role=model.Role.ATTACHMENT,
            kind="tool_output",
            text=text,
            origin=f"file:{place.name}",
            ordered=False,
            name=place.name,
        )
        return source.Line(readings=(model.Reading(type="tool-results", message=message),))


def _read_object(value: dict[str, Any]) -> model.Reading:
    """Read a record that was taken out of a damaged line and encoded anew: nothing stands in the line where it says."""
    record = records.record_of(value)
    told = reading.read_record(record, msgspec.json.encode(records.clean_value(value)))
    if told.message is None or not (told.message.calls or told.message.results):
        return told
    calls = tuple(msgspec.structs.replace(call, at=None) for call in told.message.calls)
    results = tuple(msgspec.structs.replace(result, at=None) for result in told.message.results)
    return msgspec.structs.replace(told, message=msgspec.structs.replace(told.message, calls=calls, results=results))


def _read_meta(content: bytes, place: model.Place) -> source.Line:
    value = fields.decode_any(content)
    words = [
        jsonl.clean(value[key])
        for key in ("description", "agentType")
        if isinstance(value.get(key), str) and value[key]
    ]
    if not words:
        return source.Line()
    message = model.Message(
        role=model.Role.NOTE,
        kind="agent-meta",
        text=words[0],
        origin=f"file:{place.name}",
        ordered=False,
        name=place.name,
        title_rank=int(model.AGENTS_TITLE),
    )
    named = (int(model.AGENTS_TITLE), model.title_of(words[0]))
    return source.Line(readings=(model.Reading(type="agent-meta", message=message, title=named),))


def _lines_place(parts: list[str], stem: str) -> model.Place:
    folder = parts[0]
    owner = _owner(parts)
    if stem.startswith("agent-") and "subagents" in parts[1:-1] and owner:
        return model.Place(
            agent=AGENT,
            form=model.Form.LINES,
            session=f"{owner}/{stem}",
            kind="subagent",
            parent=owner,
            lane=stem,
            folder=folder,
        )
    if stem.startswith("agent-"):
        return model.Place(
            agent=AGENT,
            form=model.Form.LINES,
            session=None,
            kind="subagent",
            parent_from_records=True,
            lane=stem,
            folder=folder,
        )
    if owner and "subagents" in parts[1:-1]:  # a workflow's journal: no conversation, kept and counted
        return model.Place(agent=AGENT, form=model.Form.LINES, session=None, folder=folder)
    direct = len(parts) == 2 or _UUID.fullmatch(stem)
    return model.Place(
        agent=AGENT,
        form=model.Form.LINES,
        session=stem if direct else "/".join([*parts[1:-1], stem]),
        folder=folder,
        id_is_unique=bool(_UUID.fullmatch(stem)),
    )


def _whole(
    parts: list[str], *, session: str, content: str, kind: str = "main", parent: str | None = None
) -> model.Place:
    return model.Place(
        agent=AGENT,
        form=model.Form.WHOLE,
        session=session,
        kind=kind,
        parent=parent,
        folder=parts[0],
        content=content,
        name=parts[-1],
    )


def _owner(parts: list[str]) -> str | None:
    """Return the session whose folder a file lies in: the part above `subagents` or `tool-results`."""
    for marker in ("subagents", "tool-results"):
        if marker in parts[1:-1]:
            index = parts.index(marker, 1)
            return parts[index - 1] if index >= 2 else None
    return None

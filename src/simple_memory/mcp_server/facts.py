"""What memory_status tells: how much is stored, how fresh it is, who runs; not how any of it is measured."""

from __future__ import annotations

import contextlib
from typing import Any

from simple_memory import config, errors
from simple_memory.service import status
from simple_memory.store import connection as opening
from simple_memory.store import reader


def look(home: config.Home) -> dict[str, Any]:
    """Return the facts as a JSON object. What is wrong with the database is a fact too, never an exception."""
    seen = status.report(home)
    facts: dict[str, Any] = {
        "service": seen["state"],
        "healthy": seen["healthy"],
        "version": seen["version"],
        "database": seen["database"]["state"],
    }
    try:
        with contextlib.closing(opening.open_reader(home)) as connection:
            facts.update(_counted(reader.counters(connection)))
    except errors.StoreError as error:
        if facts["database"] == "ok":  # it changed between two looks
            facts["database"] = error.code
    told = {key: seen["transcripts"][key] for key in ("seen", "behind", "lag_s", "bytes_pending")}
    facts["transcripts"] = {key: value for key, value in told.items() if value is not None}
    facts["last_error"] = seen["last_error"]
    facts["hints"] = seen["hints"]
    return facts


def _counted(counted: reader.Counters) -> dict[str, Any]:
    return {
        "sessions": counted.sessions,
        "subagents": counted.subagents,
        "messages": counted.messages,
        "projects": counted.projects,
        "tool_calls": counted.tool_calls,
        "deleted_at_source": counted.deleted_at_source,
        "last_sync_at": counted.last_sync_at,
    }

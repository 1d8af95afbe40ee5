"""What memory_status tells: how much is stored, how fresh it is, who runs; not how any of it is measured."""

from __future__ import annotations

import contextlib
from typing import Any

from simple_memory import config, errors
from simple_memory.store import connection as opening
from simple_memory.store import reader


def look(home: config.Home) -> dict[str, Any]:
    """Return the facts as a JSON object. What is wrong with the database is a fact too, never an exception."""
    facts: dict[str, Any] = {}
    try:
        with contextlib.closing(opening.open_reader(home)) as connection:
            counted = reader.counters(connection)
    except errors.StoreError as error:
        facts["database"] = error.code
        facts["hint"] = error.hint
        return facts
    facts["database"] = "ok"
    facts["sessions"] = counted.sessions
    facts["subagents"] = counted.subagents
    facts["messages"] = counted.messages
    facts["projects"] = counted.projects
    facts["tool_calls"] = counted.tool_calls
    facts["deleted_at_source"] = counted.deleted_at_source
    facts["last_sync_at"] = counted.last_sync_at
    return facts

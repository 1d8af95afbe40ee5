"""Stand-ins for what the MCP server talks to: a searcher that finds what it is told, a supervisor's link."""

from __future__ import annotations

import os
import threading
from typing import Any

from simple_memory import config, errors
from simple_memory.search import retrieve
from tests.mcp_server import rows


def hit(**changes: Any) -> retrieve.Hit:
    """Return a hit in the session about SQLite, with `changes`."""
    values: dict[str, Any] = {
        "session": rows.BLOG,
        "agent": "claude-code",
        "project": "/home/ada/blog",
        "title": "Write about SQLite",
        "position": 2,
        "message_id": 7,
        "uuid": "uuid-7",
        "role": "assistant",
        "kind": "reply",
        "timestamp": "2026-01-02T10:02:00.000Z",
        "snippet": "The \x02write-ahead log\x03 keeps pages",
        "score": 1.5,
    }
    return retrieve.Hit(**(values | changes))


def found(*hits: retrieve.Hit, **changes: Any) -> retrieve.Answer:
    """Return an answer of the search that holds `hits`, with `changes`."""
    values: dict[str, Any] = {
        "query": "words",
        "took_ms": 1.0,
        "indexed_to": None,
        "pending_files": 0,
        "pending_bytes": 0,
        "total": len(hits),
        "hits": hits,
        "next": None,
        "notes": (),
    }
    return retrieve.Answer(**(values | changes))


class Searcher(retrieve.Searcher):
    """Finds one hit for every query but "nothing"; "broken" fails as a missing index does, "odd" as a fault does."""

    asked: list[retrieve.Request]

    def __init__(self, home: config.Home) -> None:
        self.home = home
        self.asked = []
        self.closed = False

    def search(self, request: retrieve.Request) -> retrieve.Answer:
        self.asked.append(request)
        if request.query == "broken":
            raise errors.IndexUnusable("The index cannot be opened.", "`simple-memory status` tells more.")
        if request.query == "odd":
            raise ZeroDivisionError("/secret/path")
        if request.query == "nothing":
            return found(notes=("42 messages are not indexed yet.",))
        return found(hit())

    def close(self) -> None:
        self.closed = True


class Link:
    """A supervisor's link: `end()` asks the worker to stop; `is_ready` and `beaten` tell what it said."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        self.is_ready = threading.Event()
        self.beaten = threading.Event()
        self.facts: dict[str, object] = {}
        self.stopping = False

    def ready(self) -> None:
        self.is_ready.set()

    def beat(self, facts: dict[str, object]) -> None:
        self.facts = facts
        self.beaten.set()

    def stop_requested(self) -> bool:
        return self.stopping

    def fileno(self) -> int:
        return self.reader

    def end(self) -> None:
        self.stopping = True
        os.write(self.writer, b"x")

    def close(self) -> None:
        os.close(self.reader)
        os.close(self.writer)

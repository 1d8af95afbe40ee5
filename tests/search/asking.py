"""Asking a searcher in tests: in pure rank order unless a test says otherwise."""

from __future__ import annotations

import datetime
from typing import Any

from simple_memory.search import retrieve

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)


def ask(searcher: retrieve.Searcher, text: str, **more: Any) -> retrieve.Answer:
    return searcher.search(retrieve.Request(query=text, **{"group": "none", **more}))


def ids(searcher: retrieve.Searcher, text: str, **more: Any) -> list[int]:
    return [hit.message_id for hit in ask(searcher, text, **more).hits]

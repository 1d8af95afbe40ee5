"""`search('words')` for SQL: hits as rows of the sandbox's virtual table; not the search, and not the table."""

from __future__ import annotations

import contextlib
from typing import Any

from simple_memory import config
from simple_memory.search import retrieve

HITS = 200
"""How many hits, best first, `search('words')` has at most."""


def rows(searcher: retrieve.Searcher, words: str, *, reveal: bool = False) -> list[list[Any]]:
    """Return hits as rows of sandbox_search.COLUMNS, matches marked **so**. Raises what the searcher raises."""
    found = searcher.search(retrieve.Request(query=words, limit=HITS, group="none", reveal=reveal))
    return [[hit.message_id, hit.session, hit.position, hit.score, mark(hit.snippet)] for hit in found.hits]


def mark(snippet: str) -> str:
    """Return a snippet with **…** around its matches."""
    return snippet.replace("\x02", "**").replace("\x03", "**")


def once(home: config.Home, words: str, *, reveal: bool = False) -> list[list[Any]]:
    """Return rows as `rows` does, with a searcher that is opened for this one question."""
    with contextlib.closing(retrieve.Searcher(home)) as searcher:
        return rows(searcher, words, reveal=reveal)

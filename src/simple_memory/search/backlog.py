"""How fresh an answer is: what is not indexed yet, what is not read yet; said in sentences. Reads, decides nothing."""

from __future__ import annotations

import os
import time

from simple_memory import config
from simple_memory.records import NamedTuple
from simple_memory.store import index, indexed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import apsw

STATE_IS_FRESH_S = 60.0
"""An older state file was left by a service that is gone: what it says of open work no longer holds."""
COUNTED_EXACTLY = 50_000
"""Row ids beyond the index up to which pending messages are counted one by one."""


class Backlog(NamedTuple):
    """`indexed_to` is the time up to which everything can be found; `files` and `bytes` are known and not read yet."""

    is_searchable: bool
    indexed_to: str | None
    files: int
    bytes: int
    notes: tuple[str, ...]


def read(connection: apsw.Connection, home: config.Home) -> Backlog:
    """Return how fresh the index of `home` is. Costs a few rows, whatever the size of the store."""
    progress = indexed.read_progress(connection)
    last = indexed.last_message(connection)
    files, waiting_bytes = _unread(home.state)
    if last == 0:
        note = "There is nothing in the memory yet; `simple-memory status` tells why."
        return Backlog(False, progress.indexed_at, files, waiting_bytes, (note,))
    if progress.format != index.FORMAT or not index.exists(home.index):
        note = "There is no index yet: the service builds it from the store, where it runs, or `simple-memory sync`."
        return Backlog(False, None, files, waiting_bytes, (note,))
    notes = []
    pending = _pending(connection, progress.indexed_to, last)
    if pending:
        notes.append(f"{pending:,} {'message is' if pending == 1 else 'messages are'} not indexed yet.")
    if files:
        notes.append(f"{files:,} {'transcript is' if files == 1 else 'transcripts are'} not read to the end yet.")
    indexed_to = progress.indexed_at
    if not pending:
        read_at = indexed.last_read_at(connection)
        indexed_to = max(filter(None, (indexed_to, read_at)), default=None)
    return Backlog(True, indexed_to, files, waiting_bytes, tuple(notes))


def _pending(connection: apsw.Connection, indexed_to: int, last: int) -> int:
    if last - indexed_to > COUNTED_EXACTLY:
        return last - indexed_to
    return indexed.count_pending(connection, indexed_to)


def _unread(path: str) -> tuple[int, int]:
    """Return files and bytes that the running service has seen and not read; (0, 0) where none is known."""
    try:
        if time.time() - os.stat(path).st_mtime > STATE_IS_FRESH_S:
            return 0, 0
        import json

        with open(path, "rb") as file:
            state: Any = json.loads(file.read())
        facts = state["workers"]["sync"]["facts"]
        return _count(facts.get("behind")), _count(facts.get("bytes_pending"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return 0, 0


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0

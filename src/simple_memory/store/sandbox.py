"""Answering SQL that a person or a model wrote, so that nothing can be changed, read elsewhere, or go on for ever.

Six layers: the database is opened read-only; `query_only` is on; an authorizer allows named tables and functions
only; SQLite's limits are low; a progress handler ends a statement at its deadline; rows, bytes and cells are capped.
And because one step of SQLite can itself run for minutes, statements run in a process of their own (sandbox_child)
that the kernel ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import IO, Any

from simple_memory import config, errors, redaction
from simple_memory.store import sandbox_search

MAX_BYTES = 256 * 1024
CELL_CHARS = 20_000
WHOLE = 2**31
"""As `cell_chars`: cut nothing."""
AT_ONCE = 4
"""How many statements run at the same time; more wait for their turn."""
_START_S = 5.0
"""How long a fresh process may take to start on a busy machine, on top of a statement's own time."""
_CHILD = (sys.executable, "-I", "-m", "simple_memory.store.sandbox_child")

Value = int | float | str | None


@dataclass(frozen=True, slots=True)
class Result:
    """Rows that were asked for. Blobs come as `x'…'`, long texts cut; `truncated` if there were more rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    truncated: bool
    took_ms: float


class _Child:
    """One process that answers statements, one at a time."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            _CHILD, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.input: IO[bytes] = self.process.stdin  # type: ignore[assignment]
        self.output: IO[bytes] = self.process.stdout  # type: ignore[assignment]
        self.buffer = bytearray()

    def tell(self, value: dict[str, Any]) -> None:
        """Write one line. Raises OSError if the process is gone."""
        self.input.write(json.dumps(value).encode() + b"\n")
        self.input.flush()

    def hear(self, until: float) -> dict[str, Any] | None:
        """Return the next line, or None at the end of the process or at `until` (monotonic seconds)."""
        while (end := self.buffer.find(b"\n")) < 0:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.output], [], [], left)[0]:
                return None
            chunk = os.read(self.output.fileno(), 262_144)
            if not chunk:
                return None
            self.buffer += chunk
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 1]
        value: dict[str, Any] = json.loads(line)
        return value

    def end(self) -> None:
        """Kill the process and reap it."""
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(OSError):  # what was not yet sent has nobody to go to
            self.input.close()
        self.output.close()


_turns = threading.BoundedSemaphore(AT_ONCE)
_idle: list[_Child] = []  # at most one: some 25 MB, and the next statement starts 40 ms sooner


def run(
    home: config.Home,
    sql: str,
    *,
    max_rows: int = 200,
    max_bytes: int = MAX_BYTES,
    seconds: float = 2.0,
    cell_chars: int = CELL_CHARS,
    search: sandbox_search.Hook | None = None,
    reveal: bool = False,
) -> Result:
    """Answer one SELECT, WITH, EXPLAIN or PRAGMA table_info within about `seconds`.

    `search`, where given, answers `search('words')`. Keys and tokens are hidden in the rows unless `reveal`. Raises
    QueryRefused (what was wrong, and the nearest name), or the StoreError that says why there is nothing to ask.
    """
    if "\x00" in sql:
        raise errors.QueryRefused("The statement holds a NUL character.", "Remove it.")
    if not _turns.acquire(timeout=seconds):
        raise errors.QueryRefused("Too many statements run at once.", "Try again in a moment.")
    try:
        asked = {
            "root": home.root,
            "sql": sql,
            "max_rows": max_rows,
            "max_bytes": max_bytes,
            "seconds": seconds,
            "cell_chars": cell_chars,
            "search": search is not None,
        }
        return _result(_ask(asked, seconds, search), reveal=reveal)
    finally:
        _turns.release()


def close() -> None:
    """End the processes that wait for work."""
    while _idle:
        _idle.pop().end()


def _ask(asked: dict[str, Any], seconds: float, search: sandbox_search.Hook | None) -> dict[str, Any]:
    until = time.monotonic() + seconds + _START_S
    child = _take()
    try:
        answer = _converse(child, asked, until, search)
    except OSError:
        answer = None
    except BaseException:
        child.end()
        raise
    if answer is not None:
        if _idle:
            child.end()
        else:
            _idle.append(child)
        return answer
    child.end()
    raise errors.QueryRefused(
        f"Cut off after {seconds:g} s.", "Narrow it: fewer rows, shorter texts, simpler patterns; or search('words')."
    )


def _take() -> _Child:
    """Return a process that waits for work: one that has worked before and still lives, else a fresh one."""
    while _idle:
        child = _idle.pop()
        if child.process.poll() is None and not select.select([child.output], [], [], 0)[0]:
            return child
        child.end()
    return _Child()


def _converse(
    child: _Child, asked: dict[str, Any], until: float, search: sandbox_search.Hook | None
) -> dict[str, Any] | None:
    child.tell(asked)
    while (heard := child.hear(until)) is not None and "search" in heard and search is not None:
        try:
            child.tell({"rows": search(str(heard["search"]))})
        except errors.SimpleMemoryError as error:
            child.tell({"error": [error.message, error.hint]})
    return heard


def _result(answer: dict[str, Any], *, reveal: bool) -> Result:
    if "error" in answer:
        code, message, hint = answer["error"]
        raise _error_class(code)(message, hint)
    found = answer["rows"] if reveal else redaction.hide(answer["rows"])
    rows = tuple(tuple(row) for row in found)
    return Result(tuple(answer["columns"]), rows, answer["truncated"], answer["took_ms"])


def _error_class(code: str) -> type[errors.SimpleMemoryError]:
    known: list[type[errors.SimpleMemoryError]] = [*errors.StoreError.__subclasses__(), errors.StoreError]
    return next((each for each in known if each.code == code), errors.QueryRefused)

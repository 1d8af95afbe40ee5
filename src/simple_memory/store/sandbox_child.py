"""The process in which the sandbox's statements run, so that it can be killed; not where they are asked.

Speaks lines of JSON on stdin and stdout with `sandbox.run`; ends at end-of-file, after a minute without work, or, by a
kernel timer, soon after a statement's deadline, whatever SQLite is doing then.
"""

from __future__ import annotations

import json
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import apsw

from simple_memory import config, errors
from simple_memory.store import connection as opening
from simple_memory.store import sandbox_names, sandbox_rules, sandbox_search

IDLE_S = 60.0
HEAP_BYTES = 160 * 1024 * 1024
"""What SQLite may hold at once: sorts, joins, temporary tables, the longest texts."""
ADDRESS_BYTES = 1024 * 1024 * 1024
FILE_BYTES = 16 * 1024 * 1024
"""No file may grow beyond this; a reader of a database in WAL mode may have to make its small -shm."""
GRACE_S = 0.4
"""How long after the deadline the kernel ends the process."""
STEPS = 2000
"""SQLite's steps between two looks at the clock."""


def main() -> int:
    """Answer statements until stdin ends. Returns the exit code."""
    _limit_process()
    while select.select([sys.stdin.buffer], [], [], IDLE_S)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            return 0
        asked = json.loads(line)
        signal.setitimer(signal.ITIMER_REAL, asked["seconds"] + GRACE_S)
        answer = _answer(asked)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _write(answer)
    return 0


def _limit_process() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond FILE_BYTES fails instead
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever asked; end-of-file follows
    for kind, value in (
        (resource.RLIMIT_AS, ADDRESS_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(kind, (value, value))
        except (OSError, ValueError):
            pass  # not every system has each; the other layers stand
    apsw.hard_heap_limit(HEAP_BYTES)


def _write(value: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(value, separators=(",", ":")).encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    started = time.monotonic()
    try:
        answer = _run(asked, started + asked["seconds"])
    except errors.SimpleMemoryError as error:
        return {"error": [error.code, error.message, error.hint]}
    except MemoryError:
        return {"error": [errors.QueryRefused.code, *_out_of_memory()]}
    answer["took_ms"] = round((time.monotonic() - started) * 1000, 1)
    return answer


def _out_of_memory() -> tuple[str, str]:
    return (
        f"The statement needs more than {HEAP_BYTES // 2**20} MB of memory.",
        "Select fewer or shorter columns (substr), filter before sorting, or add LIMIT.",
    )


def _run(asked: dict[str, Any], deadline: float) -> dict[str, Any]:
    busy_ms = max(1, int(asked["seconds"] * 500))  # half of the time, so that a lock is told as what it is
    connection = opening.open_reader(config.Home(asked["root"]), busy_ms=busy_ms)
    try:
        if asked["search"]:
            sandbox_search.register(connection, _search_in_parent)
        guard = sandbox_rules.arm(connection)
        connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
        try:
            return _collect(connection, asked)
        except apsw.Error as error:
            raise _refusal(error, guard, connection, asked) from error
        except UnicodeDecodeError as error:
            raise errors.QueryRefused("A value is not valid text.", "Wrap it in hex().") from error
    finally:
        connection.close(force=True)


def _search_in_parent(words: str) -> list[list[Any]]:
    _write({"search": words})
    reply = json.loads(sys.stdin.buffer.readline())
    if "error" in reply:
        raise errors.QueryRefused(*reply["error"])
    rows: list[list[Any]] = reply["rows"]
    return rows


def _collect(connection: apsw.Connection, asked: dict[str, Any]) -> dict[str, Any]:
    cursor = connection.cursor()
    columns: list[str] = []
    cursor.exec_trace = _only_question(asked["sql"], columns)
    rows, truncated = _first_rows(cursor.execute(asked["sql"], can_cache=False), asked)
    if not columns:
        raise errors.QueryRefused("There is no question in it.", "Send one SELECT.")
    return {"columns": columns, "rows": rows, "truncated": truncated}


def _only_question(sql: str, columns: list[str]) -> Callable[[apsw.Cursor, str, object], bool]:
    """Return a trace that puts the names of the columns into `columns`, and refuses all but one question."""

    def look(cursor: apsw.Cursor, statement: str, _bindings: object) -> bool:
        if sandbox_names.only_comments(statement):
            return True
        if columns or not sandbox_names.only_comments(sql.partition(statement)[2]):
            raise errors.QueryRefused("There is more than one statement.", "Send one; put sub-questions into WITH.")
        if not cursor.is_readonly:
            raise errors.QueryRefused("Only questions are answered here (SELECT, WITH, EXPLAIN); nothing was changed.")
        columns.extend(str(column[0]) for column in cursor.get_description())
        return True

    return look


def _first_rows(found: Iterable[tuple[Any, ...]], asked: dict[str, Any]) -> tuple[list[list[Any]], bool]:
    """Return the rows that there is room for, one at least, and whether there are more."""
    rows: list[list[Any]] = []
    room = asked["max_bytes"]
    for row in found:
        shown = list(_cells(row, asked["cell_chars"]))
        room -= sum(len(cell.encode()) if isinstance(cell, str) else 8 for cell in shown) + 2 * len(shown)
        if len(rows) == asked["max_rows"] or (room < 0 and rows):
            return rows, True
        rows.append(shown)
    return rows, False


def _cells(row: tuple[Any, ...], cell_chars: int) -> Iterator[Any]:
    for value in row:
        if isinstance(value, bytes):
            shown = f"x'{value[:16].hex()}{'…' if len(value) > 16 else ''}'"
            yield f"{shown} ({len(value)} bytes)" if len(value) > 16 else shown
        elif isinstance(value, str) and len(value) > cell_chars:
            yield f"{value[:cell_chars]}… [{len(value):,} characters]"
        elif isinstance(value, float) and value - value != 0:  # infinite: JSON has no word for it
            yield str(value)
        else:
            yield value


def _refusal(
    error: apsw.Error, guard: sandbox_rules.Guard, connection: apsw.Connection, asked: dict[str, Any]
) -> errors.SimpleMemoryError:
    text = str(error)
    if guard.refused:
        return errors.QueryRefused(f"Not allowed: {guard.refused}.", sandbox_names.hint_for_refusal(guard.refused))
    if isinstance(error, apsw.InterruptError):
        return errors.QueryRefused(
            f"Cut off after {asked['seconds']:g} s.",
            "Narrow it: WHERE session = …, a time range, an indexed column; or use search('words') instead of LIKE.",
        )
    if isinstance(error, apsw.NoMemError):
        return errors.QueryRefused(*_out_of_memory())
    if isinstance(error, apsw.TooBigError):
        return errors.QueryRefused(f"A text is longer than {sandbox_rules.LENGTH_BYTES // 2**20} MB.", "Use substr().")
    if isinstance(error, apsw.ReadOnlyError):
        return errors.QueryRefused("Only questions are answered here (SELECT, WITH, EXPLAIN); nothing was changed.")
    if isinstance(error, apsw.BusyError | apsw.NotADBError | apsw.CorruptError | apsw.CantOpenError | apsw.IOError):
        return opening.translate(error, config.Home(asked["root"]).database)
    connection.authorizer = None
    connection.set_progress_handler(None)
    return errors.QueryRefused(sandbox_names.sentence(text), sandbox_names.hint(text, connection))


if __name__ == "__main__":
    sys.exit(main())

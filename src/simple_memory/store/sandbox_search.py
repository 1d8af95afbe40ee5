"""`search('words')` as a table in SQL; not the search itself, which whoever asks brings along."""

# ruff: noqa: N802 - SQLite gives the methods of a virtual table their names
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import apsw

from simple_memory import errors

COLUMNS = ("message_id", "session", "position", "score", "snippet")
"""The columns of the table, best hit first."""

Hook = Callable[[str], list[list[Any]]]
"""Takes the words, gives rows of COLUMNS, best first."""

_WORDS = len(COLUMNS)
_EQUALS = 2  # SQLITE_INDEX_CONSTRAINT_EQ
_DECLARATION = (
    "CREATE TABLE search (message_id INTEGER, session TEXT, position INTEGER, score REAL, snippet TEXT, words HIDDEN)"
)


def register(connection: apsw.Connection, hook: Hook) -> None:
    """Make `search('words')` known to `connection`; every use of it calls `hook` once."""
    module: Any = _Module(hook)
    connection.create_module("search", module, eponymous=True, eponymous_only=True, read_only=True)


class _Module:
    def __init__(self, hook: Hook) -> None:
        self.hook = hook

    def Connect(self, *_names: Any) -> tuple[str, _Table]:
        return _DECLARATION, _Table(self.hook)


class _Table:
    def __init__(self, hook: Hook) -> None:
        self.hook = hook

    def BestIndex(self, constraints: Any, _orders: Any) -> Any:
        """Say that the words come first; without them there is no plan that is not far dearer."""
        used: list[tuple[int, bool] | None] = [None] * len(constraints)
        for number, (column, operator) in enumerate(constraints):
            if column == _WORDS and operator == _EQUALS:
                used[number] = (0, True)
                return used, 1, None, False, 100.0
        return used, 0, None, False, 1e12

    def Open(self) -> _Cursor:
        return _Cursor(self.hook)

    def Disconnect(self) -> None:
        pass

    Destroy = Disconnect


class _Cursor:
    def __init__(self, hook: Hook) -> None:
        self.hook = hook
        self.words = ""
        self.rows: list[list[Any]] = []
        self.at = 0

    def Filter(self, plan: int, _name: str | None, arguments: tuple[Any, ...]) -> None:
        if not plan:
            raise errors.QueryRefused("search needs words.", "Write search('words to find').")
        self.words = str(arguments[0] if arguments[0] is not None else "")
        self.rows = self.hook(self.words)
        self.at = 0

    def Eof(self) -> bool:
        return self.at >= len(self.rows)

    def Next(self) -> None:
        self.at += 1

    def Rowid(self) -> int:
        return self.at

    def Column(self, number: int) -> Any:
        if number < 0:
            return self.at
        return self.words if number == _WORDS else self.rows[self.at][number]

    def Close(self) -> None:
        self.rows = []

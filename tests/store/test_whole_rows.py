"""Rows are written whole, whatever the order of the columns of the database at hand."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from simple_memory import config
from simple_memory.store import connection, shape, tool_rows, whole_rows, writer
from tests.store import test_writer

TABLES = ("message", "tool_call", "response")


def columns_of(store: apsw.Connection, table: str) -> list[str]:
    return [str(name) for _, name, *_ in store.execute(f"PRAGMA table_info({table})")]


@pytest.fixture
def home(tmp_path: Path) -> config.Home:
    made = config.Home(str(tmp_path / "memory"))
    config.make_home(made)
    return made


@pytest.fixture
def store(home: config.Home) -> Iterator[apsw.Connection]:
    with contextlib.closing(connection.open_writer(home)) as opened:
        yield opened


def turn_around(store: apsw.Connection) -> None:
    """Give the empty tables their columns in the other order, and one more."""
    store.execute("PRAGMA writable_schema = ON")
    for table in TABLES:
        assert store.execute(f"SELECT count(*) FROM {table}").get == 0
        parts = shape.of(store).tables[table]
        behind = parts.pop("")
        columns = [text for name, text in parts.items() if name != text]
        rules = [text for name, text in parts.items() if name == text]
        told = f"CREATE TABLE {table} ({', '.join([*reversed(columns), 'mood TEXT', *rules])}) {behind}"
        store.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (told, table))
    store.execute("PRAGMA writable_schema = RESET")


@pytest.mark.parametrize("table", TABLES)
def test_where_the_table_is_as_we_make_it_no_column_is_named(store: apsw.Connection, table: str) -> None:
    assert getattr(whole_rows.inserts(store), table).startswith(f"INSERT INTO {table} VALUES (")


@pytest.mark.parametrize("table", TABLES)
def test_where_its_columns_stand_otherwise_they_are_named(store: apsw.Connection, table: str) -> None:
    turn_around(store)
    assert columns_of(store, table)[-2:] == ["id", "mood"]
    assert f"INSERT INTO {table} (id, " in getattr(whole_rows.inserts(store), table)


def test_a_row_of_a_tool_call_and_of_an_answer_has_the_statements_columns_in_their_order() -> None:
    assert tool_rows.CallRow.__struct_fields__[1:-1] == whole_rows.TOOL_CALL
    assert tool_rows.ResponseRow.__struct_fields__[1:-1] == whole_rows.RESPONSE


def test_every_value_stands_in_its_column_whatever_their_order(home: config.Home, tmp_path: Path) -> None:
    other = config.Home(str(tmp_path / "other"))
    config.make_home(other)
    written = []
    for place, is_turned in ((home, False), (other, True)):
        with contextlib.closing(connection.open_writer(place)) as made:
            if is_turned:
                turn_around(made)
        with contextlib.closing(connection.open_writer(place)) as opened:
            one = writer.Writer(opened)
            one.begin()
            one.write(test_writer.chunk(test_writer.lines_of(3)), test_writer.NOW)
            one.commit(test_writer.NOW)
            written.append(
                {
                    table: [
                        dict(zip(names, row, strict=True))
                        for row in opened.execute(f"SELECT {', '.join(names)} FROM {table}")
                    ]
                    for table in TABLES
                    if (names := sorted(set(columns_of(opened, table)) - {"mood"}))
                }
            )
    as_made, turned = written
    assert as_made == turned
    assert len(as_made["message"]) > 9
    assert len(as_made["tool_call"]) == 3

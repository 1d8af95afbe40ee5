"""What an earlier build of the same version made: it is told from what this one makes, and gets what it lacks."""

from __future__ import annotations

import contextlib
import datetime
from pathlib import Path

import apsw
import pytest

from simple_memory import config, errors
from simple_memory.store import backup, connection, glance, schema, shape
from simple_memory.sync import engine
from tests.store import earlier


@pytest.fixture
def home(tmp_path: Path) -> config.Home:
    made = config.Home(str(tmp_path / "memory"))
    config.make_home(made)
    return made


def shape_of(sql: str) -> shape.Shape:
    with contextlib.closing(apsw.Connection(":memory:")) as made:
        made.execute(sql)
        return shape.of(made)


def test_the_digest_that_programs_know_is_that_of_the_schema() -> None:
    assert shape.digest(shape_of(schema.current_sql())) == schema.SHAPE, "python -m tests.store.freeze writes it"


def test_comments_spaces_and_the_order_of_columns_make_no_other_shape() -> None:
    one = shape_of(
        "CREATE TABLE t (a TEXT NOT NULL DEFAULT 'x,(''', b INTEGER CHECK (b IN (1, 2)), UNIQUE (a, b)) STRICT;"
    )
    two = shape_of(
        "CREATE TABLE t (b INTEGER -- why, (b)\n CHECK (b IN (1,2)),\n\n"
        " a TEXT NOT NULL DEFAULT 'x,(''', UNIQUE(a,b))STRICT;"
    )
    assert shape.digest(one) == shape.digest(two)
    assert shape.difference(one, two).is_none()
    assert one.tables["t"]["a"] == "a TEXT NOT NULL DEFAULT 'x,('''"


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ("CREATE TABLE t (a TEXT, b BLOB)", []),
        ("CREATE TABLE t (a TEXT)", ["its table t has no column b"]),
        ("CREATE TABLE t (b BLOB)", ["its table t has no column a"]),
        ("CREATE TABLE t (a BLOB, b BLOB)", ["a of its table t is another"]),
        ("CREATE TABLE t (a TEXT, b BLOB) STRICT", ["the kind of its table t is another"]),
        ("CREATE TABLE t (a TEXT, b BLOB, UNIQUE (a))", ["its table t has UNIQUE ( a )"]),
        ("CREATE TABLE t (a TEXT, b BLOB, c INTEGER NOT NULL)", ["its table t has c"]),
        ("CREATE TABLE t (a TEXT, b BLOB, c INTEGER NOT NULL DEFAULT 1)", []),
        ("CREATE TABLE t (a TEXT, b BLOB); CREATE TABLE more (x)", []),
        ("CREATE TABLE t (a TEXT, b BLOB); CREATE INDEX more ON t (b)", ["its more is too much"]),
        ("CREATE TABLE more (x)", ["it has no table t"]),
    ],
)
def test_what_a_database_lacks_is_told(found: str, told: list[str]) -> None:
    assert shape.difference(shape_of(found), shape_of("CREATE TABLE t (a TEXT, b BLOB)")).sentences() == told


@pytest.mark.parametrize("column", ["b TEXT NOT NULL", "b TEXT UNIQUE"])
def test_a_column_that_rows_cannot_have_without_a_word_is_a_problem(column: str) -> None:
    told = shape.difference(shape_of("CREATE TABLE t (a)"), shape_of(f"CREATE TABLE t (a, {column})"))
    assert told.problems == ["its table t has no b"]


def test_every_column_of_ours_that_can_be_added_is_added_as_it_is() -> None:
    """Also behind the comment of a last column, which SQLite keeps."""
    wanted = shape_of(schema.current_sql())
    with (
        contextlib.closing(apsw.Connection(":memory:")) as made,
        contextlib.closing(apsw.Connection(":memory:")) as new,
    ):
        new.execute(schema.current_sql())
        kept = {
            table: [text for name, text in parts.items() if name and not shape.can_be_added(text)]
            for table, parts in wanted.tables.items()
        }
        for table, texts in kept.items():
            made.execute(f"CREATE TABLE {table} ({', '.join(texts)} -- why\n) {wanted.tables[table]['']}")
        lacks = shape.difference(shape.of(made), wanted)
        assert lacks.problems == []
        shape.add(made, new, lacks)
        assert shape.difference(shape.of(made), wanted).is_none()
        assert shape.digest(shape.of(made)) == schema.SHAPE


@pytest.mark.fault("S13")
def test_what_an_early_build_made_is_brought_up_to_date_after_a_backup_and_keeps_its_rows(home: config.Home) -> None:
    earlier.thaw_lacking(home)
    told: list[tuple[str, dict[str, object]]] = []
    one = engine.Engine(home, config.Settings(), report=lambda *event: told.append(event), sources=())
    one.open()
    while one.work(1.0):
        pass
    one.close()

    (kept,) = backup.find(home)
    assert kept.kind is backup.Kind.MIGRATION
    assert ("bringing_up_to_date", {"backup": kept.path}) in told
    reader = connection.open_reader(home)
    assert reader.execute("SELECT title, messages FROM sessions").fetchall() == [("Frozen", 4)]
    assert reader.execute("SELECT name, length(result) FROM tool_calls").fetchall() == [("Bash", 4500)]
    assert reader.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert shape.digest(shape.of(reader)) == schema.SHAPE
    reader.close()
    assert glance.glance(home.database).state == glance.OK


def test_it_is_changed_once(home: config.Home) -> None:
    earlier.thaw_lacking(home)
    connection.open_writer(home).close()
    assert backup.before_migration(home, datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)) is None
    opened = connection.open_reader(home)
    assert schema.is_current(opened)
    opened.close()


@pytest.mark.fault("S13")
def test_until_then_readers_and_status_say_what_to_do_and_change_nothing(home: config.Home) -> None:
    earlier.thaw_lacking(home)
    before = Path(home.database).read_bytes()
    with pytest.raises(errors.StoreOlder, match=r"an earlier build: it has no table blob \(and \d+ more\)") as caught:
        connection.open_reader(home)
    assert "simple-memory sync" in caught.value.hint
    seen = glance.glance(home.database)
    assert (seen.state, seen.counters["messages"]) == (glance.OLDER, 4)
    assert Path(home.database).read_bytes() == before


def test_a_later_build_of_the_same_version_is_read_as_it_is(home: config.Home) -> None:
    connection.open_writer(home).close()
    with contextlib.closing(apsw.Connection(home.database)) as made:
        made.execute("ALTER TABLE session ADD COLUMN mood TEXT; UPDATE counter SET shape = 'another'")
    connection.open_reader(home).close()
    connection.open_writer(home).close()
    assert glance.glance(home.database).state == glance.OK


@pytest.mark.fault("S13")
def test_what_cannot_be_added_is_refused_with_one_sentence_and_stays(home: config.Home) -> None:
    earlier.thaw_early(home)
    before = Path(home.database).read_bytes()
    for opens in (connection.open_reader, connection.open_writer):
        with pytest.raises(errors.StoreOlder, match="response of its table response is another") as caught:
            opens(home)
        assert "simple-memory doctor" in caught.value.hint
    with contextlib.closing(apsw.Connection(home.database)) as made:
        assert "blob" not in shape.of(made).tables
    assert len(before) == Path(home.database).stat().st_size


def test_rows_that_do_not_fit_a_new_index_are_refused_and_all_stays(home: config.Home) -> None:
    earlier.thaw_lacking(home)
    with contextlib.closing(apsw.Connection(home.database)) as made:
        made.execute("DROP INDEX tool_call_by_call")
        made.execute("INSERT INTO tool_call (session_id, call_id) SELECT session_id, call_id FROM tool_call")
    with pytest.raises(errors.StoreOlder, match="its rows do not fit"):
        connection.open_writer(home)
    with contextlib.closing(apsw.Connection(home.database)) as made:
        assert "blob" not in shape.of(made).tables

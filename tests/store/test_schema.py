"""The schema's versions: every frozen database of an older program opens, and its rows are the same afterwards."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from simple_memory import config, errors
from simple_memory.store import backup, connection, glance, schema
from simple_memory.sync import engine

FROZEN = sorted((Path(__file__).parent / "databases").glob("v*.sql"))


def thaw(home: config.Home, frozen: Path) -> None:
    made = apsw.Connection(home.database)
    made.execute(frozen.read_text(encoding="utf-8"))
    made.close()


@pytest.fixture
def home(tmp_path: Path) -> config.Home:
    made = config.Home(str(tmp_path / "memory"))
    config.make_home(made)
    return made


def test_every_version_up_to_this_one_is_frozen() -> None:
    assert [path.stem for path in FROZEN] == [f"v{number}" for number in range(1, schema.VERSION + 1)]


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.stem)
def test_a_frozen_database_opens_and_tells_what_it_held(home: config.Home, frozen: Path) -> None:
    thaw(home, frozen)
    writer = connection.open_writer(home)
    assert schema.version_of(writer) == schema.VERSION
    assert writer.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    writer.close()
    reader = connection.open_reader(home)
    assert reader.execute("SELECT title, messages FROM sessions").fetchall() == [("Frozen", 4)]
    assert reader.execute("SELECT name, length(result) FROM tool_calls").fetchall() == [("Bash", 4500)]
    reader.close()


def test_this_versions_schema_is_the_one_that_was_frozen(home: config.Home, tmp_path: Path) -> None:
    thaw(home, FROZEN[-1])
    old = apsw.Connection(home.database)
    new = apsw.Connection(":memory:")
    new.execute(schema.current_sql())
    names = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
    frozen, current = (
        [(kind, name, " ".join((sql or "").split())) for kind, name, sql in one.execute(names)] for one in (old, new)
    )
    old.close()
    assert frozen == current, (
        "the schema of a released version never changes: add a migration, and freeze a new version"
    )


NEXT = "ALTER TABLE session ADD COLUMN mood TEXT; UPDATE session SET mood = 'calm'; CREATE TABLE added (a) STRICT;"


@pytest.fixture
def next_version(monkeypatch: pytest.MonkeyPatch) -> int:
    """Make a program of one version later: its schema has one column and one table more."""
    version = schema.VERSION + 1
    now = schema.current_sql().replace("CREATE TABLE session (", "CREATE TABLE session (mood TEXT,", 1)
    texts = {"schema.sql": now + "CREATE TABLE added (a TEXT) STRICT;", "next.sql": NEXT.replace("(a)", "(a TEXT)")}
    monkeypatch.setattr(schema, "_text_of", lambda _, name: texts[name])
    monkeypatch.setattr(schema, "VERSION", version)
    monkeypatch.setattr(schema, "SHAPE", "of the next version")
    monkeypatch.setattr(schema, "MIGRATIONS", ((version, "next.sql"),))
    return version


def open_engine(home: config.Home) -> None:
    one = engine.Engine(home, config.Settings(), report=lambda *_: None, sources=())
    one.open()
    one.close()


def test_a_next_version_finds_its_place_with_all_rows_and_a_backup(home: config.Home, next_version: int) -> None:
    thaw(home, FROZEN[-1])
    open_engine(home)
    opened = connection.open_reader(home)
    assert schema.version_of(opened) == next_version
    assert opened.execute("SELECT title, mood FROM session").fetchall() == [("Frozen", "calm")]
    assert opened.execute("SELECT shape FROM counter").fetchall() == [(schema.SHAPE,)]
    opened.close()
    (kept,) = backup.find(home)
    assert backup.check(kept.path).schema_version == next_version - 1


def test_a_next_versions_own_new_database_is_the_same(home: config.Home, next_version: int) -> None:
    open_engine(home)
    assert backup.find(home) == []
    opened = connection.open_reader(home)
    assert schema.version_of(opened) == next_version
    assert opened.execute("SELECT shape FROM counter").fetchall() == [(schema.SHAPE,)]
    opened.close()


def test_a_database_of_the_version_before_is_not_read_until_it_is_brought_up_to_date(
    home: config.Home, next_version: int
) -> None:
    thaw(home, FROZEN[-1])
    with pytest.raises(errors.StoreOlder, match=f"older version .schema {next_version - 1}, .* needs {next_version}"):
        connection.open_reader(home)


def test_status_says_so_of_the_version_before(home: config.Home, monkeypatch: pytest.MonkeyPatch) -> None:
    thaw(home, FROZEN[-1])
    monkeypatch.setattr(glance, "SCHEMA_VERSION", schema.VERSION + 1)
    seen = glance.glance(home.database)
    assert (seen.state, seen.schema_version) == (glance.OLDER, schema.VERSION)
    assert "another version" in seen.reason


def test_a_step_that_fails_leaves_the_version_before(
    home: config.Home, next_version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    thaw(home, FROZEN[-1])
    monkeypatch.setattr(schema, "_text_of", lambda *_: "CREATE TABLE added (a); SELECT 1 FROM nowhere;")
    with pytest.raises(errors.StoreError, match="nowhere"):
        connection.open_writer(home)
    opened = apsw.Connection(home.database)
    assert schema.version_of(opened) == next_version - 1
    assert opened.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'added'").fetchall() == [(0,)]
    opened.close()

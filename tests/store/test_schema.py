"""The schema's versions: every frozen database of an older program opens, and its rows are the same afterwards."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from simple_memory import config
from simple_memory.store import connection, schema

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

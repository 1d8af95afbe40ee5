import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from simple_memory import config
from simple_memory.store import connection as connections
from simple_memory.store import glance, schema
from tests import worlds

KILLED_WRITER = """
import os, signal, sys
from simple_memory import config
from simple_memory.store import connection
opened = connection.open_writer(config.Home(sys.argv[1]))
opened.execute("UPDATE counter SET messages = 41")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def home(world: worlds.World) -> config.Home:
    config.make_home(world.home)
    return world.home


@pytest.fixture
def writer(home: config.Home) -> Iterator[apsw.Connection]:
    opened = connections.open_writer(home)
    opened.execute("UPDATE counter SET messages = 12, sessions = 3, last_sync_at = '2026-01-01T00:00:00.000Z'")
    yield opened
    opened.close()


def files(home: config.Home) -> dict[str, tuple[int, int, bytes]]:
    """Return every file beside the database: size, time of change, content."""
    found = {}
    for name in sorted(os.listdir(home.root)):
        path = os.path.join(home.root, name)
        if os.path.isfile(path):
            seen = os.stat(path)
            found[name] = (seen.st_size, seen.st_mtime_ns, Path(path).read_bytes())
    return found


def test_the_numbers_are_those_of_the_schema() -> None:
    ours = (glance.APPLICATION_ID, glance.SCHEMA_VERSION, glance.SHAPE)
    assert ours == (schema.APPLICATION_ID, schema.VERSION, schema.SHAPE)


def test_the_counters_of_a_database_that_is_open_are_seen(home: config.Home, writer: apsw.Connection) -> None:
    seen = look_from_outside(home)
    assert seen == ["ok", "12", "3"]


def look_from_outside(home: config.Home) -> list[str]:
    """Glance in another process, as `status` does: this one has the database open."""
    program = (
        "import sys; from simple_memory.store import glance; seen = glance.glance(sys.argv[1]);"
        "print(seen.state, seen.counters.get('messages'), seen.counters.get('sessions'))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, home.database], capture_output=True, text=True, check=True, timeout=20
    )
    return ended.stdout.split()


def test_types_of_records_that_nobody_understands_are_seen(home: config.Home, writer: apsw.Connection) -> None:
    writer.execute("INSERT INTO record_kind VALUES ('claude-code', 'sparkle', 0, 7), ('claude-code', 'user', 1, 9)")
    writer.execute("UPDATE counter SET unknown_records = 7")

    assert glance.glance(home.database).unknown == {"sparkle": 7}


def test_a_look_while_it_is_open_touches_no_file(home: config.Home, writer: apsw.Connection) -> None:
    before = {name: os.stat(os.path.join(home.root, name)).st_mtime_ns for name in os.listdir(home.root)}
    look_from_outside(home)
    assert {name: os.stat(os.path.join(home.root, name)).st_mtime_ns for name in os.listdir(home.root)} == before


def test_what_is_not_checkpointed_yet_counts(home: config.Home, writer: apsw.Connection) -> None:
    writer.execute("UPDATE counter SET messages = 13")
    assert look_from_outside(home)[1] == "13"


def test_a_look_at_a_closed_database_makes_and_changes_no_file(home: config.Home, writer: apsw.Connection) -> None:
    writer.close()
    before = files(home)
    assert list(before) == ["memory.db"]
    seen = glance.glance(home.database)
    assert (seen.state, seen.counters["messages"], seen.schema_version) == ("ok", 12, 1)
    assert seen.size_bytes == os.path.getsize(home.database)
    assert files(home) == before


def test_what_a_killed_writer_left_is_seen_and_left_alone(home: config.Home) -> None:
    connections.open_writer(home).close()
    subprocess.run([sys.executable, "-c", KILLED_WRITER, home.root], check=False, timeout=20)
    before = files(home)
    assert {"memory.db-wal", "memory.db-shm"} <= set(before)
    assert glance.glance(home.database).counters["messages"] == 41
    assert files(home) == before


def test_a_database_locked_by_another_is_busy_at_once(home: config.Home) -> None:
    connections.open_writer(home).close()
    holder = apsw.Connection(home.database)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE")
    holder.execute("UPDATE counter SET messages = 1")
    assert look_from_outside(home)[0] in {"busy", "ok"}  # read as it lies, or refused; never waited for
    holder.close()


def test_no_file_and_an_empty_file_are_missing(home: config.Home) -> None:
    assert glance.glance(home.database).state == "missing"
    Path(home.database).touch()
    assert glance.glance(home.database).state == "missing"


def test_what_is_no_database_is_foreign(home: config.Home) -> None:
    Path(home.database).write_bytes(b"no database at all, but long enough to be one " * 200)
    assert glance.glance(home.database).state == "foreign"


def test_the_database_of_another_program_is_foreign(home: config.Home) -> None:
    other = apsw.Connection(home.database)
    other.execute("CREATE TABLE counter (messages)")
    other.close()
    assert glance.glance(home.database).state == "foreign"


def test_a_link_and_a_folder_are_foreign(home: config.Home, world: worlds.World) -> None:
    os.symlink(world.root / "elsewhere", home.database)
    assert glance.glance(home.database).state == "foreign"
    os.unlink(home.database)
    os.mkdir(home.database)
    assert glance.glance(home.database).state == "foreign"


def test_a_newer_schema_is_newer(home: config.Home, writer: apsw.Connection) -> None:
    writer.execute("PRAGMA user_version = 99")
    writer.close()
    seen = glance.glance(home.database)
    assert (seen.state, seen.schema_version) == ("newer", 99)


def test_a_cut_off_database_is_damaged(home: config.Home, writer: apsw.Connection) -> None:
    writer.close()
    os.truncate(home.database, os.path.getsize(home.database) - 8192)
    assert glance.glance(home.database).state == "damaged"


def test_a_database_with_a_spoilt_page_is_damaged(home: config.Home, writer: apsw.Connection) -> None:
    page = int(writer.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'counter'").get)
    writer.close()
    with open(home.database, "r+b") as file:
        file.seek((page - 1) * 8192)
        file.write(b"\xff" * 8192)
    assert glance.glance(home.database).state == "damaged"


def test_a_path_with_every_odd_character_is_found(world: worlds.World) -> None:
    home = config.Home(str(world.root / "odd ?#%&ü'\" name"))
    config.make_home(home)
    connections.open_writer(home).close()
    assert glance.glance(home.database).state == "ok"

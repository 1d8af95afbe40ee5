"""Opening the database: what is not ours is refused with a sentence and left as it is (S5, S7, S11)."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from simple_memory import config, errors
from simple_memory.store import connection, schema
from tests import raw_opens
from tests.builders import transcript
from tests.sync import stores


@pytest.fixture
def home(tmp_path: Path) -> config.Home:
    made = config.Home(str(tmp_path / "memory"))
    config.make_home(made)
    return made


def of_another_program(path: str) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (a)")
    other.close()


def newer(path: str) -> None:
    with sqlite3.connect(path) as other:
        other.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        other.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    other.close()


def no_database(path: str) -> None:
    Path(path).write_bytes(b"these are words, and no database at all. " * 200)


BAD: dict[str, tuple[Callable[[str], None], type[errors.StoreError]]] = {
    "of another program": (of_another_program, errors.StoreForeign),
    "newer": (newer, errors.StoreNewer),
    "no database": (no_database, errors.StoreForeign),
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("opening", [connection.open_writer, connection.open_reader])
@pytest.mark.fault("S5")
def test_a_file_that_is_not_ours_is_refused_with_a_sentence_and_left_as_it_is(
    home: config.Home, kind: str, opening: Callable[[config.Home], apsw.Connection]
) -> None:
    make, expected = BAD[kind]
    make(home.database)
    before = Path(home.database).read_bytes()

    with pytest.raises(expected) as raised:
        opening(home)

    assert home.database in raised.value.message
    assert raised.value.hint
    assert raised.value.exit_code == errors.EXIT_ERROR
    assert Path(home.database).read_bytes() == before
    assert [name for name in os.listdir(home.root) if name.startswith("memory.db")] == ["memory.db"]


def test_a_reader_of_nothing_says_that_there_is_no_memory_yet_and_makes_none(home: config.Home) -> None:
    with pytest.raises(errors.StoreMissing, match="no memory yet"):
        connection.open_reader(home)
    assert not os.path.exists(home.database)


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
@pytest.mark.parametrize("opening", [connection.open_writer, connection.open_reader])
@pytest.mark.fault("S5")
def test_what_is_no_file_is_refused_at_once(
    home: config.Home, make: Callable[[str], None], opening: Callable[[config.Home], apsw.Connection]
) -> None:
    make(home.database)
    with pytest.raises(errors.StoreForeign, match="is no file") as raised:
        opening(home)
    assert "Move it away" in raised.value.hint


@pytest.mark.parametrize(("length", "fits"), [(500, True), (501, False)])
def test_a_path_that_sqlite_does_not_take_is_named_with_its_length(tmp_path: Path, length: int, fits: bool) -> None:
    root = str(tmp_path)
    while length - len(root) > 220:
        root += "/" + "h" * 100
    home = config.Home(root + "/" + "x" * (length - len(root) - len("/" + "/memory.db")))
    assert len(home.database) == length
    os.makedirs(home.root)
    if not fits:
        with pytest.raises(errors.HomeUnusable, match="501 bytes"):
            connection.open_writer(home)
        return
    connection.open_writer(home).close()
    connection.open_reader(home).close()


@pytest.mark.fault("S5")
def test_an_empty_file_is_made_a_store_by_the_writer_and_refused_by_readers(home: config.Home) -> None:
    Path(home.database).touch()
    with pytest.raises(errors.StoreMissing):
        connection.open_reader(home)
    connection.open_writer(home).close()
    connection.open_reader(home).close()


def test_a_link_in_the_databases_place_is_refused_and_its_target_untouched(home: config.Home, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"")
    os.symlink(target, home.database)
    for opening in (connection.open_writer, connection.open_reader):
        with pytest.raises(errors.StoreForeign):
            opening(home)
    assert target.read_bytes() == b""


def test_the_database_is_private_whatever_the_umask(home: config.Home) -> None:
    before = os.umask(0)
    try:
        connection.open_writer(home).close()
    finally:
        os.umask(before)
    assert os.stat(home.database).st_mode & 0o777 == config.FILE_MODE


def test_a_damaged_database_is_named_damaged(home: config.Home) -> None:
    connection.open_writer(home).close()
    with open(home.database, "r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 4000)
    with pytest.raises(errors.StoreError) as raised:
        connection.open_reader(home)
    assert raised.value.hint


@pytest.mark.fault("S7")
def test_a_foreign_lock_makes_it_busy_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_MS", 50)
    transcript.Session().prompt("kept").write(tmp_path / "claude")
    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        other = apsw.Connection(memory.home.database)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(errors.StoreBusy):
            memory.sync()
        other.execute("ROLLBACK")
        other.close()
        memory.drain()
        assert memory.one("SELECT messages FROM counter") == 1


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
@pytest.mark.fault("S11")
def test_nobody_opens_the_databases_files_by_hand_in_a_process_that_has_them_open(tmp_path: Path) -> None:
    transcript.Session().prompt("go").tool("Bash", {}, result="word " * 900).write(tmp_path / "claude")
    by_hand = compile("open(path, 'rb').close()", f"/x{raw_opens.OURS}by_hand.py", "exec")
    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        memory.sync().tell()
        assert raw_opens.found == []  # as after every other test, too
        exec(by_hand, {"path": memory.home.database})
        assert raw_opens.found == [memory.home.database]
    exec(by_hand, {"path": memory.home.database})
    assert raw_opens.found.pop() == memory.home.database
    assert raw_opens.found == []  # what nobody has open may be opened

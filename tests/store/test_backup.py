"""Backups are whole, private, bounded in number, and never take the place of anything before they were checked."""

from __future__ import annotations

import datetime
import os
import stat
import threading
from pathlib import Path

import apsw
import pytest

from simple_memory import config, errors
from simple_memory.store import backup, connection, reader, schema
from simple_memory.upkeep import recovery
from tests.builders import transcript
from tests.sync import stores

NOON = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)


@pytest.fixture
def memory(tmp_path: Path) -> stores.Memory:
    transcript.Session().prompt("Where?").reply("Here.").write(tmp_path / "claude")
    with stores.Memory(tmp_path, tmp_path / "claude") as filled:
        filled.sync()
    return filled


def test_a_backup_is_one_private_file_that_holds_the_same(memory: stores.Memory) -> None:
    made = backup.make(memory.home, backup.Kind.MANUAL, NOON)
    assert os.listdir(memory.home.backups) == ["memory-20260131T120000Z-manual.db"]
    assert stat.S_IMODE(os.stat(made.path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(memory.home.backups).st_mode) == 0o700
    held = backup.check(made.path)
    assert (held.messages, held.sessions, held.schema_version) == (2, 1, schema.VERSION)
    assert os.listdir(memory.home.backups) == ["memory-20260131T120000Z-manual.db"]
    assert backup.find(memory.home) == [made]
    assert made.made_at == "2026-01-31T12:00:00.000Z"


def test_a_backup_made_while_a_transaction_goes_on_holds_what_was_committed(memory: stores.Memory) -> None:
    writer = connection.open_writer(memory.home)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE counter SET messages = 99")
    made = backup.make(memory.home, backup.Kind.MANUAL, NOON)
    writer.execute("COMMIT")
    writer.close()
    assert backup.check(made.path).messages == 2


def test_the_newest_of_each_kind_are_kept(memory: stores.Memory) -> None:
    for day in range(5):
        for kind in backup.Kind:
            backup.make(memory.home, kind, NOON + datetime.timedelta(days=day))
    kept = [(one.kind, one.made_at[:10]) for one in backup.find(memory.home)]
    assert [day for kind, day in kept if kind is backup.Kind.DAILY] == ["2026-02-04", "2026-02-03", "2026-02-02"]
    assert [day for kind, day in kept if kind is backup.Kind.MANUAL] == ["2026-02-04", "2026-02-03", "2026-02-02"]
    assert [day for kind, day in kept if kind is backup.Kind.MIGRATION] == ["2026-02-04"]


def test_of_large_daily_ones_only_the_newest_is_kept(memory: stores.Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(2):
        backup.make(memory.home, backup.Kind.DAILY, NOON + datetime.timedelta(days=day))
        backup.make(memory.home, backup.Kind.MANUAL, NOON + datetime.timedelta(days=day))
    monkeypatch.setattr(backup, "LARGE_BYTES", 1)
    backup.make(memory.home, backup.Kind.DAILY, NOON + datetime.timedelta(days=2))
    kept = [(one.kind, one.made_at[:10]) for one in backup.find(memory.home)]
    assert [day for kind, day in kept if kind is backup.Kind.DAILY] == ["2026-02-02"]
    assert len([day for kind, day in kept if kind is backup.Kind.MANUAL]) == 2


def test_a_daily_one_leaves_as_much_of_the_disk_as_it_takes(
    memory: stores.Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = os.path.getsize(backup.make(memory.home, backup.Kind.MANUAL, NOON).path)

    class Tight:
        f_bavail, f_frsize = size * 3 // 2, 1

    monkeypatch.setattr(backup, "_ROOM_LEFT", 0)
    monkeypatch.setattr(os, "statvfs", lambda _: Tight)
    with pytest.raises(errors.DiskFull):
        backup.make(memory.home, backup.Kind.DAILY, NOON)
    assert backup.make(memory.home, backup.Kind.MANUAL, NOON + datetime.timedelta(days=1)).size_bytes == size


def test_one_that_is_stopped_leaves_nothing(memory: stores.Memory) -> None:
    with pytest.raises(backup.Stopped):
        backup.make(memory.home, backup.Kind.DAILY, NOON, stop=lambda: True)
    assert os.listdir(memory.home.backups) == []


def test_what_a_crash_left_is_removed_by_the_next_and_nothing_else(memory: stores.Memory) -> None:
    config.make_private(memory.home.backups)
    for name in ("memory-x-daily.db.part", "mine.db", "memory-new-daily.db.part"):
        Path(memory.home.backups, name).write_bytes(b"x")
    os.utime(Path(memory.home.backups, "memory-x-daily.db.part"), (1, 1))
    backup.make(memory.home, backup.Kind.DAILY, NOON)
    assert sorted(os.listdir(memory.home.backups)) == [
        "memory-20260131T120000Z-daily.db", "memory-new-daily.db.part", "mine.db",
    ]  # fmt: skip


def test_a_damaged_database_gives_no_backup(memory: stores.Memory) -> None:
    path = Path(memory.home.database)
    content = bytearray(path.read_bytes())
    content[8192 * 3 : 8192 * 5] = bytes(8192 * 2)
    path.write_bytes(content)
    with pytest.raises(errors.StoreError):
        backup.make(memory.home, backup.Kind.DAILY, NOON)
    assert os.listdir(memory.home.backups) == []


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\x00" + bytes(5000)])
def test_what_is_no_backup_is_refused(memory: stores.Memory, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(content)
    with pytest.raises(errors.StoreError):
        backup.check(str(path))
    assert path.read_bytes() == content


def test_a_full_disk_is_said_before_anything_is_written(memory: stores.Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        f_bavail, f_frsize = 1, 4096

    monkeypatch.setattr(os, "statvfs", lambda _: Full)
    with pytest.raises(errors.DiskFull):
        backup.make(memory.home, backup.Kind.DAILY, NOON)
    assert os.listdir(memory.home.backups) == []


def test_before_a_migration_there_is_a_backup_and_else_there_is_none(
    memory: stores.Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert backup.before_migration(memory.home, NOON) is None
    assert backup.before_migration(config.Home(str(tmp_path / "nowhere")), NOON) is None
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    made = backup.before_migration(memory.home, NOON)
    assert made is not None
    assert made.kind is backup.Kind.MIGRATION


def counted(home: config.Home) -> tuple[int, int]:
    """Return the messages and sessions that a home's database counts."""
    opened = connection.open_reader(home)
    try:
        held = reader.counters(opened)
        return held.messages, held.sessions
    finally:
        opened.close()


@pytest.mark.fault("S10")
def test_a_backup_under_a_bulk_import_is_whole(tmp_path: Path) -> None:
    for number in range(40):
        session = transcript.Session(project=f"/home/ada/p{number % 5}")
        for turn in range(20):
            session.prompt(f"Question {number} {turn}").reply("An answer. " * 50)
        session.write(tmp_path / "claude")
    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        ended = threading.Event()
        made: list[backup.Backup] = []

        def keep_backing_up() -> None:
            while not ended.is_set():
                made.append(backup.make(memory.home, backup.Kind.MANUAL, NOON + datetime.timedelta(seconds=len(made))))

        thread = threading.Thread(target=keep_backing_up)
        thread.start()
        memory.sync()
        ended.set()
        thread.join(20)
        assert made
        for one in backup.find(memory.home):
            held = backup.check(one.path)
            opened = apsw.Connection(one.path, flags=apsw.SQLITE_OPEN_READONLY)
            assert list(opened.execute("SELECT count(*) FROM messages WHERE role <> 'system'")) == [(held.messages,)]
            opened.close()
            other = config.Home(str(tmp_path / os.path.basename(one.path)))
            config.make_home(other)
            recovery.replace_with(other, one.path, NOON)
            assert counted(other) == (held.messages, held.sessions)
        last = backup.make(memory.home, backup.Kind.DAILY, NOON)
        assert backup.check(last.path).messages == 40 * 20 * 2

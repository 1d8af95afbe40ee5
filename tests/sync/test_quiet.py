"""In a quiet time there is a backup a day, and the archive gets smaller; reading never waits for it."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Any

import pytest

from simple_memory.store import archive, backup, connection, journal
from simple_memory.sync import engine, quiet
from tests import worlds
from tests.builders import transcript
from tests.sync import stores

NOON = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)
EXTENT = (1, 1, 1, 0)


def made(days_ago: float, kind: backup.Kind = backup.Kind.DAILY, size: int = 1) -> backup.Backup:
    at = NOON - datetime.timedelta(days=days_ago)
    return backup.Backup("x", kind, at.strftime("%Y-%m-%dT%H:%M:%S.000Z"), size)


@pytest.mark.parametrize(
    ("found", "extent", "due"),
    [
        ([], (0, 0, 0, 0), False),
        ([], EXTENT, True),
        ([made(0.5)], EXTENT, False),
        ([made(1.5)], EXTENT, True),
        ([made(0.1, backup.Kind.MANUAL)], EXTENT, True),
        ([made(6.5, size=backup.LARGE_BYTES)], EXTENT, False),
        ([made(7.5, size=backup.LARGE_BYTES)], EXTENT, True),
    ],
)
def test_a_backup_is_due_once_a_day_or_a_week_if_it_is_large_where_there_is_anything(
    found: list[backup.Backup], extent: tuple[int, ...], due: bool
) -> None:
    assert quiet.is_due(found, lambda: extent, NOON) == due


def test_a_backup_is_not_due_while_the_store_is_what_the_last_one_holds(memory: stores.Memory) -> None:
    backup.make(memory.home, backup.Kind.DAILY, NOON - datetime.timedelta(days=3))
    with memory.reader() as opened:
        assert not quiet.is_due(backup.find(memory.home), lambda: backup.extent(opened), NOON)
    transcript.Session().prompt("And now?").write(memory.claude)
    memory.restart()
    memory.sync().engine.close()
    with memory.reader() as opened:
        assert quiet.is_due(backup.find(memory.home), lambda: backup.extent(opened), NOON)


@pytest.fixture
def memory(tmp_path: Path) -> stores.Memory:
    transcript.Session().prompt("Where?").reply("Here.").write(tmp_path / "claude")
    with stores.Memory(tmp_path, tmp_path / "claude") as filled:
        filled.sync()
    return filled


def test_a_due_backup_is_made_beside_the_work_and_told(memory: stores.Memory) -> None:
    heard: list[tuple[str, dict[str, object]]] = []
    clock = [0.0]
    daily = quiet.DailyBackup(memory.home, lambda *told: heard.append(told), clock=lambda: clock[0], now=lambda: NOON)
    daily.step(lambda: EXTENT)
    daily.wait(worlds.BOUND_S)
    assert [name for name, _ in heard] == ["backup_made"]
    assert len(backup.find(memory.home)) == 1
    clock[0] = quiet.LOOK_S * 2
    daily.step(lambda: EXTENT)
    daily.wait(worlds.BOUND_S)
    assert len(heard) == 1


def test_a_backup_that_fails_is_told_and_tried_again_later(memory: stores.Memory) -> None:
    heard: list[tuple[str, dict[str, object]]] = []
    Path(memory.home.backups).write_text("no folder")
    daily = quiet.DailyBackup(memory.home, lambda *told: heard.append(told), now=lambda: NOON)
    daily.step(lambda: EXTENT)
    daily.wait(worlds.BOUND_S)
    assert [name for name, _ in heard] == ["backup_failed"]


@pytest.mark.parametrize("days", [0.0, 1.0])
def test_an_engine_that_stays_packs_what_is_quiet_anew_unless_that_is_off_and_says_that_nobody_waits(
    memory: stores.Memory, monkeypatch: pytest.MonkeyPatch, days: float
) -> None:
    monkeypatch.setattr(quiet, "QUIET_S", 0.0)
    monkeypatch.setattr(quiet.DailyBackup, "step", lambda *_: None)
    for path in memory.claude.rglob("*.jsonl"):
        os.utime(path, (0, 0))
    settings: Any = memory._settings
    settings.pack_quiet_days = days
    one = engine.Engine(memory.home, settings, report=lambda *_: None, sources=memory._sources, stays=True)
    one.open()
    one.rescan()
    leisure = []
    while one.work(0.1):
        leisure.append(one.is_at_leisure)
    one.close()
    assert any(leisure) == bool(days)
    assert memory.one("SELECT count(*) FROM frame WHERE settled = 1") == bool(days)


@pytest.mark.parametrize("is_read", [False, True])
def test_the_journal_is_emptied_once_and_again_only_when_it_grows_where_a_reader_keeps_it(
    memory: stores.Memory, monkeypatch: pytest.MonkeyPatch, is_read: bool
) -> None:
    monkeypatch.setattr(quiet, "JOURNAL_BYTES", 0)
    monkeypatch.setattr(quiet.DailyBackup, "step", lambda *_: None)
    one = quiet.Quiet(memory.home, memory._settings, lambda *_: None, archive.Packer())
    opened = connection.open_writer(memory.home)
    with memory.reader() as reading:
        if is_read:
            reading.execute("BEGIN")
            reading.execute("SELECT * FROM counter").fetchall()
        opened.execute("UPDATE counter SET last_sync_at = NULL")
        assert journal.size(memory.home.database) > 0
        assert [one.step(opened) for _ in range(4)] == [True, False, False, False]
        assert (journal.size(memory.home.database) > 0) == is_read
        opened.execute("UPDATE checkpoint SET lines = lines + 1")
        assert one.step(opened)
    opened.close()


def test_what_comes_in_ends_a_quiet_time_and_what_was_held_for_it(
    memory: stores.Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused = []
    monkeypatch.setattr(quiet.Quiet, "pause", lambda _: paused.append(True))
    settings: Any = memory._settings
    one = engine.Engine(memory.home, settings, report=lambda *_: None, sources=memory._sources, stays=True)
    one.open()
    assert not one.work(0.1)
    assert not one.is_at_leisure
    one.close()
    assert paused


def test_on_a_disk_that_is_almost_full_nothing_is_packed(
    memory: stores.Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory._settings.disk_floor_bytes = 1 << 60
    one = quiet.Quiet(memory.home, memory._settings, lambda *_: None, archive.Packer())
    monkeypatch.setattr(quiet.DailyBackup, "step", lambda *_: None)
    opened = connection.open_writer(memory.home)
    assert not one.step(opened)
    memory._settings.disk_floor_bytes = 0
    again = quiet.Quiet(memory.home, memory._settings, lambda *_: None, archive.Packer())
    opened.execute("UPDATE checkpoint SET mtime_ns = 0")
    assert again.step(opened)
    opened.close()


def test_an_engine_that_stays_uses_quiet_times_and_one_that_does_not_never_does(
    memory: stores.Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quiet, "QUIET_S", 0.0)
    for stays in (False, True):
        settings: Any = memory._settings
        one = engine.Engine(memory.home, settings, report=lambda *_: None, sources=memory._sources, stays=stays)
        one.open()
        for _ in range(20):
            one.work(0.1)
        if one._quiet is not None:
            one._quiet._daily.wait(worlds.BOUND_S)
        one.close()
        assert len(backup.find(memory.home)) == stays

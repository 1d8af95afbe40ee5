import json
import os
import socket
import time
from collections.abc import Iterable
from typing import Any

import pytest

from simple_memory import config, errors
from simple_memory.daemon import canary, freed, pace, sync_worker
from simple_memory.daemon import link as links
from tests import worlds


class FakeEngine:
    """Does `pending` pieces of work; fails with what stands in `failures` first."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.noted: list[str] = []
        self.seconds: list[float] = []
        self.failures: list[Exception] = []
        self.pending = 0
        self.tidied = 0
        self.canary_comes = True
        self.has_no_index = False
        self.is_at_leisure = False
        self.looking_takes = 0.0  # seconds of a processor

    def open(self) -> None:
        self.calls.append("open")

    def roots(self) -> list[str]:
        return ["/nowhere"]

    def misses_index(self) -> bool:
        return self.has_no_index

    def tidy(self) -> None:
        self.tidied += 1

    def rescan(self) -> None:
        self.calls.append("rescan")
        end = time.thread_time() + self.looking_takes
        while time.thread_time() < end:
            pass

    def note(self, paths: Iterable[str]) -> None:
        self.noted += paths

    def work(self, seconds: float) -> bool:
        self.calls.append("work")
        self.seconds.append(seconds)
        if self.failures:
            raise self.failures.pop(0)
        self.pending = max(0, self.pending - 1)
        return self.pending > 0

    def facts(self) -> dict[str, object]:
        return {"behind": self.pending, "last_error": None}

    def has_read(self, path: str, size: int) -> bool:
        return self.canary_comes and os.path.getsize(path) == size

    def forget_canary(self) -> None:
        self.calls.append("forget")

    def close(self) -> None:
        self.calls.append("close")


class FakeWatcher:
    """Tells of what stands in `changed`."""

    def __init__(self) -> None:
        self.trouble = ""
        self.changed: set[str] = set()
        self.reader, self.writer = os.pipe()

    def watch(self, roots: list[str]) -> bool:
        return False

    def take(self) -> set[str]:
        taken, self.changed = self.changed, set()
        return taken

    def has_news(self) -> bool:
        return bool(self.changed)

    def fileno(self) -> int:
        return self.reader

    def close(self) -> None:
        os.close(self.reader)
        os.close(self.writer)


class Bench:
    """A sync worker between fakes."""

    def __init__(
        self, home: str = "/nowhere", *, canary_in_s: float = 1e9, trouble: str = "", **settings: float
    ) -> None:
        self.engine, self.watcher = FakeEngine(), FakeWatcher()
        self.watcher.trouble = trouble
        self.link, self.other = links.Link.detached()
        self.settings = config.Settings()
        self.settings.heartbeat_s = 0.05
        for name, value in settings.items():
            setattr(self.settings, name, value)
        self.canary = canary.Canary(config.Home(home), self.engine, now=time.monotonic() + canary_in_s)
        self.worker = sync_worker.SyncWorker(
            self.engine, self.watcher, settings=self.settings, link=self.link, canary=self.canary
        )
        self.worker.start_up()

    def steps(self, count: int) -> None:
        for _ in range(count):
            self.worker.step()

    def facts(self) -> dict[str, Any]:
        """Return the newest facts that it told."""
        lines = self.other.recv(1 << 20).decode().splitlines()
        return dict([json.loads(line)["beat"] for line in lines if "beat" in line][-1])


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_it_opens_says_that_it_serves_and_looks_at_everything_once(bench: Bench) -> None:
    said = bench.other.makefile()
    assert json.loads(said.readline()) == {"ready": True}
    assert json.loads(said.readline())["beat"]["last_rescan_at"] is not None
    bench.steps(3)
    assert bench.engine.calls.count("rescan") == 1


@pytest.mark.parametrize(("trouble", "looks"), [("", 2), ("no watches left", 7)])
def test_looks_at_everything_that_take_much_come_seldom_unless_nothing_else_tells_of_changes(
    trouble: str, looks: int
) -> None:
    bench = Bench(rescan_s=0.0, trouble=trouble)  # the look when it starts takes next to nothing
    bench.engine.looking_takes = 0.05
    bench.steps(6)
    assert bench.engine.calls.count("rescan") == looks


def test_memory_is_tidied_once_all_is_read_that_a_look_at_everything_found(bench: Bench) -> None:
    bench.engine.pending = 3
    bench.steps(2)
    assert bench.engine.tidied == 0
    bench.steps(3)
    assert bench.engine.tidied == 1


def test_changes_are_noted_and_worked_on_at_once(bench: Bench) -> None:
    bench.steps(2)
    before = bench.engine.calls.count("work")
    bench.watcher.changed = {"/a.jsonl"}
    os.write(bench.watcher.writer, b"!")
    bench.steps(1)
    assert bench.engine.noted == ["/a.jsonl"]
    assert bench.engine.calls.count("work") == before + 1


def test_an_index_that_was_taken_away_is_noticed_at_the_next_beat() -> None:
    bench = Bench(rescan_s=1000.0)
    bench.steps(2)
    before = bench.engine.calls.count("work")
    bench.engine.has_no_index = True
    bench.steps(3)
    assert bench.engine.calls.count("work") > before
    assert bench.engine.calls.count("rescan") == 1


def test_during_an_import_changes_are_noted_between_its_pieces(bench: Bench) -> None:
    bench.engine.pending = 10
    bench.steps(2)
    bench.watcher.changed = {"/live.jsonl"}
    bench.steps(1)
    assert bench.engine.pending > 0
    assert bench.engine.noted == ["/live.jsonl"]


def test_a_deaf_watcher_makes_it_look_at_everything_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync_worker, "DEAF_RESCAN_S", 0.0)
    bench = Bench(rescan_s=1000.0, trouble="no watches left")
    bench.steps(5)
    assert bench.engine.calls.count("rescan") >= 4
    assert bench.facts()["watching"] == "no watches left"


def test_a_failure_is_said_once_waited_out_and_forgotten(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sync_worker, "FIRST_RETRY_S", 0.01)
    bench.worker._retry_s = 0.01
    bench.engine.failures = [errors.DiskFull("The disk is full.")] * 3
    bench.steps(1)
    assert bench.facts()["last_error"] == "The disk is full."
    while bench.engine.failures:
        bench.steps(1)
    while bench.worker._error:
        bench.steps(1)
    written = capsys.readouterr().out
    assert written.count('{"level":"error","msg":"failed","error":"The disk is full."') == 1
    assert '{"level":"info","msg":"recovered"' in written
    assert bench.engine.calls.count("open") == 4  # each try on a new connection
    bench.steps(3)
    assert bench.facts()["last_error"] is None


def test_a_fault_of_ours_is_survived_with_its_traceback_in_the_log(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.engine.failures = [ZeroDivisionError("oops")]
    bench.steps(1)
    assert "ZeroDivisionError: oops" in capsys.readouterr().err


def test_waits_between_tries_double_up_to_a_minute(bench: Bench) -> None:
    waits = []
    for _ in range(9):
        waits.append(bench.worker._retry_s)
        bench.worker._fall_back(OSError("no"))
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_request_makes_it_look_now(bench: Bench) -> None:
    bench.steps(2)
    bench.other.sendall(b"rescan\n")
    bench.steps(2)
    assert bench.engine.calls.count("rescan") == 2


def test_it_ends_when_the_supervisor_goes_and_closes_the_store(bench: Bench) -> None:
    bench.steps(1)
    bench.other.shutdown(socket.SHUT_RDWR)
    assert bench.link.stop_requested()
    bench.worker.shut_down()
    assert bench.engine.calls[-1] == "close"


def test_a_canary_is_told_with_the_facts_and_sent_when_somebody_asks(world: worlds.World) -> None:
    config.make_home(world.home)
    bench = Bench(world.home.root)
    bench.steps(2)
    assert bench.facts()["canary"] is None
    bench.other.sendall(b"canary\n")
    bench.steps(3)
    told = bench.facts()["canary"]
    assert told["ok"]
    assert 0 <= told["latency_s"] < 5
    assert os.listdir(world.home.canary) == []


def test_when_something_was_last_told_and_when_all_was_last_looked_at_are_facts(bench: Bench) -> None:
    bench.steps(2)
    assert bench.facts()["last_event_at"] is None
    bench.watcher.changed = {"/a.jsonl"}
    os.write(bench.watcher.writer, b"!")
    bench.steps(6)
    told = bench.facts()
    assert told["last_event_at"] >= told["last_rescan_at"] > "2020"


class SlowPace(pace.Pace):
    """Rests for an hour after every step, on battery."""

    def rest_after(self, worked_s: float) -> float:
        self.reason = pace.BATTERY
        return 3600.0


def slow_bench(bench: Bench) -> Bench:
    bench.worker = sync_worker.SyncWorker(
        bench.engine, bench.watcher, settings=bench.settings, link=bench.link, canary=bench.canary,
        pace=SlowPace(bench.settings),
    )  # fmt: skip
    bench.engine.pending = 100
    return bench


def test_an_import_that_rests_is_told_of_and_goes_on_for_what_comes_in_live(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    slow_bench(bench).steps(3)
    assert bench.engine.calls.count("work") == 1
    assert bench.facts()["slowed_by"] == "battery"
    assert "import_slowed" in capsys.readouterr().out

    bench.watcher.changed = {"/live"}
    os.write(bench.watcher.writer, b"!")
    bench.steps(1)
    assert bench.engine.noted == ["/live"]
    assert bench.engine.calls.count("work") == 2
    assert bench.engine.seconds[-1] == 0.0


def test_a_person_who_asks_for_a_sync_ends_the_rest(bench: Bench) -> None:
    slow_bench(bench).steps(3)
    bench.other.sendall(b"rescan\n")
    bench.steps(1)
    assert bench.engine.calls.count("work") == 2
    assert bench.engine.seconds[-1] > 0.0


class LeisurelyPace(pace.Pace):
    """Rests for an hour after what nobody waits for, and never after an import."""

    def rest_at_leisure(self, worked_s: float) -> float:
        return 3600.0

    def rest_after(self, worked_s: float) -> float:
        return 0.0


@pytest.fixture
def leisurely(bench: Bench) -> Bench:
    bench.worker = sync_worker.SyncWorker(
        bench.engine, bench.watcher, settings=bench.settings, link=bench.link, canary=bench.canary,
        pace=LeisurelyPace(bench.settings),
    )  # fmt: skip
    bench.engine.pending = 100
    bench.engine.is_at_leisure = True
    bench.steps(3)
    assert bench.engine.calls.count("work") == 1
    return bench


def test_a_rest_from_what_nobody_waits_for_is_told_to_nobody(
    leisurely: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leisurely.facts()["slowed_by"] is None
    assert "slowed" not in capsys.readouterr().out


def test_what_comes_in_live_ends_it_and_all_of_it_is_read(leisurely: Bench) -> None:
    leisurely.engine.is_at_leisure = False
    leisurely.watcher.changed = {"/live"}
    os.write(leisurely.watcher.writer, b"!")
    leisurely.steps(3)
    assert leisurely.engine.calls.count("work") == 4
    assert leisurely.engine.seconds[-1] > 0.0


def test_a_look_at_everything_ends_it_too(leisurely: Bench) -> None:
    leisurely.worker._rescan_at = 0.0
    leisurely.steps(1)
    assert leisurely.engine.calls.count("work") == 2


def test_freed_memory_goes_back_once_after_each_look_at_everything_when_all_of_it_is_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    monkeypatch.setattr(freed, "give_back", lambda: given.append(bench.engine.calls.count("work")))
    bench.engine.pending = 3
    bench.steps(2)
    assert given == []
    bench.steps(2)
    assert given == [3]
    bench.watcher.changed = {"/live"}
    os.write(bench.watcher.writer, b"!")
    bench.steps(2)
    assert given == [3]
    bench.worker._rescan_at = 0.0
    bench.steps(1)
    assert given == [3, 5]

"""The benchmarks' own arithmetic: what is within a budget, how a table is written, how a program is timed."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from bench import budgets, first_import, measure, page, performance, queries, results, service, world
from simple_memory import config


def test_a_number_over_its_budget_is_marked() -> None:
    assert budgets.cells(budgets.Measured("import_cpu", 15.0))[3] == "1.25 × **✗ over**"
    assert budgets.cells(budgets.Measured("import_cpu", 12.0))[3] == "1.00 × ✓"
    assert budgets.cells(budgets.Measured("status_writes", 0))[3] == "✓"


def test_what_could_not_be_measured_is_said() -> None:
    assert budgets.cells(budgets.Measured("shim", None))[2:4] == ["not measured", ""]
    assert budgets.within(budgets.Measured("shim", None)) is None


def test_the_table_has_every_budget_in_its_order() -> None:
    lines = page.of_budgets([budgets.Measured("stop", 0.5)]).split("\n")

    assert [line.split("|")[1].strip() for line in lines[2:]] == [budget.what for budget in budgets.BUDGETS.values()]


def test_parts_are_written_between_their_marks() -> None:
    marks = "a\n<!-- one: begin -->\nold\n<!-- one: end -->\nb\n"

    assert page.filled(marks, {"one": "new"}) == "a\n<!-- one: begin -->\nnew\n<!-- one: end -->\nb\n"
    with pytest.raises(ValueError, match="two"):
        page.filled(marks, {"two": "new"})


def test_results_come_back_from_their_file_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")
    found = [
        budgets.Measured("stop", 0.25, "½"),
        budgets.Measured("shim", None),
        budgets.Measured("size", 0.5, raw=9.0),
    ]

    results.save("budgets", {"measured": results.as_json(found)})
    told = results.load("budgets")

    assert told is not None
    assert results.measured(told["measured"]) == found
    assert results.load("peers") is None


def test_rows_of_budgets_that_are_no_more_are_left_out() -> None:
    rows = results.as_json([budgets.Measured("gone", 1.0), budgets.Measured("stop", 1.0)])

    assert [each.key for each in results.measured(rows)] == ["stop"]


def test_the_rate_of_an_import_is_by_its_wall_time() -> None:
    wall = budgets.Measured("import_wall", 7.0, raw=4.0)
    row = {"conditions": {"messages": 1000}, "measured": results.as_json([wall])}

    assert performance.rate(row) == 250.0
    assert performance.rate({**row, "measured": []}) == 0.0


class Measured:
    """A place whose program answers what a test wants."""

    def __init__(self, root: Path, answer: str) -> None:
        self.root = root
        self.answer = answer

    def program(self, *arguments: str) -> measure.Run:
        assert arguments == ("stats", "--space", "--json")
        return measure.Run(0.0, 0.0, 0, 0, self.answer)


def test_the_parts_of_a_memory_are_its_tables_and_the_kinds_of_its_indexs_files(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    for name, size in (("a.pos", 30), ("b.pos", 20), ("meta.json", 10)):
        (tmp_path / "index" / name).write_bytes(b"x" * size)
    answer = '{"space": {"tables": [{"name": "frame", "stored_bytes": 40}]}}'
    place: Any = Measured(tmp_path, answer)

    assert first_import.parts(place) == {"index pos": 50, "table frame": 40, "index json": 10}


def test_a_program_is_timed_with_its_children() -> None:
    burn = "sum(range(3_000_000))"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}]); print('done'); sys.exit(3)"

    found = measure.run([sys.executable, "-c", child], dict(os.environ))

    assert (found.code, found.out) == (3, "done\n")
    assert found.wall > 0
    assert found.cpu > 0.02
    assert found.peak > 1_000_000


def test_the_peak_is_what_a_program_and_its_children_hold_and_not_what_its_starter_does() -> None:
    ballast = bytearray(os.urandom(1024)) * (150 * 1024)
    holds = "held = bytearray(30_000_000); held[::4096] = b'x' * len(held[::4096]); print(sum(range(5_000_000)))"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-I', '-c', {holds!r}]); sys.exit(3)"

    found = measure.run_alone([sys.executable, "-I", "-c", child], dict(os.environ))

    assert (found.code, found.out) == (3, "12499997500000\n")
    assert 30_000_000 < found.peak < len(ballast) / 2


def test_percentiles_and_turns() -> None:
    assert measure.p95(list(range(100))) == 95
    assert measure.median([3, 1, 2]) == 2
    turns: list[str] = []

    def act(name: str) -> float:
        turns.append(name)
        return len(turns)

    assert measure.interleaved(2, lambda: act("a"), lambda: act("b")) == [[1, 3], [2, 4]]
    assert turns == ["a", "b", "a", "b"]


def test_the_cost_of_a_running_process_can_be_read() -> None:
    assert measure.cpu_of(os.getpid()) > 0
    assert measure.resident(os.getpid()) > 1_000_000


def test_a_program_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    held = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    waits = ["sh", "-c", f"echo x > {fifo}; (echo begun; sleep 1000) > {fifo} & wait"]

    found = [run(waits, dict(os.environ), longest_s=1.0) for run in (measure.run, measure.run_alone)]

    assert [each.code for each in found] == [-9, -9]
    os.set_blocking(held, True)
    with os.fdopen(held, "rb") as told:
        assert b"x\n" in told.read()  # it ends, so nobody holds the other end


def test_a_process_that_waits_is_seen_to_wake_up() -> None:
    before = measure.wake_ups_of(os.getpid())
    pipe = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert pipe.communicate(b"x")[0] == b"x"

    assert measure.wake_ups_of(os.getpid()) > before


def test_the_cpu_of_threads_that_ended_counts() -> None:
    before = measure.cpu_of(os.getpid())
    thread = threading.Thread(target=lambda: sum(range(2_000_000)))
    thread.start()
    thread.join()

    assert measure.cpu_of(os.getpid()) - before > 0.005


def test_the_logs_are_looked_at_while_more_than_fits_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Small(config.Settings):
        def __init__(self) -> None:
            super().__init__()
            self.log_bytes_total = 900_000

    monkeypatch.setattr(config, "Settings", Small)

    found = service.logs(tmp_path)

    assert found.value is not None
    assert 0.7 < found.value * 2**20 / 900_000 <= 1


def test_where_the_time_of_a_class_is_over_few_of_its_queries_are_asked_once_and_this_is_told() -> None:
    asked: list[str] = []

    def ask(query: str) -> float:
        asked.append(query)
        return len(asked)

    told = queries._timed("query_rare", list("ab" * 30), ask, 5, 0.0)

    assert len(asked) == 10 + queries.LEAST  # ten to warm up
    assert (told.value, told.remark) == (49, "median 30.5 ms of 40, each asked 1 ×")
    whole = queries._timed("query_rare", ["a", "b"], ask, 5, 60.0)
    assert (whole.remark, len(asked)) == ("median 57.5 ms", 10 + queries.LEAST + 12)


class Running(world.World):
    """A place where this process is all that runs."""

    def __init__(self) -> None:
        pass

    def status(self) -> dict[str, Any]:
        return {"supervisor": {"pid": os.getpid()}, "workers": {"sync": {"pid": None}, "mcp": {"pid": os.getpid()}}}


def test_what_runs_is_waited_for_until_it_rests_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    used = iter([0.0, 0.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    monkeypatch.setattr(world, "REST_S", 0.0)
    monkeypatch.setattr(measure, "cpu_of", lambda _: next(used))

    assert Running().at_rest() == {"supervisor": os.getpid(), "mcp": os.getpid()}
    assert next(used, None) is None

    monkeypatch.setattr(world, "REST_BOUND_S", -1.0)
    assert Running().at_rest()


def test_the_budgets_that_are_not_kept_are_named_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    found = [budgets.Measured("stop", 0.5), budgets.Measured("import_cpu", 20.0), budgets.Measured("query_fifty", 13.0)]
    told = results.conditions(messages=1000, sessions=7, size=5_000_000)
    results.save("budgets", {"conditions": told, "measured": results.as_json(found), "sentences": []})

    first = performance._budgets().split("\n")[0]

    assert (
        first
        == f"1 of {len(budgets.BUDGETS)} budgets are kept. Over theirs: first import: CPU; search, p95: fifty words."
    )

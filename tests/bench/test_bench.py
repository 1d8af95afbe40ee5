"""The benchmarks' own arithmetic: what is within a budget, how a table is written, how a program is timed."""

import os
import sys
from pathlib import Path

import pytest

from bench import budgets, measure, page


def test_a_number_over_its_budget_is_marked() -> None:
    assert "**over**" in budgets.row(budgets.Measured("import_cpu", 12.5))
    assert "**over**" not in budgets.row(budgets.Measured("import_cpu", 12.0))


def test_what_this_build_cannot_do_is_said() -> None:
    assert "not in this build" in budgets.row(budgets.Measured("shim", None))
    assert budgets.within(budgets.Measured("shim", None)) is None


def test_the_table_has_every_budget_in_its_order() -> None:
    lines = page.table([budgets.Measured("stop", 0.5)], ["That is all."]).split("\n")

    assert len(lines) == 2 + len(budgets.BUDGETS) + 2
    assert [line.split("|")[1].strip() for line in lines[2:-2]] == [budget.what for budget in budgets.BUDGETS.values()]


def test_the_table_is_written_between_its_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(page, "PAGE", path)

    page.write("new")

    assert path.read_text(encoding="utf-8") == f"before\n{page.BEGIN}\nnew\n{page.END}\nafter\n"


def test_the_page_in_the_repository_has_the_marks() -> None:
    text = page.PAGE.read_text(encoding="utf-8")

    assert text.index(page.BEGIN) < text.index(page.END)


def test_a_program_is_timed_with_its_children() -> None:
    burn = "sum(range(3_000_000))"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}]); print('done'); sys.exit(3)"

    found = measure.run([sys.executable, "-c", child], dict(os.environ))

    assert (found.code, found.out) == (3, "done\n")
    assert found.wall > 0
    assert found.cpu > 0.02
    assert found.peak > 1_000_000


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

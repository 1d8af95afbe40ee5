"""A memory that grows in steps: what stands on the disk between them, and how the row is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import budgets, grown, measure, performance, results
from scripts import plots

STEP = {
    "messages": 1000, "sessions": 7, "transcripts": 9, "bytes": 5_000_000, "orjson": 0.5, "cpu": 2.0, "wall": 4.0,
    "peak": 1, "gone_cpu": 0.25,
}  # fmt: skip


class Growing(grown.Grown):
    """One whose program is never run: it notes what lay there when it would have been."""

    def program_alone(self, *arguments: str) -> measure.Run:
        self.seen = [arguments, sorted((self.claude / "projects").rglob("*.jsonl"))]
        return measure.Run(4.0, 2.0, 1, 0, "{}")

    def program(self, *arguments: str) -> measure.Run:
        self.left = [arguments, sorted((self.claude / "projects").rglob("*"))]
        return measure.Run(0.5, 0.25, 1, 0, "{}")


def test_a_step_writes_imports_and_deletes_and_the_next_goes_on_with_others(tmp_path: Path) -> None:
    place = Growing(tmp_path)
    place.grow(60)
    first = place.seen[1]
    assert place.seen[0] == ("sync", "--json")
    assert place.left == [("sync", "--json"), []]

    again = Growing(tmp_path)
    again.grow(60)
    assert len(first) > 0
    assert not set(first) & set(again.seen[1])
    assert (again.messages, len(again.steps)) == (120, 2)
    assert again.bytes == sum(step["bytes"] for step in Growing(tmp_path).steps)


def test_a_step_that_would_fill_the_disk_is_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(grown, "FLOOR_BYTES", 1 << 80)
    monkeypatch.setattr("sys.argv", ["grown", "--place", str(tmp_path), "--messages", "60"])
    assert grown.main() == 1
    assert capsys.readouterr().out == "No room for another step; 0 are done.\n"
    assert not (tmp_path / ".claude" / "projects").exists()


def test_the_table_tells_of_the_last_step_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    row: dict[str, Any] = {
        "conditions": results.conditions(messages=10_000, sessions=70, size=50_000_000),
        "measured": results.as_json([budgets.Measured("import_wall", 8.0, raw=4.0)]),
        "step": {**STEP, "all_transcripts": 90},
    }
    results.save("grown", {"rows": [row]})
    table = performance._grown().split("\n")
    assert table[0] == "|  | 10,000 messages |"
    assert "| first import | 250 messages/s |" in table
    assert table[-1] == "| transcripts, all deleted | 90 |"


def test_the_pictures_go_on_where_the_sizes_of_one_import_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)

    def row(messages: int, time: float) -> dict[str, Any]:
        found = [budgets.Measured("query_rare", time), budgets.Measured("import_wall", 8.0, raw=4.0)]
        told = results.conditions(messages=messages, sessions=70, size=50_000_000)
        return {"conditions": told, "measured": results.as_json(found), "step": STEP, "rounds": 3}

    results.save("growth", {"rows": [row(100, 1.0), row(1000, 2.0)]})
    results.save("grown", {"rows": [row(1000, 7.0), row(10_000, 3.0)]})
    drawn: dict[str, list[plots.Line]] = {}
    monkeypatch.setattr(plots, "lines", lambda title, lines, **_: drawn.update({title: list(lines)}))

    performance.draw_queries()
    performance.draw_import()

    searches, imports = drawn.values()
    assert searches[0].points == [(100.0, 1.0), (1000.0, 2.0), (10_000.0, 3.0)]
    assert [line.points for line in imports] == [[(100.0, 25.0), (1000.0, 250.0)], [(1000.0, 250.0), (10_000.0, 250.0)]]

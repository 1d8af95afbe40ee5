"""A tool call tells what it did to a file, and the change as a unified diff."""

from __future__ import annotations

from typing import Any

import pytest

from simple_memory.store import edits

PATH = "/home/ada/shop/money.py"


@pytest.mark.parametrize(
    ("tool", "given", "action"),
    [
        ("Read", {}, "read"),
        ("Write", {}, "written"),
        ("MultiEdit", {}, "edited"),
        ("NotebookEdit", {}, "edited"),
        ("apply_patch", {}, "edited"),
        ("mcp__files__write_file", {}, "written"),
        ("mcp__files__move_file", {}, "moved"),
        ("delete_file", {}, "deleted"),
        ("str_replace_based_edit_tool", {"command": "view"}, "read"),
        ("str_replace_based_edit_tool", {"command": "create"}, "written"),
        ("str_replace_based_edit_tool", {"command": "insert"}, "edited"),
        ("Frobnicate", {}, "named"),
        (None, {}, "named"),
    ],
)
def test_what_a_tool_does_is_known_by_its_name(tool: str | None, given: dict[str, Any], action: str) -> None:
    assert edits.action(tool, given) == action


def test_an_edit_is_the_difference_of_its_two_texts() -> None:
    given = {"file_path": PATH, "old_string": "a\nb\nc", "new_string": "a\nB\nB\nc"}

    assert edits.diff(PATH, given) == [f"--- {PATH}", f"+++ {PATH}", "@@ … @@", " a", "-b", "+B", "+B", " c"]


def test_several_edits_in_one_call_are_one_diff() -> None:
    given = {"edits": [{"old_string": "a", "new_string": "b"}, {"old_string": "c", "new_string": ""}, "damaged"]}

    assert edits.diff(PATH, given)[2:] == ["@@ … @@", "-a", "+b", "@@ … @@", "-c"]


def test_the_patch_that_the_agent_kept_tells_the_lines_numbers() -> None:
    hunk = {"oldStart": 7, "oldLines": 2, "newStart": 7, "newLines": 1, "lines": [" x", "-y"]}
    kept = {"structuredPatch": [hunk, "damaged", {"lines": 3}]}

    assert edits.diff(PATH, {"content": "x"}, kept)[2:] == ["@@ -7,2 +7,1 @@", " x", "-y"]


def test_a_kept_patch_that_changes_nothing_is_not_believed() -> None:
    kept = {"structuredPatch": [{"lines": [" x"]}]}

    assert edits.diff(PATH, {"old_string": "a", "new_string": "b"}, kept)[2:] == ["@@ … @@", "-a", "+b"]


def test_a_written_file_is_all_new() -> None:
    assert edits.diff(PATH, {"content": "a\nb\n"}) == ["--- /dev/null", f"+++ {PATH}", "@@ -0,0 +1,2 @@", "+a", "+b"]


def test_a_notebooks_cell_is_named() -> None:
    assert edits.diff(PATH, {"cell_id": "c3", "new_source": "1"})[2:] == ["@@ cell c3 @@", "+1"]


def test_a_ready_patch_stays_as_it_is() -> None:
    assert edits.diff(PATH, {"patch": "*** Begin\n-a\n+b"}) == ["*** Begin", "-a", "+b"]


@pytest.mark.parametrize("given", [{}, {"command": "ls"}, {"content": 3}, {"edits": [7]}, {"old_string": None}])
def test_what_tells_no_change_has_no_diff(given: dict[str, Any]) -> None:
    assert edits.diff(PATH, given) == []


def test_texts_that_are_very_long_are_not_compared_line_by_line() -> None:
    old = "\n".join(map(str, range(3_000)))

    lines = edits.diff(PATH, {"old_string": old, "new_string": old + "\nmore"})

    assert edits.count(lines) == (3_001, 3_000)


def test_lines_are_counted_without_the_heads() -> None:
    assert edits.count(["--- a", "+++ b", "@@ @@", "+x", "-y", "-z", " "]) == (1, 2)


@pytest.mark.parametrize("text", [None, "", "[1]", "{", "[" * 100_000])
def test_what_is_no_object_is_an_empty_one(text: str | None) -> None:
    assert edits.parse(text) == {}

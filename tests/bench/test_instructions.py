"""The hot paths take no more instructions than were recorded; and the guard would notice if they did."""

from pathlib import Path

import pytest

from bench import hot_paths, instructions, results


def test_no_hot_path_has_become_slower() -> None:
    if not instructions.is_possible():
        pytest.skip("valgrind is not installed")
    before = instructions.baseline()
    if before is None:
        pytest.skip(f"no baseline for {instructions.key()}: `make baseline` records one")

    assert instructions.slower(instructions.count(), before) == []


def test_there_is_a_baseline_for_the_locked_libraries() -> None:
    told = results.load("instructions")

    assert told is not None
    wanted = [f"{name} {version}" for name, version in instructions.locked().items()]
    assert any(all(each in key for each in wanted) for key in told), "run `make baseline`"


def test_a_path_beyond_the_bound_is_named_and_one_within_is_not() -> None:
    before = dict.fromkeys(instructions.NAMES, 1000)
    assert instructions.slower(before, before) == []
    assert instructions.slower({**before, "rows": 1150}, before) == []

    (told,) = instructions.slower({**before, "rows": 1151}, before)

    assert told.startswith("rows: 1,151")


def test_a_baseline_of_another_python_or_library_is_not_this_ones() -> None:
    versions = dict.fromkeys(instructions.LIBRARIES, "1.0")
    keys = {
        instructions.key_of("3.11.7", versions),
        instructions.key_of("3.12.7", versions),
        instructions.key_of("3.11.7", {**versions, "tantivy": "1.1"}),
    }

    assert len(keys) == 3


def test_every_path_does_what_it_is_named_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marks: list[str] = []
    monkeypatch.setattr(hot_paths, "mark", lambda: marks.append("mark"))

    hot_paths.main([str(tmp_path)])
    hot_paths.main([str(tmp_path), "go"])

    assert len(marks) == 2 * len(hot_paths.PATHS)
    assert list(tmp_path.glob("index-*/*.idx"))

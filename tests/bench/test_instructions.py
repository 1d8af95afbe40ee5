"""The hot paths take no more instructions than were recorded; and the guard would notice if they did."""

from pathlib import Path

import pytest

from bench import hot_paths, instructions, results


def test_no_hot_path_has_become_slower() -> None:
    if not instructions.is_possible():
        pytest.skip("valgrind is not installed")
    before = instructions.baseline()
    if before is None:
        pytest.skip(f"no baseline near {instructions.key()}: `make baseline` records one")

    told = instructions.complaints(instructions.count(), before)

    assert not told, "\n".join(told)


def test_there_is_a_baseline_for_the_locked_libraries() -> None:
    told = results.load("instructions")

    assert told is not None
    wanted = [f"{name} {version}" for name, version in instructions.locked().items()]
    assert any(all(each in key for each in wanted) for key in told), "run `make baseline`"


@pytest.mark.parametrize("path", instructions.NAMES)
def test_a_slow_down_of_a_fifth_in_any_path_is_told_with_its_name_and_with_what_to_do(path: str) -> None:
    before = instructions.Baseline(dict.fromkeys(instructions.NAMES, 1000), "python 3.11.7 here", is_own=True)
    assert instructions.complaints(before.counts, before) == []
    assert instructions.complaints({**before.counts, path: 1120}, before) == []

    (told,) = instructions.complaints({**before.counts, path: 1200}, before)

    assert told.startswith(f"{path}: 1,200 instructions, 1.20 × the baseline of python 3.11.7 here: slower.")
    assert "`make baseline`" in told


def test_a_path_that_has_become_much_faster_asks_for_another_baseline() -> None:
    before = instructions.Baseline(dict.fromkeys(instructions.NAMES, 1000), "python 3.11.7 here", is_own=True)

    (told,) = instructions.complaints({**before.counts, "rows": 890}, before)

    assert told.startswith("rows: 890 instructions, 0.89 × the baseline")
    assert "faster" in told


def test_another_patch_of_the_same_python_is_compared_with_by_a_wider_bound() -> None:
    versions = dict.fromkeys(instructions.LIBRARIES, "1.0")
    keys = {patch: instructions.key_of(f"3.11.{patch}", versions) for patch in ("2", "7", "9", "20", "0rc1")}
    counts = dict.fromkeys(instructions.NAMES, 1000)
    told = {keys["2"]: counts, keys["9"]: counts}

    near = {patch: instructions.nearest(told, key) for patch, key in keys.items()}

    assert [each.key for each in near.values() if each] == [keys["2"], keys["9"], keys["9"], keys["9"], keys["2"]]
    assert [each.is_own for each in near.values() if each] == [True, False, True, False, False]
    other = near["7"]
    assert other
    assert instructions.complaints({**counts, "rows": 1490, "parse": 500}, other) == []
    assert len(instructions.complaints({**counts, "rows": 1510}, other)) == 1


def test_a_baseline_of_another_python_or_library_is_not_this_ones() -> None:
    versions = dict.fromkeys(instructions.LIBRARIES, "1.0")
    told = {instructions.key_of("3.11.7", versions): dict.fromkeys(instructions.NAMES, 1000)}

    assert instructions.nearest(told, instructions.key_of("3.11.7", versions))
    assert instructions.nearest(told, instructions.key_of("3.12.7", versions)) is None
    assert instructions.nearest(told, instructions.key_of("3.11.7", {**versions, "tantivy": "1.1"})) is None
    assert instructions.nearest({}, instructions.key_of("3.11.7", versions)) is None


def test_every_path_does_what_it_is_named_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marks: list[str] = []
    monkeypatch.setattr(hot_paths, "mark", lambda: marks.append("mark"))

    hot_paths.main([str(tmp_path)])
    hot_paths.main([str(tmp_path), "go"])

    assert len(marks) == 2 * len(hot_paths.PATHS)
    assert list(tmp_path.glob("index-*/*.idx"))

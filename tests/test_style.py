"""The house's budgets of size and its words, on every file of the package, its scripts and its tests."""

from pathlib import Path

import pytest

from scripts import shape

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "simple_memory"
FOLDERS = [SOURCE, ROOT / "scripts", ROOT / "bench", ROOT / "tests"]
FILES = [path for folder in FOLDERS for path in shape.python_files(folder)]
OURS = [path for path in FILES if not path.is_relative_to(ROOT / "tests")]

FILE_LINES = 400
FUNCTION_LINES = 60
BRANCHES = 10
DOCUMENTED = 0.95
FOREIGN_WORDS = {"_platform_data_folder"}  # the platforms' own word for that folder
FILE_LINES_USUAL = 150
FUNCTION_LINES_USUAL = 30


def definitions(files: list[Path]) -> list[shape.Piece]:
    return [piece for path in files for piece in shape.measure_definitions(path)]


def functions(files: list[Path]) -> list[shape.Piece]:
    return [piece for piece in definitions(files) if not piece.is_class]


def too_much(pieces: list[shape.Piece], what: str, most: int) -> list[str]:
    return [f"{piece}: {getattr(piece, what)} {what}" for piece in pieces if getattr(piece, what) > most]


def test_no_file_is_longer_than_400_lines() -> None:
    assert too_much([shape.measure_file(path) for path in FILES], "lines", FILE_LINES) == []


def test_the_usual_file_of_the_package_fits_on_three_screens() -> None:
    lines = sorted(shape.measure_file(path).lines for path in shape.python_files(SOURCE))

    assert lines[len(lines) // 2] <= FILE_LINES_USUAL


def test_no_function_is_longer_than_60_lines() -> None:
    assert too_much(functions(FILES), "lines", FUNCTION_LINES) == []


def test_nine_of_ten_functions_are_not_longer_than_30_lines() -> None:
    lines = sorted(piece.lines for piece in functions(shape.python_files(SOURCE)))

    assert lines[len(lines) * 9 // 10] <= FUNCTION_LINES_USUAL


def test_no_function_branches_more_than_10_times() -> None:
    assert too_much(definitions(FILES), "branches", BRANCHES) == []


def test_what_is_public_is_documented() -> None:
    public = [piece for piece in definitions(OURS) if piece.public]
    bare = [str(piece) for piece in public if not piece.documented]

    assert 1 - len(bare) / len(public) >= DOCUMENTED, bare


def test_every_module_says_what_it_is() -> None:
    assert [str(path) for path in OURS if not shape.measure_file(path).documented] == []


def test_no_name_holds_a_word_that_says_nothing() -> None:
    found = [name for path in OURS for name in shape.banned_names(path)]

    assert [name for name in found if name.split()[-1] not in FOREIGN_WORDS] == []


def test_nothing_imports_itself_in_a_circle() -> None:
    assert shape.find_cycle(shape.import_graph(ROOT / "src", "simple_memory")) == []


@pytest.mark.parametrize(
    ("name", "banned"),
    [
        ("database", False),
        ("basename", False),
        ("base_url", True),
        ("DataFrame", True),
        ("LockManager", True),
        ("do_it", True),
        ("to_do", False),
        ("process_line", True),
        ("worker_process", False),
        ("process", False),
        ("log_info", True),
    ],
)
def test_a_word_is_banned_as_a_part_of_a_name(name: str, banned: bool) -> None:
    assert shape.is_banned(name) == banned


@pytest.mark.parametrize(
    ("body", "branches"),
    [
        ("return a", 1),
        ("if a: b()\n elif c: d()\n else: e()", 3),
        ("for b in a: c(b)", 2),
        ("while a: b()", 2),
        ("try: a()\n except b: c()\n except d: e()", 3),
        ("return b if a else c", 2),
        ("match a:\n  case 1: b()\n  case 2: c()", 3),
        ("return a and b and c or d", 4),
        ("return [b for b in a]", 1),
        ("return [b for b in a if b if c]", 3),
        ("return sorted(a, key=lambda b: b or c)", 2),
    ],
)
def test_a_function_branches_once_for_each_way_through_it(tmp_path: Path, body: str, branches: int) -> None:
    path = tmp_path / "x.py"
    path.write_text(f"def f(a):\n {body}\n", encoding="utf-8")

    assert [piece.branches for piece in shape.measure_definitions(path)] == [branches]


def test_the_branches_of_inner_functions_count_for_the_outer_one_too(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    inner = "    def g():\n        if a:\n            pass\n"
    path.write_text(f"def f(a):\n    if a:\n        return [b for b in a]\n{inner}", encoding="utf-8")

    found = [(piece.name, piece.branches) for piece in shape.measure_definitions(path)]

    assert found == [("f", 3), ("f.g", 2)]


def test_a_cycle_is_found() -> None:
    assert shape.find_cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert shape.find_cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []

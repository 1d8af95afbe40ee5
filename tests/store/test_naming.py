"""What a person writes names files: whole paths, ends, folders, patterns."""

from __future__ import annotations

import pytest

from simple_memory.store import naming

PATHS = [
    "/a/src/app.py",
    "/a/src/deep/er/app.py",
    "/a/src/deep/notapp.py",
    "/b/app.pyc",
    "/b/src/[x].ts",
    r"C:\ada\win.py",
]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("/a/src/app.py", [0]),
        ("app.py", [0, 1]),
        ("./app.py", [0, 1]),
        ("src/app.py", [0]),
        ("pp.py", []),
        ("", []),
        ("/", []),
        ("src/deep", [1, 2]),
        ("src/deep/", [1, 2]),
        ("/a", [0, 1, 2]),
        ("deep/er", [1]),
        ("*.py", [0, 1, 2, 5]),
        ("src/*.py", [0]),
        ("src/**/*.py", [0, 1, 2]),
        ("/a/**", [0, 1, 2]),
        ("/a/*", []),
        ("app.py?", [3]),
        ("[!n]pp.py", [0, 1]),
        ("src/[[]x].ts", [4]),
        ("src/[x].ts", [4]),
        ("a+(b", []),
        ("win.py", [5]),
        ("ada/*.py", [5]),
        (r"C:\ada\win.py", [5]),
    ],
)
def test_a_path_an_end_a_folder_or_a_pattern_names_files(wanted: str, found: list[int]) -> None:
    assert naming.named(wanted, PATHS) == [PATHS[number] for number in found]

"""What the kernel tells of changed files: every case in which a folder comes, goes or moves."""

import os
import select
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("inotify is Linux", allow_module_level=True)

from simple_memory.daemon import inotify


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[inotify.Ear]:
    (tmp_path / "root" / "old").mkdir(parents=True)
    made = inotify.Ear([str(tmp_path / "root")], 100)
    yield made
    made.close()


def names(ear: inotify.Ear, root: Path) -> set[str]:
    """Return what is told now, below `root`: the kernel has queued it before the change returns."""
    return {os.path.relpath(path, root) for path in ear.take()}


def test_while_nothing_changes_nothing_is_told(ear: inotify.Ear) -> None:
    assert select.select([ear.fileno()], [], [], 0)[0] == []
    assert ear.take() == set()


def test_a_file_that_is_made_written_moved_or_removed_is_told(ear: inotify.Ear, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "a").write_text("x")
    assert select.select([ear.fileno()], [], [], 0)[0] == [ear.fileno()]
    assert names(ear, root) == {"a"}
    with open(root / "a", "a") as stream:
        stream.write("y")
    assert names(ear, root) == {"a"}
    (root / "a").rename(root / "old" / "b")
    assert names(ear, root) == {"a", "old/b"}
    (root / "old" / "b").unlink()
    assert names(ear, root) == {"old/b"}


def test_whole_trees_that_are_made_at_once_are_told_by_their_top_and_heard_below(
    ear: inotify.Ear, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    (root / "new" / "deep").mkdir(parents=True)
    (root / "new" / "deep" / "early").write_text("x")
    assert "new" in names(ear, root)

    (root / "new" / "deep" / "late").write_text("x")

    assert names(ear, root) == {"new/deep/late"}


def test_a_folder_that_is_moved_is_heard_under_its_new_name_alone(ear: inotify.Ear, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "old" / "below").mkdir()
    ear.take()
    (root / "old").rename(root / "new")
    assert names(ear, root) == {"old", "new"}

    (root / "new" / "below" / "a").write_text("x")

    assert names(ear, root) == {"new/below/a"}


def test_a_folder_that_is_moved_out_is_heard_no_more(ear: inotify.Ear, tmp_path: Path) -> None:
    (tmp_path / "root" / "old").rename(tmp_path / "elsewhere")
    ear.take()

    (tmp_path / "elsewhere" / "a").write_text("x")

    assert ear.take() == set()


def test_a_folder_that_is_removed_and_made_again_is_heard_again(ear: inotify.Ear, tmp_path: Path) -> None:
    root = tmp_path / "root"
    for _ in range(3):
        shutil.rmtree(root / "old")
        (root / "old").mkdir()
        assert "old" in names(ear, root)
        (root / "old" / "a").write_text("x")
        assert names(ear, root) == {"old/a"}


def test_links_to_folders_are_followed_and_a_circle_ends(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "link").symlink_to(tmp_path / "far")
    (tmp_path / "root" / "circle").symlink_to(tmp_path / "root")
    ear = inotify.Ear([str(tmp_path / "root")], 10)

    (tmp_path / "far" / "a").write_text("x")

    assert names(ear, tmp_path / "root") == {"link/a"}
    ear.close()


def test_names_that_are_no_utf8_are_told_as_the_system_writes_them(ear: inotify.Ear, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path / "root") + b"/\xff.jsonl"
    with open(path, "wb") as stream:
        stream.write(b"x")

    assert ear.take() == {os.fsdecode(path)}


def test_where_the_kernel_lost_count_the_roots_are_told(ear: inotify.Ear, tmp_path: Path) -> None:
    changed: set[str] = set()

    ear._note(inotify._HEAD.pack(-1, inotify._OVERFLOW, 0, 0), changed)

    assert changed == {str(tmp_path / "root")}


def test_a_folder_too_many_is_an_error_when_it_comes(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    ear = inotify.Ear([str(tmp_path / "root")], 1)
    (tmp_path / "root" / "second").mkdir()

    with pytest.raises(OSError, match="watched_folders_at_most"):
        ear.take()
    ear.close()


def test_a_folder_that_may_not_be_read_is_left_out(tmp_path: Path) -> None:
    if os.getuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "root" / "shut").mkdir(parents=True)
    (tmp_path / "root" / "shut").chmod(0)
    ear = inotify.Ear([str(tmp_path / "root")], 10)

    (tmp_path / "root" / "a").write_text("x")

    assert names(ear, tmp_path / "root") == {"a"}
    ear.close()

import os
import select
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchfiles import _rust_notify

from simple_memory.daemon import inotify
from simple_memory.daemon import watcher as watchers
from tests import worlds

BY_THREAD = [True] if sys.platform != "linux" else [False, True]


@pytest.fixture(params=BY_THREAD, ids=lambda by_thread: "thread" if by_thread else "inotify")
def watcher(request: pytest.FixtureRequest) -> Iterator[watchers.Watcher]:
    made = watchers.Watcher(by_thread=request.param)
    yield made
    made.close()


def refuse_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system give no watch any more, whoever asks."""

    def refuse(*_: object) -> None:
        raise OSError("OS file watch limit reached")

    monkeypatch.setattr(_rust_notify, "RustNotify", refuse)
    monkeypatch.setattr(inotify.Ear, "_watch", refuse)


def told(watcher: watchers.Watcher, path: Path) -> bool:
    """Wait until the watcher tells of `path`."""
    found: set[str] = set()

    def is_told() -> bool:
        select.select([watcher.fileno()], [], [], 0.1)
        found.update(watcher.take())
        return str(path) in found

    return worlds.reached(is_told, 5.0)


def test_an_appended_line_under_a_hidden_folder_is_told(watcher: watchers.Watcher, tmp_path: Path) -> None:
    file = tmp_path / ".claude" / "projects" / "-a b" / "ü.jsonl"
    file.parent.mkdir(parents=True)
    file.write_text("{}\n")
    assert watcher.watch([str(tmp_path / ".claude" / "projects")])
    with open(file, "a") as stream:
        stream.write("{}\n")
    assert told(watcher, file)


def test_files_in_new_folders_are_told(watcher: watchers.Watcher, tmp_path: Path) -> None:
    watcher.watch([str(tmp_path)])
    (tmp_path / "new").mkdir()
    assert told(watcher, tmp_path / "new")
    (tmp_path / "new" / "a.jsonl").write_text("{}\n")
    assert told(watcher, tmp_path / "new" / "a.jsonl")


def test_a_root_that_appears_later_or_anew_is_watched_then(watcher: watchers.Watcher, tmp_path: Path) -> None:
    root = tmp_path / "projects"
    assert not watcher.watch([str(root)])
    for _ in range(2):
        root.mkdir()
        assert watcher.watch([str(root)])
        assert not watcher.watch([str(root)])
        (root / "a").write_text("x")
        assert told(watcher, root / "a")
        shutil.rmtree(root)
        assert watcher.watch([str(root)])


def test_a_system_without_watches_makes_it_deaf_and_say_so(
    watcher: watchers.Watcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_watches(monkeypatch)
    assert watcher.watch([str(tmp_path)])
    assert "limit reached" in watcher.trouble
    monkeypatch.undo()
    assert not watcher.watch([str(tmp_path)])  # not at once: every try looks at the whole tree
    watcher._retry_at = 0.0
    assert watcher.watch([str(tmp_path)])
    assert watcher.trouble == ""


def test_a_new_folder_that_cannot_be_watched_makes_it_deaf(
    watcher: watchers.Watcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher.watch([str(tmp_path)])

    refuse_watches(monkeypatch)
    (tmp_path / "new").mkdir()
    seen: set[str] = set()

    def is_deaf() -> bool:
        seen.update(watcher.take())
        return bool(watcher.trouble)

    worlds.wait_for(is_deaf, "it to be deaf", 5.0)
    assert {str(tmp_path), str(tmp_path / "new")} & seen or told(watcher, tmp_path / "new")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux")
def test_watching_anew_leaves_no_descriptors_behind(watcher: watchers.Watcher, tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for number in range(5):
        (tmp_path / str(number)).mkdir()
        watcher.watch([str(tmp_path / str(number))])
    watcher.watch([])
    worlds.wait_for(lambda: len(os.listdir("/proc/self/fd")) <= before, "the descriptors to close", 5.0)


@pytest.mark.parametrize("by_thread", BY_THREAD)
def test_more_folders_than_are_allowed_are_not_watched_and_it_says_which_setting_it_is(
    tmp_path: Path, by_thread: bool
) -> None:
    for number in range(5):
        (tmp_path / str(number)).mkdir()
    watcher = watchers.Watcher(5, by_thread=by_thread)
    assert watcher.watch([str(tmp_path)])
    assert "watched_folders_at_most" in watcher.trouble
    watcher.close()
    enough = watchers.Watcher(6, by_thread=by_thread)
    assert enough.watch([str(tmp_path)])
    assert enough.trouble == ""
    enough.close()


def test_news_can_be_asked_for_without_taking_them(watcher: watchers.Watcher, tmp_path: Path) -> None:
    assert watcher.watch([str(tmp_path)])
    assert not watcher.has_news()
    (tmp_path / "a.jsonl").write_text("{}\n")
    assert worlds.reached(watcher.has_news, 5.0)
    assert told(watcher, tmp_path / "a.jsonl")
    assert worlds.reached(lambda: not (watcher.take() or watcher.has_news()), 5.0)

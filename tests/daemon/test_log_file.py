import os
from pathlib import Path

import pytest

from simple_memory.daemon import log_file

LIMIT = 40_000


def all_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def test_the_log_never_grows_past_its_limit_and_keeps_the_newest(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    log = log_file.LogFile(str(folder / "sync.log"), LIMIT)
    for number in range(3000):
        assert log.write(f"line {number} " + "x" * (number % 90))
        assert all_bytes(folder) <= LIMIT
    assert "line 2999 " in (folder / "sync.log").read_text()
    assert sorted(os.listdir(folder)) == ["sync.log", "sync.log.1", "sync.log.2", "sync.log.3"]


def test_files_are_for_their_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        log_file.LogFile(str(tmp_path / "logs" / "a.log"), LIMIT).write("line")
    finally:
        os.umask(before)
    assert (tmp_path / "logs").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "logs" / "a.log").stat().st_mode & 0o777 == 0o600


@pytest.mark.fault("P8")
def test_one_line_stays_one_and_drives_no_terminal(tmp_path: Path) -> None:
    log = log_file.LogFile(str(tmp_path / "a.log"), LIMIT)
    log.write("two\nlines\r \x1b[2J \u202e \u2028 ü \udc80")
    assert (tmp_path / "a.log").read_text() == "two\\x0alines\\x0d \\x1b[2J \\u202e \\u2028 ü \\udc80\n"


def test_a_long_line_is_cut_between_characters(tmp_path: Path) -> None:
    log = log_file.LogFile(str(tmp_path / "a.log"), LIMIT * 10)
    log.write("ü" * 100_000)
    text = (tmp_path / "a.log").read_bytes()
    assert len(text) <= log_file.LINE_BYTES
    assert text.decode().endswith("ü …\n")


def test_a_planted_link_is_removed_and_its_target_untouched(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    os.symlink(target, tmp_path / "a.log")
    log = log_file.LogFile(str(tmp_path / "a.log"), LIMIT)
    assert log.write("line")
    assert (target.read_text(), (tmp_path / "a.log").read_text()) == ("precious", "line\n")


def test_a_line_that_cannot_be_written_is_counted_and_the_next_is_tried(tmp_path: Path) -> None:
    blocker = tmp_path / "logs"
    blocker.write_text("no folder")
    log = log_file.LogFile(str(blocker / "a.log"), LIMIT)
    assert not log.write("lost")
    assert "a.log" in log.trouble
    blocker.unlink()
    assert log.write("written")
    assert (log.trouble, log.take_lost(), log.take_lost()) == ("", 1, 0)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_ends_nothing(tmp_path: Path) -> None:
    log = log_file.LogFile("/dev/full", LIMIT)
    log._descriptor = os.open("/dev/full", os.O_WRONLY)
    assert not log.write("line")
    assert "No space left" in log.trouble


def test_a_log_that_was_taken_away_is_begun_anew_but_never_its_home(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "logs"
    folder.mkdir(parents=True)
    log = log_file.LogFile(str(folder / "a.log"), LIMIT)
    log.write("first")
    os.rename(folder / "a.log", folder / "elsewhere")
    log.check_place()
    log.write("second")
    assert (folder / "a.log").read_text() == "second\n"
    os.rename(tmp_path / "home", tmp_path / "gone")
    log.check_place()
    assert not log.write("third")
    assert not (tmp_path / "home").exists()

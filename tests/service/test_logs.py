import os

import pytest

from simple_memory import config, errors
from simple_memory.daemon import log_file
from simple_memory.service import log_lines, logs
from tests import worlds


@pytest.fixture
def home(world: worlds.World) -> config.Home:
    config.make_home(world.home)
    return world.home


def line(number: int, name: str = "sync") -> str:
    return log_line(number, "info", f"line {number}", name=name)


def log_line(number: int, level: str, text: str, *, name: str = "sync", form: str = log_lines.LOGFMT) -> str:
    facts = {} if level == "info" else {"path": "/a b", "retry_s": "1"}
    return log_lines.write(form, time=time_of(number), level=level, name=name, text=text, facts=facts)


def time_of(number: int) -> str:
    return f"2026-01-01T00:{number // 60 % 60:02d}:{number % 60:02d}.{number // 3600:03d}Z"


def shown(number: int, name: str = "sync") -> str:
    return f"{time_of(number)} info    {name:<10} line {number}\n"


def written(home: config.Home, count: int, *, limit: int = 100_000, name: str = "sync") -> log_file.LogFile:
    log = log_file.LogFile(home.log_file(name), limit)
    for number in range(count):
        log.write(line(number, name))
    return log


@pytest.mark.parametrize("count", [0, 1, 7, 900])
def test_the_last_lines_are_found_across_rotated_files(home: config.Home, count: int) -> None:
    written(home, 1000)
    assert os.path.exists(home.log_file("sync") + ".1")
    assert logs.last_lines(home, ("sync",), count) == [line(number) for number in range(1000 - count, 1000)]


def test_lines_of_several_logs_are_in_the_order_of_their_times(home: config.Home) -> None:
    written(home, 5)
    written(home, 5, name="mcp")
    found = logs.last_lines(home, logs.NAMES, 4)
    assert found == [line(3), line(3, "mcp"), line(4), line(4, "mcp")]


def test_lines_since_a_time_are_found(home: config.Home) -> None:
    written(home, 1000)
    assert logs.last_lines(home, ("sync",), 10**9, "2026-01-01T00:10:00") == [
        line(number) for number in range(600, 1000)
    ]


def test_following_loses_no_line_and_doubles_none_across_rotations(home: config.Home) -> None:
    log = written(home, 3)
    follower = logs.Follower(home, ("sync",))
    found = []
    for number in range(3, 1500):
        log.write(line(number))
        if number % 50 == 0:
            found += follower.new_lines()
    found += follower.new_lines()
    follower.close()
    assert found == [line(number) for number in range(3, 1500)]


def test_a_log_that_does_not_exist_yet_is_followed_from_its_first_line(home: config.Home) -> None:
    follower = logs.Follower(home, logs.NAMES)
    assert follower.new_lines() == []
    written(home, 2)
    assert follower.new_lines() == [line(0), line(1)]
    follower.close()


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("90s", "2026-01-31T11:58:30"),
        ("10m", "2026-01-31T11:50:00"),
        ("2h", "2026-01-31T10:00:00"),
        ("3d", "2026-01-28T12:00:00"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00"),
    ],
)
def test_times_are_understood(text: str, time: str) -> None:
    assert logs.parse_since(text, 1769860800.0) == time


@pytest.mark.parametrize("text", ["", "m", "soon", "10y", "-3d", "999999999999w\x00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(errors.UsageError):
        logs.parse_since(text, 1769860800.0)


def test_the_command_shows_follows_and_answers_in_json(home: config.Home, world: worlds.World) -> None:
    log = written(home, 60)
    assert world.run("logs", "-n", "2").stdout == shown(58) + shown(59)
    assert world.ask("logs", "--sync", "-n", "1") == {
        "time": time_of(59), "level": "info", "name": "sync", "text": "line 59", "facts": {},
    }  # fmt: skip
    follower = world.spawn("logs", "-f", "-n", "1")
    assert follower.stdout is not None
    assert follower.stdout.readline() == shown(59)
    log.write(line(60))
    assert follower.stdout.readline() == shown(60)


@pytest.mark.parametrize("form", [log_lines.LOGFMT, log_lines.JSON])
def test_only_lines_as_grave_as_asked_for_are_shown_and_followed(
    home: config.Home, world: worlds.World, form: str
) -> None:
    log = log_file.LogFile(home.log_file("sync"), 100_000)
    log.write(log_line(1, "warning", "w1", form=form))
    for number in range(2, 60):
        log.write(log_line(number, "info", "news", form=form))
    log.write(log_line(60, "error", "e1", form=form))
    facts = "path=/a b retry_s=1"
    text = f"{time_of(1)} warning sync       w1 {facts}\n{time_of(60)} error   sync       e1 {facts}\n"
    assert world.run("logs", "--level", "warning", "-n", "2").stdout == text
    assert world.ask("logs", "--level", "error") == {
        "time": time_of(60), "level": "error", "name": "sync", "text": "e1", "facts": {"path": "/a b", "retry_s": "1"},
    }  # fmt: skip
    follower = world.spawn("logs", "-f", "-n", "1", "--level", "error")
    assert follower.stdout is not None
    assert follower.stdout.readline().split()[3] == "e1"
    log.write(log_line(61, "info", "news", form=form))
    log.write(log_line(62, "error", "e2", form=form))
    assert follower.stdout.readline().split()[3] == "e2"
    nothing = world.run("logs", "--mcp", "--level", "error")
    assert (nothing.stdout, "of level error" in nothing.stderr) == ("", True)

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from simple_memory import __main__, __version__, errors
from tests import worlds


def test_no_command_shows_the_commands_and_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main([]) == errors.EXIT_USAGE
    shown = capsys.readouterr().err
    assert all(name in shown for name, _, _ in __main__.COMMANDS)


def test_help_and_version_are_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["--help"]) == 0
    assert __main__.main(["--version"]) == 0
    assert capsys.readouterr().out.endswith(f"simple-memory {__version__}\n")


def test_an_unknown_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["serach"]) == errors.EXIT_USAGE
    assert "simple-memory search" in capsys.readouterr().err


def test_a_command_without_its_module_says_so_and_nothing_else(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(__main__, "COMMANDS", (("later", "simple_memory.cli.later", "comes later"),))
    assert __main__.main(["later"]) == errors.EXIT_USAGE
    assert "not available in this build" in capsys.readouterr().err


def test_a_wrong_option_with_json_is_an_error_object_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["stop", "--nonsense", "--json"]) == errors.EXIT_USAGE
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["code"] == "usage"
    assert "--nonsense" in told["message"]


def test_a_reader_that_leaves_ends_the_program_quietly(world: worlds.World) -> None:
    started = world.spawn("--help")
    assert started.stdout is not None
    started.stdout.close()
    assert started.wait(worlds.BOUND_S) == errors.EXIT_NO_READER
    assert started.stderr is not None
    assert started.stderr.read() == ""


@pytest.mark.parametrize(
    ("line", "code"),
    [(["status"], errors.EXIT_NOT_RUNNING), (["search"], errors.EXIT_USAGE), (["search", "x"], errors.EXIT_ERROR)],
)
def test_the_program_ends_with_the_code_and_all_of_the_answer(world: worlds.World, line: list[str], code: int) -> None:
    program = "from simple_memory.__main__ import run; run()"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, *line],
        env=world.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    asked = world.run(*line)
    assert (done.returncode, done.stdout, done.stderr) == (code, asked.stdout, asked.stderr)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("command", ["status", "sessions --json", "search", "--help"])
@pytest.mark.parametrize("redirected", [">&-", "2>&-", ">&- 2>&- <&-", "2>/dev/full", ">/dev/full", ">/dev/full 2>&1"])
def test_where_nothing_can_be_written_it_ends_with_a_code_and_without_a_trace(
    world: worlds.World, command: str, redirected: str
) -> None:
    usual = world.run(*command.split())
    line = f"{shlex.join(world.command(*command.split()))} {redirected}"
    done = subprocess.run(
        ["sh", "-c", line],
        env=world.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    lost = ">/dev/full" in redirected and "2>/dev/full" not in redirected and bool(usual.stdout)
    assert done.returncode == (errors.EXIT_ERROR if lost else usual.returncode)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    if lost and "2>&1" not in redirected:
        assert done.stderr.strip()  # the system's refusal, or the error that could not be written as JSON


def test_every_command_has_one_line_of_help() -> None:
    names = [name for name, _, _ in __main__.COMMANDS]
    assert len(set(names)) == len(names)
    assert all(text and len(text) <= 67 for _, _, text in __main__.COMMANDS)  # 80 columns with its name

"""A `config.toml` that is no file of settings is refused with one sentence, at once (fault P12)."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from simple_memory import config, errors
from tests import worlds

REFUSED: dict[str, tuple[str | bytes, str]] = {
    "no toml": ("never = [", "is not valid TOML"),
    "no utf-8": (b"\xff\xfe", "is not valid TOML"),
    "a number of 400 digits": (f"rescan_s = 1{'0' * 400}", r"rescan_s must be from 0 to 86,400, not 10"),
    "a number of 5,000 digits": (f"rescan_s = 1{'0' * 5000}", "is not valid TOML"),
    "an endless wait": ("retry_longest_s = 1e18", "retry_longest_s must be from 0 to 86,400, not 1e[+]18"),
    "a heap that the index cannot have": ("index_heap_bytes = 1", "index_heap_bytes must be from 15,000,000 to"),
    "brackets in brackets": (f"a = {'[' * 5000}{']' * 5000}", "is not valid TOML"),
    "a heartbeat that counts as none": ("heartbeat_s = 30", "stall_s .20. must be at least twice heartbeat_s .30."),
    "words for a number": ("nice = 'x'", "nice must be a positive number, not 'x'"),
    "nothing known": ("colour = 1", "unknown setting 'colour'"),
    "a megabyte": ("#" * 1_000_001, "is no file, or larger than"),
    "a list for a word": ('log_format = ["json"]', "log_format must be"),
}


@pytest.fixture
def home(tmp_path: Path) -> config.Home:
    return config.Home(str(tmp_path))


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.fault("P12")
def test_what_is_no_setting_is_refused_and_named(home: config.Home, what: str) -> None:
    given, told = REFUSED[what]
    Path(home.settings).write_bytes(given if isinstance(given, bytes) else given.encode())
    with pytest.raises(errors.SettingsInvalid, match=told) as caught:
        config.load_settings(home)
    assert len(caught.value.message) < len(home.settings) + 300


def put(home: config.Home, what: str) -> None:
    match what:
        case "a pipe":
            os.mkfifo(home.settings)
        case "a folder":
            os.mkdir(home.settings)
        case "a device that never ends":
            os.symlink("/dev/zero", home.settings)
        case "a link to itself":
            os.symlink(home.settings, home.settings)
        case "a socket":
            with socket.socket(socket.AF_UNIX) as bound:
                bound.bind(home.settings)


@pytest.mark.parametrize("what", ["a pipe", "a folder", "a device that never ends", "a link to itself", "a socket"])
@pytest.mark.fault("P12")
def test_what_is_no_file_is_refused_at_once_and_never_waited_for(home: config.Home, what: str) -> None:
    put(home, what)
    with pytest.raises(errors.SettingsInvalid, match=r"cannot be read|is no file"):
        config.load_settings(home)


def test_an_empty_file_and_a_dangling_link_are_the_defaults(home: config.Home) -> None:
    Path(home.settings).touch()
    assert config.load_settings(home).nice == config.Settings().nice
    Path(home.settings).unlink()
    os.symlink("nowhere", home.settings)
    assert config.load_settings(home).nice == config.Settings().nice


@pytest.mark.fault("P12")
def test_sync_start_and_doctor_say_so_and_leave_no_process(world: worlds.World) -> None:
    config.make_home(world.home)
    put(world.home, "a pipe")
    for command in (["sync"], ["start", "--daemon"], ["doctor"]):
        ended = world.run(*command)
        assert ended.returncode in (1, 2), command
        assert "Traceback" not in ended.stderr
        assert "config.toml is no file" in ended.stderr + ended.stdout
    assert world.holder() is None

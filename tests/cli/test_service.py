"""`service`, with a manager of services that only writes down what it is told."""

import json
from pathlib import Path

import pytest

from simple_memory import errors
from simple_memory.service import install, units
from tests import worlds


class Systemctl:
    """A `systemctl` on PATH that notes its calls; `answers` maps a word of the call to the exit code."""

    def __init__(self, world: worlds.World) -> None:
        self.folder = world.root / "bin"
        self.folder.mkdir()
        self.calls_file = world.root / "calls"
        self.calls_file.touch()
        self.write(failing="nothing")

    def write(self, *, failing: str) -> None:
        program = self.folder / "systemctl"
        program.write_text(
            f'#!/bin/sh\necho "$@" >> {self.calls_file}\ncase "$*" in *{failing}*) echo "no bus" >&2; exit 1;; esac\n'
        )
        program.chmod(0o755)

    def calls(self) -> list[str]:
        return self.calls_file.read_text().splitlines()


@pytest.fixture
def systemctl(world: worlds.World) -> Systemctl:
    return Systemctl(world)


def unit_of(world: worlds.World) -> Path:
    return world.user / ".config" / "systemd" / "user" / units.SYSTEMD_NAME


def run(world: worlds.World, systemctl: Systemctl, *arguments: str) -> tuple[int, dict[str, object]]:
    ended = world.run("service", *arguments, "--json", PATH=f"{systemctl.folder}:/usr/bin:/bin")
    return ended.returncode, json.loads(ended.stdout)


def test_install_writes_the_unit_and_has_systemd_run_it(world: worlds.World, systemctl: Systemctl) -> None:
    code, facts = run(world, systemctl, "install")

    assert code == errors.EXIT_OK
    assert facts["installed"]
    assert facts["current"]
    assert f"--home {world.home.root}" in unit_of(world).read_text()
    assert systemctl.calls()[:3] == [
        "--user daemon-reload",
        f"--user enable {units.SYSTEMD_NAME}",
        f"--user restart {units.SYSTEMD_NAME}",
    ]


def test_uninstall_takes_back_all_that_install_did(world: worlds.World, systemctl: Systemctl) -> None:
    run(world, systemctl, "install")

    code, facts = run(world, systemctl, "uninstall")

    assert code == errors.EXIT_OK
    assert not facts["installed"]
    assert not unit_of(world).exists()
    assert f"--user disable --now {units.SYSTEMD_NAME}" in systemctl.calls()


def test_a_manager_that_refuses_is_told_in_its_own_words(world: worlds.World, systemctl: Systemctl) -> None:
    systemctl.write(failing="enable")

    code, answer = run(world, systemctl, "install")

    assert code == errors.EXIT_ERROR
    assert "no bus" in str(answer["error"])
    assert unit_of(world).exists()


def test_status_tells_a_unit_of_another_installation(world: worlds.World, systemctl: Systemctl) -> None:
    run(world, systemctl, "install")
    unit_of(world).write_text("[Service]\nExecStart=/gone/python\n")

    _, facts = run(world, systemctl, "status")

    assert facts["installed"]
    assert not facts["current"]


def test_nothing_installed_is_no_error_but_is_not_running_either(world: worlds.World, systemctl: Systemctl) -> None:
    code, facts = run(world, systemctl, "status")

    assert code == errors.EXIT_NOT_RUNNING
    assert not facts["installed"]


def test_a_platform_without_a_manager_gets_a_clear_sentence(world: worlds.World) -> None:
    with pytest.raises(errors.ServiceFailed, match="no service to install"):
        install.platform_of(world.home, "win32")


def test_on_a_mac_it_is_an_agent_of_launchd(world: worlds.World) -> None:
    found = install.platform_of(world.home, "darwin")

    assert found.path.endswith("Library/LaunchAgents/simple-memory.plist")
    assert b"simple_memory.daemon" in found.content

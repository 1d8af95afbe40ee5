"""What systemd hears, on a real datagram socket."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simple_memory.daemon import notify
from simple_memory.service import launch, runfile
from tests import worlds


class Ear:
    """A socket as systemd has one."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._socket.settimeout(worlds.BOUND_S)

    def hear(self) -> dict[str, str]:
        words = self._socket.recv(4096).decode()
        return dict(line.split("=", 1) for line in words.split("\n"))

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    made = Ear(tmp_path / "notify")
    yield made
    made.close()


def test_each_word_is_one_datagram(ear: Ear) -> None:
    notifier = notify.Notifier(ear.path)

    notifier.ready("sync 12\nmcp 13")
    notifier.alive()
    notifier.stopping()

    assert ear.hear() == {"READY": "1", "STATUS": "sync 12 mcp 13"}
    assert ear.hear() == {"WATCHDOG": "1"}
    assert ear.hear()["STOPPING"] == "1"


@pytest.mark.parametrize("address", ["", "/nowhere/at/all", "@nobody-listens-here"])
def test_nobody_listening_is_no_error(address: str) -> None:
    notify.Notifier(address).ready("fine")


def test_the_supervisor_says_when_it_serves_that_it_lives_and_when_it_ends(world: worlds.World, ear: Ear) -> None:
    command = launch.supervisor(world.home, launch.Options(runfile.WORKERS), ready=None, foreground=True)
    command[0] = sys.executable
    process = world.spawn_command(command, NOTIFY_SOCKET=ear.path, WATCHDOG_USEC="60000000")

    assert ear.hear()["READY"] == "1"
    assert ear.hear() == {"WATCHDOG": "1"}
    process.terminate()
    heard = ear.hear()
    while "STOPPING" not in heard:
        heard = ear.hear()

    assert process.wait(worlds.BOUND_S) == 0


def test_a_second_service_under_systemd_leaves_in_peace(world: worlds.World, ear: Ear) -> None:
    assert world.run("start", "--daemon").returncode == 0
    command = launch.supervisor(world.home, launch.Options(runfile.WORKERS), ready=None, foreground=True)

    second = world.spawn_command(command, NOTIFY_SOCKET=ear.path)

    assert second.wait(worlds.BOUND_S) == 0
    assert ear.hear()["STATUS"].startswith("already running, pid ")
    assert world.run("stop").returncode == 0

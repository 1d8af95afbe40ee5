"""What runs on macOS alone runs here too, as far as its own system calls can be stood in for."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, cast

import pytest

from simple_memory import config, locks
from simple_memory.daemon import tether
from simple_memory.mcp_server import address
from simple_memory.service import identity, install, runfile, sockets
from simple_memory.store import connection


@pytest.fixture(autouse=True)
def on_darwin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")


class Peer:
    """A connected socket that tells who is at the other end as macOS does: a struct xucred."""

    def __init__(self, uid: int) -> None:
        self._told = struct.pack("=IIh16I", 0, uid, 1, *([20] * 16)).ljust(76, b"\0")

    def getsockopt(self, level: int, option: int, length: int) -> bytes:
        assert (level, option, length) == (0, 1, 76)  # SOL_LOCAL, LOCAL_PEERCRED
        return self._told


@pytest.mark.parametrize("peer_uid", [sockets.peer_uid, address.peer_uid])
def test_the_user_at_the_other_end_is_read_from_an_xucred(peer_uid: Any) -> None:
    assert peer_uid(cast("socket.socket", Peer(501))) == 501


@pytest.mark.skipif(not os.path.exists("/bin/ps"), reason="needs ps")
def test_a_process_is_known_by_what_ps_tells_of_its_start() -> None:
    seen = identity.look(os.getpid())
    assert seen is not None
    assert seen.token
    assert not seen.frozen
    assert identity.is_same(os.getpid(), seen.token)
    assert not identity.is_same(os.getpid(), "Thu Jan  1 00:00:00 1970")
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    assert identity.look(int(ended.stdout)) is None


def test_who_holds_a_lock_is_read_from_a_bsd_flock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = fcntl.F_WRLCK

    def answer(_: int, command: int, asked: bytes) -> bytes:
        assert command == fcntl.F_GETLK
        start, length, pid, kind, whence = struct.unpack("qqihh", asked)
        assert (start, length, pid, kind, whence) == (0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET)
        return struct.pack("qqihh", 0, 0, 4711, held, 0)

    monkeypatch.setattr(fcntl, "fcntl", answer)
    path = tmp_path / "lock"
    path.touch()
    assert locks.lock_holder(str(path)) == 4711
    held = fcntl.F_UNLCK
    assert locks.lock_holder(str(path)) is None


def test_a_socket_with_a_long_path_is_reached_from_its_folder(tmp_path: Path) -> None:
    before = Path.cwd()
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    with sockets.listen(str(folder / "x.sock")) as listening, sockets.connect(str(folder / "x.sock"), 5.0):
        accepted, _ = listening.accept()
        accepted.close()
    assert Path.cwd() == before


def test_a_worker_looks_for_its_parent_once_and_needs_no_prctl() -> None:
    assert tether.tie_to_parent(os.getppid())
    assert not tether.tie_to_parent(os.getppid() + 1)


def test_without_a_boot_clock_the_monotonic_one_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    assert 0 < runfile.now() <= runfile.now()


def test_applications_keep_their_settings_in_the_library_and_launchd_starts_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert config.application_folder() == str(tmp_path / "Library/Application Support")
    assert config.launchd_folder() == str(tmp_path / "Library/LaunchAgents")
    assert install.platform_of(config.Home(str(tmp_path / "memory")), "darwin") is not None


def test_a_checkpoint_asks_the_disk_itself_to_write(tmp_path: Path) -> None:
    """Elsewhere the setting means nothing: fsync alone does it there."""
    home = config.Home(str(tmp_path))
    opened = connection.open_writer(home)
    assert opened.pragma("checkpoint_fullfsync") == 1
    opened.close()

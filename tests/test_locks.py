"""Kernel locks, held by real processes."""

import os
import sys
from pathlib import Path

import pytest

from simple_memory import config, errors, locks
from simple_memory.store import writer_lock
from tests import worlds

HOLD = """
import sys
from simple_memory import locks
lock = locks.take_lock(sys.argv[1])
print("held" if lock else "busy", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def home(world: worlds.World) -> config.Home:
    config.make_home(world.home)
    return world.home


def test_the_holder_of_the_lock_is_told_and_asking_takes_nothing(home: config.Home, world: worlds.World) -> None:
    assert locks.lock_holder(home.lock) is None
    holder = world.spawn_command([sys.executable, "-c", HOLD, home.lock])
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    assert [locks.lock_holder(home.lock) for _ in range(3)] == [holder.pid] * 3
    assert locks.take_lock(home.lock) is None
    holder.kill()
    holder.wait()
    assert locks.lock_holder(home.lock) is None


def test_a_lock_knows_when_its_file_was_replaced(home: config.Home) -> None:
    lock = locks.take_lock(home.lock)
    assert lock is not None
    assert lock.is_in_place()
    os.rename(home.lock, home.lock + ".old")
    assert not lock.is_in_place()
    Path(home.lock).touch()
    assert not lock.is_in_place()
    lock.release()


def test_a_second_writer_is_refused_and_told_who_writes(home: config.Home, world: worlds.World) -> None:
    writer = world.spawn_command([sys.executable, "-c", HOLD, home.writer_lock])
    assert writer.stdout is not None
    assert writer.stdout.readline() == "held\n"

    with pytest.raises(errors.StoreBusy, match=f"being written by process {writer.pid}"):
        writer_lock.WriterLock(home)

    writer.kill()
    writer.wait()
    writer_lock.WriterLock(home).release()

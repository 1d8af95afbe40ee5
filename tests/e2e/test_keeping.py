"""Keeping, in real processes: killed while it mends, restores or compacts, and looked at while the service reads."""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

import pytest

from simple_memory.store import comparison, connection
from tests import worlds
from tests.builders import transcript
from tests.sync import stores


def build(number: int) -> transcript.Session:
    made = transcript.Session(project=f"/home/ada/p{number}").prompt(f"Where is it? {number}")
    for turn in range(12):
        made.tool("Bash", {"command": f"ls {turn}"}, result=f"{turn} {'result ' * 300}").reply(f"Answer {turn}. " * 30)
    return made


def told(world: worlds.World) -> comparison.Digests:
    opened = connection.open_reader(world.home)
    try:
        return comparison.digests(opened)
    finally:
        opened.close()


@pytest.mark.parametrize("seed", range(6))
def test_mending_that_is_killed_can_be_done_again_and_loses_nothing(world: worlds.World, seed: int) -> None:
    for number in range(8):
        build(number).write(world.claude)
    world.run("sync")
    before = told(world)
    assert world.ask("backup")["backup"]
    content = bytearray(Path(world.home.database).read_bytes())
    content[5 * 8192 : 6 * 8192] = bytes(8192)
    Path(world.home.database).write_bytes(content)
    started = world.spawn_command([sys.executable, "-I", "-m", "simple_memory.upkeep", "replace"])
    worlds.reached(lambda: started.poll() is not None, random.Random(seed).uniform(0.1, 0.6))
    started.send_signal(signal.SIGKILL)
    started.wait(worlds.BOUND_S)

    assert world.ask("doctor", "--verify", timeout=60)["healthy"]
    assert world.run("sync").returncode == 0
    assert told(world) == before
    kept = [path.read_bytes() for path in Path(world.home.root).rglob("memory.db") if "aside" in path.parts]
    assert bytes(content) in kept
    assert not list(Path(world.home.root).glob("scratch-*"))


@pytest.mark.parametrize("seed", range(6))
def test_a_restore_that_is_killed_leaves_whole_files_or_none(world: worlds.World, seed: int) -> None:
    for number in range(40):
        build(number).write(world.claude)
    world.run("sync")
    files = stores.every_file(world.claude)
    for path in files:
        os.unlink(path)
    world.run("sync")
    started = world.spawn("restore", "--all-deleted")
    worlds.reached(lambda: started.poll() is not None, random.Random(seed).uniform(0.05, 0.4))
    started.send_signal(signal.SIGKILL)
    started.wait(worlds.BOUND_S)

    there = {path: content for path, content in stores.every_file(world.claude).items() if path.endswith(".jsonl")}
    assert there.items() <= files.items()
    assert world.ask("restore", "--all-deleted")["differs"] == 0
    assert stores.every_file(world.claude) == files


def test_all_is_well_while_the_service_reads_a_stream(world: worlds.World) -> None:
    session = build(0)
    path = session.write(world.claude)
    assert world.run("start", "--daemon", "--sync-only").returncode == 0
    started = world.spawn("doctor", "--verify", "--json")
    lines = build(1).lines
    with path.with_name("22222222-2222-4222-8222-222222222222.jsonl").open("ab", buffering=0) as file:
        for line in lines:
            file.write(line)
            worlds.reached(lambda: started.poll() is not None, 0.05)
    out, _ = started.communicate(timeout=60)
    assert started.returncode == 0, out
    assert '"mended"' not in out
    assert '"bad"' not in out

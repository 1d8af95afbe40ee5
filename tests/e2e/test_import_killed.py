"""An import that is killed, in processes of its own: nothing is lost and nothing doubled (faults T2, T6, S8)."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from simple_memory import errors
from tests import worlds
from tests.builders import corpus
from tests.sync import stores

ROOT = Path(__file__).resolve().parents[2]


def one_pass(world: worlds.World, *arguments: str) -> subprocess.Popen[str]:
    """Start a pass in a process of its own."""
    command = [sys.executable, "-m", "tests.sync.one_pass", *arguments]
    return world.spawn_command(["env", f"--chdir={ROOT}", *command])


@pytest.mark.parametrize(
    "kills", [6, pytest.param(60, marks=[pytest.mark.chaos, pytest.mark.timeout(600)])], ids=["some", "sixty"]
)
@pytest.mark.fault("L3", "T2")
def test_an_import_killed_at_random_moments_ends_as_if_it_had_never_been(world: worlds.World, kills: int) -> None:
    world.projects.rmdir()
    corpus.Corpus(seed=3, images=False, bad_lines=0.01).write(world.claude, sessions=60, messages=3000)
    wanted, archive = stores.once(world.root / "one-shot", world.claude)
    chance = random.Random(7)

    for _ in range(kills):
        running = one_pass(world)
        assert running.stdout
        assert running.stdout.readline() == "began\n"
        try:
            running.wait(timeout=chance.uniform(0.0, 0.35))
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait(timeout=worlds.BOUND_S)

    with stores.Memory(world.root, world.claude) as memory:
        memory.sync()
        stores.assert_counts_hold(memory)
        stores.assert_same(memory.tell(), wanted)
        assert memory.latest() == archive


@pytest.mark.fault("T6")
def test_a_line_of_300_mb_is_archived_within_the_memory_bound_and_the_rest_is_stored(world: worlds.World) -> None:
    path = world.projects / "-p" / "s.jsonl"
    path.parent.mkdir()
    with path.open("wb") as file:
        file.write(b'{"type":"user","uuid":"1","message":{"content":"before"}}\n{"type":"user","content":"')
        for _ in range(300):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n{"type":"user","uuid":"2","message":{"content":"after"}}\n')

    ended = one_pass(world)
    told, talk = ended.communicate(timeout=60)

    assert ended.returncode == 0, talk
    assert int(told.split()[-1]) < 260_000
    memory = stores.Memory(world.root, world.claude)
    assert memory.ask("SELECT text FROM messages ORDER BY position") == [("before",), ("after",)]
    assert memory.ask("SELECT quarantined, archived_bytes FROM counter") == [(1, path.stat().st_size)]


@pytest.mark.fault("S8")
def test_a_second_process_that_would_write_is_refused_and_told_who_writes(world: worlds.World) -> None:
    with stores.Memory(world.root, world.claude):
        ended = one_pass(world)
        _, talk = ended.communicate(timeout=worlds.BOUND_S)

    assert ended.returncode != 0
    assert errors.StoreBusy.__name__ in talk
    assert f"process {os.getpid()}" in talk


@pytest.mark.fault("S8")
def test_two_processes_forced_past_the_lock_lose_nothing_and_double_nothing(world: worlds.World) -> None:
    world.projects.rmdir()
    corpus.Corpus(seed=4, images=False, bad_lines=0.01).write(world.claude, sessions=40, messages=1500)
    wanted, archive = stores.once(world.root / "one-shot", world.claude)

    both = [one_pass(world, "forced") for _ in range(2)]
    for running in both:
        assert running.stdout
        assert running.stdout.readline() == "began\n"
    for running in both:
        assert running.stdin
        running.stdin.write("go\n")
        running.stdin.flush()
    for running in both:
        _, talk = running.communicate(timeout=60)
        assert running.returncode == 0, talk

    memory = stores.Memory(world.root, world.claude)
    stores.assert_same(memory.tell(), wanted)
    stores.assert_counts_hold(memory)
    assert memory.latest() == archive

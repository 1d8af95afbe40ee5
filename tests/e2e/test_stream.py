"""A steady stream of lines is seen while it goes on, not only once it stops (fault T12)."""

from __future__ import annotations

import functools
import time

import pytest

from tests import worlds
from tests.builders import records, transcript
from tests.e2e import services
from tests.sync import stores

LINES_A_SECOND = 25


def line(number: int) -> bytes:
    return records.line(records.user(f"line {number}", uuid=records.uuid_of("stream", number), session="s"))


def is_past(due: float) -> bool:
    return time.monotonic() >= due


@pytest.mark.fault("T12")
def test_every_line_of_a_stream_is_seen_before_the_next_one_comes_also_during_an_import(world: worlds.World) -> None:
    path = world.projects / "-p" / "s.jsonl"
    path.parent.mkdir()
    with stores.Memory(world.root, world.claude) as memory:
        memory.sync()
        for _ in range(30):
            waiting = transcript.Session().prompt("x " * 200).tool("Bash", {}, result="word " * 400)
            waiting.write(world.claude)
            memory.engine.rescan()
        for number in range(LINES_A_SECOND):
            with path.open("ab") as file:
                file.write(line(number))
            memory.engine.note([str(path)])
            memory.engine.work(0.0)
            assert memory.one("SELECT count(*) FROM messages WHERE session = 's'") == number + 1


@pytest.mark.parametrize("seconds", [1, pytest.param(60, marks=[pytest.mark.chaos, pytest.mark.timeout(300)])])
@pytest.mark.fault("T12")
def test_the_service_shows_a_stream_again_and_again_while_it_goes_on(world: worlds.World, seconds: int) -> None:
    path = world.projects / "-p" / "s.jsonl"
    path.parent.mkdir()
    service = services.Service(world)
    service.configure(services.SETTINGS)
    assert world.run("start", "--daemon", "--sync-only", timeout=30).returncode == 0
    memory = stores.Memory(world.root, world.claude)
    written, seen, waves = 0, 0, 0
    with path.open("ab", buffering=0) as file:
        while written < LINES_A_SECOND * seconds or waves < 5 * seconds:
            due = time.monotonic() + 1 / LINES_A_SECOND
            file.write(line(written))
            written += 1
            now = memory.one("SELECT count(*) FROM messages")
            waves += now > seen
            seen = now
            assert written < LINES_A_SECOND * (worlds.BOUND_S + 2 * seconds), f"{seen} of {written} lines are seen"
            worlds.reached(functools.partial(is_past, due), 1.0)
    worlds.wait_for(lambda: memory.one("SELECT count(*) FROM messages") == written, "the last lines")
    assert service.status()["state"] == "running"

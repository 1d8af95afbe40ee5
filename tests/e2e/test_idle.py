"""An idle service sleeps: what wakes its processes are their own heartbeats, and nothing that looks again and again."""

import json
import sys
from pathlib import Path

import pytest

from bench import measure
from tests import worlds
from tests.builders import transcript

WAKE_UPS_PER_BEAT = {"supervisor": 12, "sync": 14, "mcp": 8}
"""About three times what was counted; one look every 50 ms would be 40 between two heartbeats."""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux")
def test_an_idle_service_wakes_for_its_heartbeats_alone(world: worlds.World) -> None:
    transcript.Session().prompt("Hello").reply("Hello.").write(world.claude)
    assert world.run("start", "--daemon").returncode == 0

    def is_settled() -> bool:
        told = world.ask("status")
        return bool(told["database"]["messages"] == 2 and told["canary"] and told["transcripts"]["behind"] == 0)

    worlds.wait_for(is_settled, "the service to have read everything")
    told = world.ask("status")
    pids = {"supervisor": told["supervisor"]["pid"], **{name: each["pid"] for name, each in told["workers"].items()}}
    _wait_for_beats(world, 2)

    before = {name: measure.wake_ups_of(pid) for name, pid in pids.items()}
    beats = _wait_for_beats(world, 3)
    woken = {name: measure.wake_ups_of(pid) - before[name] for name, pid in pids.items()}

    assert {name: count for name, count in woken.items() if count > WAKE_UPS_PER_BEAT[name] * beats} == {}


def _wait_for_beats(world: worlds.World, count: int) -> int:
    """Wait until the supervisor has written its state so many times more; it does so at every heartbeat."""

    def beat() -> float:
        return float(json.loads(Path(world.home.state).read_text(encoding="utf-8"))["heartbeat"])

    for _ in range(count):
        last = beat()
        worlds.wait_for(lambda last=last: beat() != last, "a heartbeat")  # type: ignore[misc]
    return count

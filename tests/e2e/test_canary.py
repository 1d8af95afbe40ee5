"""The canary, with the real sync worker: it proves reading from end to end and leaves no trace."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from simple_memory.service import ask
from tests import worlds

FAST = "heartbeat_s = 0.2\n"

DEAF = """
import sys
from simple_memory import config
from simple_memory.daemon import canary, link as links, sync_worker, watcher
class Deaf(watcher.Watcher):
    def take(self):
        super().take()
        return set()
canary.DEADLINE_S = 0.5
given = dict(zip(sys.argv[2::2], sys.argv[3::2]))
home = config.Home(given["--home"])
link = links.Link.inherited(int(given["--link"]))
sys.exit(sync_worker.run(home, config.load_settings(home), link, make_watcher=Deaf))
"""


def start(world: worlds.World, *more: str, settings: str = FAST) -> None:
    os.makedirs(world.home.root, mode=0o700)
    Path(world.home.settings).write_text(settings)
    ended = world.run("start", "--daemon", "--sync-only", *more)
    assert ended.returncode == 0, ended.stderr


def canary_of(world: worlds.World) -> Any:
    return world.ask("status")["canary"]


def store(world: worlds.World, sql: str) -> list[Any]:
    """Ask the database as a stranger would, in a process of this test that has it open nowhere else."""
    with sqlite3.connect(f"file:{world.home.database}?mode=ro", uri=True) as connection:
        return connection.execute(sql).fetchall()


def test_it_comes_through_at_the_start_and_when_asked_and_is_counted_nowhere(world: worlds.World) -> None:
    record = {"type": "user", "uuid": "u1", "sessionId": "s1", "timestamp": "2026-01-01T00:00:00Z", "cwd": "/p",
              "message": {"role": "user", "content": "hello"}}  # fmt: skip
    folder = world.projects / "-p"
    folder.mkdir()
    (folder / "s1.jsonl").write_text(json.dumps(record) + "\n")
    start(world)
    worlds.wait_for(lambda: (canary_of(world) or {}).get("ok"), "the first canary")
    first = canary_of(world)
    assert first["latency_s"] < 5
    worlds.wait_for(lambda: world.ask("status")["database"]["messages"] == 1, "the message")
    before = store(world, "SELECT * FROM counter")
    ask.canary(world.home)
    worlds.wait_for(lambda: canary_of(world)["at"] != first["at"], "the second canary")
    answer = world.ask("status")
    assert (answer["state"], answer["canary"]["ok"], answer["transcripts"]["seen"]) == ("running", True, 1)
    assert store(world, "SELECT * FROM counter") == before
    assert store(world, "SELECT agent FROM transcript") == [("claude-code",)]
    assert store(world, "SELECT count(*) FROM frame WHERE transcript_id NOT IN (SELECT id FROM transcript)") == [(0,)]
    assert os.listdir(world.home.canary) == []
    assert [one["session"] for one in world.ask("sessions")["sessions"]] == ["s1"]
    done = ask.sync_facts(world.home)["done"]
    assert (done["transcripts"]["read"], done["transcripts"]["seen"]) == (1, 1)


@pytest.mark.fault("L19")
def test_one_that_is_not_heard_turns_the_status_degraded_with_a_remedy(world: worlds.World) -> None:
    stand_in = world.root / "deaf.py"
    stand_in.write_text(DEAF)
    start(world, "--stand-in", f"sync={stand_in}")
    worlds.wait_for(lambda: canary_of(world) is not None, "the canary to be lost")
    answer = world.ask("status")
    assert (answer["state"], answer["canary"]["ok"]) == ("degraded", False)
    assert any("test transcript of our own" in hint and "simple-memory restart" in hint for hint in answer["hints"])
    assert world.run("status").returncode == 150


@pytest.mark.parametrize("leftover", ["row", "file"])
def test_what_a_killed_worker_left_of_it_is_taken_out(world: worlds.World, leftover: str) -> None:
    start(world)
    worlds.wait_for(lambda: canary_of(world), "the first canary")
    world.run("stop")
    if leftover == "file":
        Path(world.home.canary, "canary.jsonl").write_text("{}\n")
    else:
        with sqlite3.connect(world.home.database) as connection:
            connection.execute(
                "INSERT INTO transcript (agent, path, form, state, first_seen) "
                "VALUES ('canary', '/c', 'lines', 'present', '')"
            )
    assert world.run("sync").returncode == 0
    assert store(world, "SELECT count(*) FROM transcript") == [(0,)]
    assert world.ask("status")["transcripts"]["deleted_at_source"] == 0

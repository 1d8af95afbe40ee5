"""Other programs in our database, with the real service: one that reads on, one that keeps it locked (S6, S7)."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from simple_memory.store import journal
from tests import worlds
from tests.builders import records
from tests.e2e import services
from tests.sync import stores

OTHER = """
import sys, apsw
opened = apsw.Connection(sys.argv[1])
opened.execute(sys.argv[2])
opened.execute("SELECT count(*) FROM message").fetchall()
print("there", flush=True)
sys.stdin.readline()
"""
pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


def serving(world: worlds.World) -> services.Service:
    """Start a service that tries again soon; it has read one line."""
    write(world, "s0", ["first"])
    service = services.Service(world)
    service.configure("heartbeat_s = 0.2\nretry_longest_s = 1.0\nrescan_s = 2.0\n")
    assert world.run("start", "--daemon", "--sync-only", timeout=30).returncode == 0
    worlds.wait_for(lambda: service.status()["database"]["messages"] == 1, "the first line")
    return service


def write(world: worlds.World, session: str, texts: list[str]) -> None:
    folder = world.projects / "-p"
    folder.mkdir(exist_ok=True)
    with (folder / f"{session}.jsonl").open("wb") as file:
        for number, text in enumerate(texts):
            file.write(records.line(records.user(text, uuid=records.uuid_of(session, number), session=session)))


def enter(world: worlds.World, sql: str) -> subprocess.Popen[str]:
    """Start another program that does `sql` in the database, and stays until its stdin gets a line."""
    other = world.spawn_command([sys.executable, "-c", OTHER, world.home.database, sql])
    assert other.stdout
    assert other.stdout.readline() == "there\n"
    return other


@pytest.mark.fault("S6")
def test_status_names_a_reader_that_keeps_64_mb_of_journal_and_is_well_once_it_ends(world: worlds.World) -> None:
    service = serving(world)
    reader = enter(world, "BEGIN")
    write(world, "s1", [os.urandom(40_000).hex() for _ in range(1100)])

    worlds.wait_for(lambda: service.status()["reason"] == "a reader keeps the journal long", "the alarm", 120)

    assert any(f"({reader.pid})" in hint for hint in service.status()["hints"])
    assert "journal_grows" in service.log("sync")
    reader.communicate("end\n", timeout=worlds.BOUND_S)
    worlds.wait_for(lambda: service.status()["state"] == "running", "the end of the alarm", 60)
    worlds.wait_for(lambda: service.status()["database"]["messages"] == 1101, "all lines", 120)
    assert journal.size(world.home.database) <= journal.ALARM_BYTES


@pytest.mark.fault("S7")
def test_a_lock_that_another_keeps_is_waited_for_then_told_and_nothing_is_lost(world: worlds.World) -> None:
    service = serving(world)
    other = enter(world, "BEGIN IMMEDIATE")
    write(world, "s1", ["second", "third"])

    worlds.wait_for(lambda: "locked by another program" in (service.status()["last_error"] or ""), "what is told", 30)

    assert service.status()["database"]["messages"] == 1
    other.communicate("end\n", timeout=worlds.BOUND_S)
    worlds.wait_for(lambda: service.status()["database"]["messages"] == 3, "the lines that waited")
    worlds.wait_for(lambda: service.status()["state"] == "running", "a sound service")
    texts = "SELECT text FROM messages ORDER BY id"
    assert stores.Memory(world.root, world.claude).ask(texts) == [("first",), ("second",), ("third",)]

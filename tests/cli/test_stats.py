"""`stats` counts, and shows what takes the room; `sessions --expiring` shows what its agent deletes soon."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests import worlds
from tests.builders import transcript
from tests.store import quiet

DAY_NS = 86_400 * 10**9


@pytest.fixture
def memory(world: worlds.World) -> worlds.World:
    for number in range(3):
        session = transcript.Session(project=f"/home/ada/p{number % 2}").prompt(f"Question {number}")
        session.tool("Bash", {"command": "ls"}, result="result " * 400).reply("Done.").write(world.claude)
    assert world.run("sync").returncode == 0
    return world


def test_counts_are_those_of_status(memory: worlds.World) -> None:
    answer = memory.ask("stats")
    assert answer["space"] is None
    assert answer["counts"]["messages"] == memory.ask("status")["database"]["messages"]
    assert "messages" in memory.run("stats").stdout


def test_every_page_of_the_database_is_in_a_table_and_every_transcript_in_a_project(memory: worlds.World) -> None:
    room = memory.ask("stats", "--space")["space"]
    assert sum(one["stored_bytes"] for one in room["tables"]) == os.path.getsize(memory.home.database)
    assert {one["name"]: one["rows"] for one in room["tables"]}["session"] == 3
    projects = {one["project"]: one for one in room["projects"]}
    assert set(projects) == {"/home/ada/p0", "/home/ada/p1"}
    files = list(memory.projects.rglob("*.jsonl"))
    assert sum(one["transcript_bytes"] for one in projects.values()) == sum(path.stat().st_size for path in files)
    assert {"user prompt", "tool result"} <= {one["name"] for one in room["kinds"]}
    shown = memory.run("stats", "--space").stdout
    assert "/home/ada/p1" in shown


def test_what_is_still_to_be_packed_is_told_and_no_longer_once_it_is(memory: worlds.World) -> None:
    waits = memory.ask("stats", "--space")["space"]["packing"]
    assert (waits["frames"], waits["quiet_days"]) == (3, 1.0)
    assert "To be packed smaller once they are quiet" in memory.run("stats", "--space").stdout
    Path(memory.home.settings).write_text("pack_quiet_days = 0\n", encoding="utf-8")
    assert "never (pack_quiet_days = 0)" in memory.run("stats", "--space").stdout
    quiet.settle(memory.home)
    room = memory.ask("stats", "--space")["space"]
    assert (room["packing"]["frames"], room["packing"]["packed_bytes"]) == (0, 0)
    assert sum(one["stored_bytes"] for one in room["tables"]) == os.path.getsize(memory.home.database)
    assert "To be packed" not in memory.run("stats", "--space").stdout


def test_what_its_agent_deletes_soon_is_shown_with_whether_it_is_safe(memory: worlds.World) -> None:
    assert memory.ask("sessions", "--expiring")["sessions"] == []
    old, newer, _ = sorted(memory.projects.rglob("*.jsonl"))
    now = time.time_ns()
    for path, days in ((old, 28), (newer, 25)):
        os.utime(path, ns=(now - days * DAY_NS,) * 2)
    assert memory.run("sync").returncode == 0
    found = memory.ask("sessions", "--expiring")["sessions"]
    assert [(one["session"], one["safe"]) for one in found] == [(old.stem, True), (newer.stem, True)]
    assert [one["session"] for one in memory.ask("sessions", "--expiring", "3")["sessions"]] == [old.stem]
    with old.open("ab") as file:
        file.write(b"{}\n")
    assert [one["safe"] for one in memory.ask("sessions", "--expiring", "3")["sessions"]] == [False]
    assert "not yet all" in memory.run("sessions", "--expiring").stdout


def test_the_agents_own_setting_says_when_it_deletes(memory: worlds.World) -> None:
    Path(memory.claude, "settings.json").write_text('{"cleanupPeriodDays": 5}')
    assert len(memory.ask("sessions", "--expiring")["sessions"]) == 3
    Path(memory.claude, "settings.json").write_text('{"cleanupPeriodDays": "never"}')
    assert memory.ask("sessions", "--expiring")["sessions"] == []


def test_a_hyphen_for_the_picture_means_stdout(memory: worlds.World) -> None:
    told = memory.run("stats", "--by", "project", "--svg", "-")
    assert (told.stdout.startswith("<svg "), told.stderr) == (True, "")
    assert not Path("-").exists()

"""A memory of an earlier build of the same version: every command says what to do; sync, start and doctor do it."""

from __future__ import annotations

import contextlib
import os

import apsw
import pytest

from simple_memory import config
from simple_memory.store import shape
from tests import worlds
from tests.builders import transcript
from tests.store import earlier


def thaw(world: worlds.World) -> None:
    config.make_home(world.home)
    earlier.thaw_lacking(world.home)


@pytest.mark.fault("S13")
@pytest.mark.parametrize(
    "command",
    [
        ["search", "frozen"],
        ["sessions"],
        ["show", "5e55"],
        ["sql", "SELECT 1"],
        ["export", "--all"],
        ["stats"],
        ["files", "x"],
    ],
    ids=lambda command: command[0],
)
def test_a_command_that_reads_says_in_one_sentence_what_to_do(world: worlds.World, command: list[str]) -> None:
    thaw(world)
    ended = world.run(*command)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "was made by an earlier build" in ended.stderr
    assert "`simple-memory sync` brings it up to date" in ended.stderr


@pytest.mark.fault("S13")
def test_status_says_it_too_and_counts_all_the_same(world: worlds.World) -> None:
    thaw(world)
    answer = world.ask("status")
    assert (answer["database"]["state"], answer["database"]["messages"]) == ("older", 4)
    assert any("brings it up to date" in hint for hint in answer["hints"])


@pytest.mark.fault("S13")
def test_sync_brings_it_up_to_date_reads_on_and_finds_old_and_new(world: worlds.World) -> None:
    thaw(world)
    transcript.Session().prompt("Thawing news").reply("Well.").write(world.claude)
    report = world.ask("sync")
    assert report["messages"]["added"] == 2
    assert world.ask("status")["database"]["state"] == "ok"
    assert [hit["title"] for hit in world.ask("search", "frozen")["hits"]] == ["Frozen"]
    assert len(world.ask("search", "thawing")["hits"]) == 1
    assert [name for name in os.listdir(world.home.backups) if name.endswith("-migration.db")]


@pytest.mark.fault("S13")
def test_start_brings_it_up_to_date(world: worlds.World) -> None:
    thaw(world)
    assert world.run("start", "--daemon").returncode == 0
    assert world.ask("status")["database"]["state"] == "ok"
    assert world.run("stop").returncode == 0


@pytest.mark.fault("S13")
def test_doctor_brings_it_up_to_date_and_then_all_is_well(world: worlds.World) -> None:
    thaw(world)
    ended = world.run("doctor", "--verify", timeout=60)
    assert (ended.returncode, "an earlier build" in ended.stdout) == (0, True), ended.stdout + ended.stderr
    assert "mended" in ended.stdout
    again = world.ask("doctor", "--verify", timeout=60)
    assert [check["state"] for check in again["checks"]] == ["ok"] * len(again["checks"]), again


@pytest.mark.fault("S13")
def test_what_cannot_be_added_is_refused_by_sync_and_made_anew_by_doctor(world: worlds.World) -> None:
    config.make_home(world.home)
    earlier.thaw_early(world.home)
    refused = world.run("sync")
    assert refused.returncode == 1
    assert "response of its table response is another" in refused.stderr
    assert "`simple-memory doctor` makes it anew from its own archive" in refused.stderr
    failed = world.run("start", "--daemon")
    assert failed.returncode == 1
    assert "response of its table response is another" in failed.stderr

    mended = world.run("doctor", timeout=60)
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert [hit["title"] for hit in world.ask("search", "frozen")["hits"]] == ["Frozen"]
    (aside,) = os.listdir(os.path.join(world.home.root, "aside"))
    with contextlib.closing(apsw.Connection(os.path.join(world.home.root, "aside", aside, "memory.db"))) as old:
        assert "TEXT" in shape.of(old).tables["response"]["response"]


def test_what_an_earlier_build_did_not_count_is_found_by_verify_and_made_anew(world: worlds.World) -> None:
    transcript.Session().prompt("Count").reply("Well.").write(world.claude)
    world.ask("sync")
    with contextlib.closing(apsw.Connection(world.home.database)) as made:
        assert made.execute("UPDATE response SET cache_write_1h_tokens = 7 RETURNING 1").fetchall()
    ended = world.run("doctor", "--verify", timeout=60)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "usage of " in ended.stdout
    with contextlib.closing(apsw.Connection(world.home.database)) as made:
        assert made.execute("SELECT max(cache_write_1h_tokens) FROM response").fetchall() == [(0,)]

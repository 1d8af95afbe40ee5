"""Where something is missing that one takes for granted: /proc, a disk that can be written, arguments that are text."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from tests import worlds
from tests.builders import transcript

MOUNTS = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs unshare, and root to mount"
)
NO_TEXT = os.fsdecode(b"\xff\xfe")


def mounted(world: worlds.World, mount: str, *commands: list[str]) -> list[subprocess.CompletedProcess[str]]:
    """Run commands one after the other where `mount`, a line of shell, has changed what is mounted; $1 is the home."""
    script = mount + ' && shift && exec "$@"'
    ended = []
    for command in commands:
        one = subprocess.run(
            ["unshare", "-m", "sh", "-c", script, "sh", world.home.root, *world.command(*command)],
            env=world.environment(), cwd=world.root, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        if "ermission denied" in one.stderr or "not permitted" in one.stderr:
            pytest.skip("nothing can be mounted here")
        assert "Traceback" not in one.stderr, one.stderr
        ended.append(one)
    return ended


@pytest.fixture
def filled(world: worlds.World) -> worlds.World:
    transcript.Session().prompt("An otter").reply("Seen.").write(world.claude)
    assert world.run("sync").returncode == 0
    return world


@MOUNTS
@pytest.mark.fault("P13")
def test_without_proc_a_service_is_seen_and_ended_all_the_same(filled: worlds.World) -> None:
    start, status, restart, stop, after = mounted(
        filled,
        "mount -t tmpfs tmpfs /proc",
        ["start", "--daemon"], ["status", "--json"], ["restart"], ["stop"], ["status", "--json"],
    )  # fmt: skip
    assert start.returncode == 0, start.stderr
    seen = json.loads(status.stdout)
    assert (seen["state"], seen["workers"]["sync"]["state"]) == ("running", "running")
    assert (restart.returncode, stop.returncode) == (0, 0)
    assert stop.stdout.startswith("Stopped: supervisor")
    assert json.loads(after.stdout)["state"] == "stopped"
    assert filled.holder() is None


@MOUNTS
@pytest.mark.fault("P14")
def test_a_home_on_a_disk_that_is_mounted_read_only_can_be_read(filled: worlds.World) -> None:
    status, sessions, sql, export, search, sync = mounted(
        filled,
        'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"',
        ["status", "--json"], ["sessions", "--json"], ["sql", "SELECT count(*) FROM messages", "--json"],
        ["export", "--all"], ["search", "otter"], ["sync"],
    )  # fmt: skip
    assert json.loads(status.stdout)["database"]["state"] == "ok"
    assert len(json.loads(sessions.stdout)["sessions"]) == 1
    assert json.loads(sql.stdout)["rows"] == [[2]]
    assert "An otter" in export.stdout
    assert "mounted read-only" in search.stderr
    assert (sync.returncode, "Read-only file system" in sync.stderr) == (1, True)


@MOUNTS
@pytest.mark.fault("P14")
def test_there_a_database_whose_journal_is_not_empty_is_refused_with_a_sentence(filled: worlds.World) -> None:
    with open(filled.home.database + "-wal", "wb") as journal:
        journal.write(b"x" * 4096)
    (sessions,) = mounted(filled, 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"', ["sessions"])
    assert sessions.returncode == 1
    assert "its journal is not empty" in sessions.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["search", f"otter {NO_TEXT}"],
        ["search", "--project", NO_TEXT, "otter"],
        ["show", NO_TEXT],
        ["sessions", "--branch", NO_TEXT],
        ["sql", f"SELECT '{NO_TEXT}'"],
        ["files", NO_TEXT],
        ["forget", "--phrase", NO_TEXT],
        ["restore", NO_TEXT],
        ["import", NO_TEXT],
        [NO_TEXT],
    ],
    ids=lambda command: command[0] if command[0] != NO_TEXT else "as a command",
)
@pytest.mark.fault("P15")
def test_an_argument_that_is_no_text_is_refused_or_matches_nothing(filled: worlds.World, command: list[str]) -> None:
    ended = filled.run(*command)
    assert "Traceback" not in ended.stderr
    assert ended.returncode in (0, 1, 2)
    assert ended.stderr


@pytest.mark.fault("P15")
def test_words_in_utf_8_are_found_where_the_locale_knows_no_utf_8(world: worlds.World) -> None:
    transcript.Session().prompt("Schöne Grüße").reply("Danke.").write(world.claude)
    assert world.run("sync").returncode == 0
    ended = world.run("search", "Grüße", "--json", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert [hit["title"] for hit in json.loads(ended.stdout)["hits"]] == ["Schöne Grüße"]

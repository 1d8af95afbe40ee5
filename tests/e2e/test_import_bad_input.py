"""What an import says where it cannot work: one clear sentence, a hint, the exit code of the table, nothing touched."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from simple_memory import config, errors
from simple_memory.store import schema
from tests import worlds
from tests.builders import transcript


def refused(world: worlds.World, *arguments: str) -> tuple[str, str]:
    """Run a command that must fail; return its message and hint."""
    answer = world.ask(*arguments)
    ended = world.run(*arguments)
    assert ended.returncode == errors.EXIT_ERROR
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    assert 0 < len(ended.stderr.strip().split("\n")) <= 3
    return answer["error"]["message"], answer["error"]["hint"]


def test_with_no_transcripts_a_sync_says_so_and_where_it_looked(world: worlds.World) -> None:
    ended = world.run("sync")

    assert ended.returncode == errors.EXIT_OK
    assert str(world.claude) in ended.stdout + ended.stderr


@pytest.mark.parametrize("command", [["sync"], ["start", "--daemon"], ["status"], ["stop"]])
def test_a_home_that_cannot_be_used_is_named(world: worlds.World, command: list[str]) -> None:
    Path(world.home.root).write_text("a file")

    ended = world.run(*command)

    assert ended.returncode == errors.EXIT_ERROR
    assert f"{world.home.root} is not a folder." in ended.stderr
    assert "SIMPLE_MEMORY_HOME" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("kind", ["foreign", "newer", "words"])
@pytest.mark.fault("S5")
def test_a_database_that_is_not_ours_is_refused_and_left_as_it_is(world: worlds.World, kind: str) -> None:
    transcript.Session().prompt("go").write(world.claude)
    config.make_home(world.home)
    if kind == "words":
        Path(world.home.database).write_bytes(b"no database at all " * 500)
    else:
        with sqlite3.connect(world.home.database) as other:
            other.execute("CREATE TABLE theirs (a)")
            if kind == "newer":
                other.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
                other.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
        other.close()
    before = Path(world.home.database).read_bytes()

    message, hint = refused(world, "sync")

    assert world.home.database in message
    assert hint
    assert Path(world.home.database).read_bytes() == before

"""`backup`: made, listed, put in place; what was there is moved aside."""

from __future__ import annotations

from pathlib import Path

from simple_memory import errors
from tests import worlds
from tests.builders import transcript


def test_a_backup_put_in_place_gives_all_of_it_back_and_what_is_newer_is_read_again(world: worlds.World) -> None:
    transcript.Session().prompt("The oldest question").reply("Yes.").write(world.claude)
    world.run("sync")
    made = world.ask("backup")["backup"]
    assert world.ask("backup", "--list")["backups"] == [made]
    assert made["path"] in world.run("backup", "--list").stdout
    transcript.Session().prompt("A newer zebra").reply("No.").write(world.claude)
    world.run("sync")
    before = world.ask("sql", "SELECT session, position, text FROM messages ORDER BY 1, 2")["rows"]
    Path(world.home.database).write_bytes(b"\x00" * 20_000)
    assert world.run("search", "zebra").returncode == errors.EXIT_ERROR

    answer = world.ask("backup", "--restore", made["path"], timeout=60)

    assert (answer["messages"], answer["messages_read_again"]) == (2, 2)
    assert (Path(answer["aside"]) / "memory.db").read_bytes() == b"\x00" * 20_000
    assert world.ask("sql", "SELECT session, position, text FROM messages ORDER BY 1, 2")["rows"] == before
    assert world.ask("search", "zebra")["total"] == 1
    assert world.ask("search", "oldest")["total"] == 1


def test_a_bad_backup_changes_nothing(world: worlds.World) -> None:
    transcript.Session().prompt("Where?").reply("Here.").write(world.claude)
    world.run("sync")
    bad = world.root / "bad.db"
    bad.write_bytes(b"no backup")
    ended = world.run("backup", "--restore", str(bad))
    assert ended.returncode == errors.EXIT_ERROR
    assert world.ask("sql", "SELECT count(*) FROM messages")["rows"] == [[2]]
    assert not (Path(world.home.root) / "aside").exists()


def test_the_service_stops_for_it_and_runs_again(world: worlds.World) -> None:
    transcript.Session().prompt("Where?").reply("Here.").write(world.claude)
    assert world.run("start", "--daemon", "--sync-only").returncode == 0
    worlds.wait_for(lambda: world.ask("status")["database"]["messages"] == 2, "the messages")
    made = world.ask("backup")["backup"]
    ended = world.run("backup", "--restore", made["path"], timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert "starts again" in ended.stderr
    assert world.ask("status")["workers"]["sync"]["state"] == "running"
    assert world.holder() is not None


def test_without_a_memory_there_is_nothing_to_back_up(world: worlds.World) -> None:
    assert world.ask("backup")["error"]["code"] == "store_missing"
    assert world.ask("backup", "--list") == {"backups": []}

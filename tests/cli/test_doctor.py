"""`doctor`: every kind of damage is noticed and mended, what was damaged is moved aside, nothing is lost."""

from __future__ import annotations

import os
import random
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from simple_memory import config, errors
from simple_memory.store import comparison, connection
from simple_memory.sync import engine
from tests import worlds
from tests.builders import records, transcript
from tests.sync import stores

PAGE = 8192
NEEDLE = "The zebra crossing is forty paces wide and was painted by Ada herself on a Sunday morning"


PICTURE = random.Random(1).randbytes(20_000)


def build(number: int, words: str = "Where is it?") -> transcript.Session:
    made = transcript.Session(project=f"/home/ada/p{number}").prompt(f"{words} {number}")
    for turn in range(12):
        made.tool("Bash", {"command": f"ls {turn}"}, result=f"{turn} {'result ' * 300}").reply(f"Answer {turn}. " * 30)
    made.prompt("Look at it", blocks=[records.image(PICTURE)])
    return made.delegate("Look", "Find it").tool("Grep", {"pattern": "x"}, result="there").report("Found.").reply("Ok.")


def told(world: worlds.World) -> comparison.Digests:
    opened = connection.open_reader(world.home)
    try:
        return comparison.digests(opened)
    finally:
        opened.close()


def place_of(world: worlds.World, sql: str) -> int:
    """Return where the bytes that a query gives stand in the database's file."""
    opened = apsw.Connection(world.home.database, flags=apsw.SQLITE_OPEN_READONLY)
    (found,) = next(iter(opened.execute(sql)))
    opened.close()
    wanted = found if isinstance(found, bytes) else str(found).encode()
    at = Path(world.home.database).read_bytes().find(wanted[:200])
    assert at > 0
    return at


@pytest.fixture
def world_with_memory(world: worlds.World) -> worlds.World:
    """Give a world with four sessions: one only the memory has; all but the last are in a backup; all is closed."""
    for number in range(3):
        build(number).write(world.claude)
    assert world.run("sync").returncode == 0
    gone = next(world.projects.glob("*p0/*.jsonl"))
    shutil.rmtree(gone.parent)
    assert world.run("sync").returncode == 0
    assert world.ask("backup")["backup"]
    build(3, NEEDLE).write(world.claude)
    assert world.run("sync").returncode == 0
    return world


def overwrite(path: str, at: int, content: bytes) -> None:
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(content)


def flip(path: str, at: int) -> None:
    byte = Path(path).read_bytes()[at]
    overwrite(path, at, bytes([byte ^ 0x10]))


def swap_pages(path: str) -> None:
    content = Path(path).read_bytes()
    pages = len(content) // PAGE
    first, second = pages // 3, pages // 2
    overwrite(path, first * PAGE, content[second * PAGE : (second + 1) * PAGE])
    overwrite(path, second * PAGE, content[first * PAGE : (first + 1) * PAGE])


def root_of(world: worlds.World, name: str) -> int:
    opened = apsw.Connection(world.home.database, flags=apsw.SQLITE_OPEN_READONLY)
    ((page,),) = list(opened.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)))
    opened.close()
    return (int(page) - 1) * PAGE


def change(world: worlds.World, sql: str) -> None:
    opened = apsw.Connection(world.home.database)
    opened.execute(sql)
    opened.close()


Damage = Callable[[worlds.World], Any]
DAMAGES: dict[str, Damage] = {
    "a page in the middle is zero": lambda w: overwrite(w.home.database, 5 * PAGE, bytes(PAGE)),
    "the first page is zero": lambda w: overwrite(w.home.database, 0, bytes(PAGE)),
    "the header's magic is gone": lambda w: overwrite(w.home.database, 0, b"SOMETHING ELSE\x00\x00"),
    "a table's page has another type": lambda w: overwrite(w.home.database, root_of(w, "message"), b"\x07"),
    "an index's page is zero": lambda w: overwrite(w.home.database, root_of(w, "message_by_position"), bytes(PAGE)),
    "a bit of a text is flipped": lambda w: flip(
        w.home.database, place_of(w, f"SELECT text FROM message WHERE text LIKE '{NEEDLE}%'") + 20
    ),
    "a bit of the archive is flipped": lambda w: flip(
        w.home.database, place_of(w, "SELECT packed FROM frame ORDER BY length(packed) DESC") + 60
    ),
    "a bit of a picture is flipped": lambda w: flip(w.home.database, place_of(w, "SELECT packed FROM blob") + 90),
    "the pictures are gone": lambda w: change(w, "DELETE FROM blob"),
    "two pages are exchanged": lambda w: swap_pages(w.home.database),
    "the second half is cut off": lambda w: os.truncate(w.home.database, os.path.getsize(w.home.database) // 2),
    "the last hundred bytes are cut off": lambda w: os.truncate(
        w.home.database, os.path.getsize(w.home.database) - 100
    ),
    "it is empty": lambda w: os.truncate(w.home.database, 0),
    "it is gone": lambda w: os.unlink(w.home.database),
    "the counters are wrong": lambda w: change(w, "UPDATE counter SET messages = messages + 7"),
    "rows are gone": lambda w: change(w, "DELETE FROM media; DELETE FROM message WHERE id % 7 = 0"),
    "frames are gone": lambda w: change(w, "DELETE FROM frame WHERE id % 2 = 0"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
@pytest.mark.fault("S4")
def test_damage_is_noticed_and_mended_and_what_was_damaged_is_kept(
    world_with_memory: worlds.World, damage: Damage
) -> None:
    world, before = world_with_memory, told(world_with_memory)
    damage(world)
    broken = Path(world.home.database).read_bytes() if os.path.exists(world.home.database) else None

    answer = world.ask("doctor", "--verify", timeout=60)

    assert answer["healthy"], answer
    assert "mended" in {check["state"] for check in answer["checks"]}
    assert told(world) == before
    if broken is not None:
        assert (Path(answer["mending"]["aside"]) / "memory.db").read_bytes() == broken
    assert world.ask("search", "zebra crossing")["total"] == 1
    restored = world.ask("restore", "--all-deleted")
    assert restored["written"] == len(restored["files"]) > 0
    again = world.ask("doctor", "--verify", timeout=60)
    assert {check["state"] for check in again["checks"]} == {"ok"}, again


WAL_DAMAGES: dict[str, Callable[[str], Any]] = {
    "a bit is flipped": lambda wal: flip(wal, os.path.getsize(wal) // 2),
    "its header is zero": lambda wal: overwrite(wal, 0, bytes(32)),
    "it is cut off": lambda wal: os.truncate(wal, os.path.getsize(wal) // 3),
    "it is gone": os.unlink,
}


@pytest.mark.parametrize("damage", WAL_DAMAGES.values(), ids=WAL_DAMAGES.keys())
@pytest.mark.fault("S4")
def test_what_a_damaged_wal_held_is_read_again(
    world_with_memory: worlds.World, damage: Callable[[str], Any], tmp_path: Path
) -> None:
    world = world_with_memory
    for number in range(4, 9):
        build(number).write(world.claude)
    one = engine.Engine(world.home, config.Settings(), report=lambda *_: None)
    one.open()
    one.rescan()
    while one.work(0.5):
        pass
    shutil.copytree(world.home.root, tmp_path / "as it was")  # as a crash leaves it, with its WAL
    before = told(world)
    one.close()
    shutil.rmtree(world.home.root)
    shutil.move(tmp_path / "as it was", world.home.root)
    assert os.path.getsize(world.home.database + "-wal") > 10_000
    os.unlink(world.home.database + "-shm")
    damage(world.home.database + "-wal")

    assert world.ask("doctor", "--verify", timeout=60)["healthy"]
    assert world.run("sync").returncode == 0
    assert told(world) == before
    again = world.ask("doctor", "--verify", timeout=60)
    assert {check["state"] for check in again["checks"]} == {"ok"}, again


def test_what_only_the_damaged_database_had_is_taken_over(world: worlds.World) -> None:
    build(0).write(world.claude)
    build(1).write(world.claude)
    world.run("sync")
    files = {path: content for path, content in stores.every_file(world.claude).items() if "p0" in path}
    shutil.rmtree(next(world.projects.glob("*p0")))
    world.run("sync")
    before = told(world)
    overwrite(world.home.database, root_of(world, "message_by_position"), bytes(PAGE))
    answer = world.ask("doctor", timeout=60)
    assert (answer["healthy"], answer["mending"]["backup"], answer["mending"]["lost"]) == (True, None, [])
    assert told(world) == before
    assert len(world.ask("sessions", "--deleted")["sessions"]) == 1
    assert world.ask("restore", "--all-deleted")["written"] == len(files)
    assert files.items() <= stores.every_file(world.claude).items()


def test_what_was_forgotten_stays_so_when_the_database_is_made_anew(world: worlds.World) -> None:
    build(0).write(world.claude)
    build(1, NEEDLE).write(world.claude)
    world.run("sync")
    forgotten = world.ask("search", "zebra crossing")["hits"][0]["session"]
    assert world.run("forget", forgotten, "--yes", timeout=60).returncode == 0
    before = told(world)
    overwrite(world.home.database, root_of(world, "message_by_position"), bytes(PAGE))
    answer = world.ask("doctor", timeout=60)
    assert (answer["healthy"], answer["mending"]["backup"]) == (True, None)
    assert told(world) == before
    assert world.ask("search", "zebra crossing")["total"] == 0


def test_a_sound_memory_is_left_as_it_is(world_with_memory: worlds.World) -> None:
    world = world_with_memory
    answer = world.ask("doctor", "--verify", timeout=60)
    assert answer["healthy"]
    assert answer["mending"] is None
    parts = [check["part"] for check in answer["checks"]]
    assert parts == [
        "permissions",
        "settings",
        "place",
        "database",
        "checkpoints",
        "packing",
        "archive",
        "index",
        "backups",
        "service",
        "rows",
    ]
    assert not (Path(world.home.root) / "aside").exists()
    assert not list(Path(world.home.root).glob("scratch-*"))


def test_a_lost_index_is_made_again(world_with_memory: worlds.World) -> None:
    world = world_with_memory
    for path in Path(world.home.index).iterdir():
        path.write_bytes(b"broken")
    answer = world.ask("doctor", timeout=60)
    states = {check["part"]: check["state"] for check in answer["checks"]}
    assert (answer["healthy"], states["index"], states["database"]) == (True, "mended", "ok")
    assert world.ask("search", "zebra crossing")["total"] == 1


@pytest.mark.fault("S4")
def test_an_index_that_is_older_than_the_database_is_made_again(world: worlds.World) -> None:
    build(0).write(world.claude)
    assert world.run("sync").returncode == 0
    shutil.copytree(world.home.index, world.root / "older")
    build(1, NEEDLE).write(world.claude)
    assert world.run("sync").returncode == 0
    shutil.rmtree(world.home.index)
    shutil.copytree(
        world.root / "older", world.home.index
    )  # as a copy of the home brings it, made while it was written

    answer = world.ask("doctor", "--verify", timeout=60)

    assert answer["healthy"], answer
    (checked,) = [check for check in answer["checks"] if check["part"] == "index"]
    assert checked["state"] == "mended", answer
    assert world.ask("search", "zebra crossing")["total"] == 1


def test_modes_that_let_others_in_are_mended(world_with_memory: worlds.World) -> None:
    world = world_with_memory
    os.chmod(world.home.root, 0o755)
    os.chmod(world.home.database, 0o644)
    answer = world.ask("doctor", "--look-only")
    assert answer["healthy"]
    assert len(answer["checks"][0]["problems"]) == 2
    assert stat.S_IMODE(os.stat(world.home.root).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(world.home.database).st_mode) == 0o600


def test_a_person_can_ask_to_look_only(world_with_memory: worlds.World) -> None:
    world = world_with_memory
    overwrite(world.home.database, 5 * PAGE, bytes(PAGE))
    broken = Path(world.home.database).read_bytes()
    ended = world.run("doctor", "--look-only")
    assert ended.returncode == errors.EXIT_ERROR
    assert "bad" in ended.stdout
    assert Path(world.home.database).read_bytes() == broken


@pytest.mark.parametrize("sql", ["PRAGMA user_version = 99", "PRAGMA application_id = 77"])
def test_a_database_that_is_newer_or_of_another_program_stays_where_it_is(
    world_with_memory: worlds.World, sql: str
) -> None:
    world = world_with_memory
    change(world, sql)
    ended = world.run("doctor", timeout=60)
    assert ended.returncode == errors.EXIT_ERROR
    assert not (Path(world.home.root) / "aside").exists()


def test_the_service_stops_for_mending_and_runs_again(world: worlds.World) -> None:
    build(0).write(world.claude)
    assert world.run("start", "--daemon", "--sync-only").returncode == 0
    worlds.wait_for(lambda: world.ask("status")["database"]["messages"] > 20, "the messages")
    assert world.run("stop").returncode == 0
    change(world, "UPDATE counter SET messages = 1")
    assert world.run("start", "--daemon", "--sync-only").returncode == 0
    ended = world.run("doctor", "--verify", timeout=60)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "mended" in ended.stdout
    assert world.holder() is not None

"""Shrinking makes the database smaller, drops what it said and nothing else, and never hides that it did."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests import worlds
from tests.builders import records, transcript
from tests.e2e import test_forget


def picture(number: int) -> bytes:
    return random.Random(number).randbytes(300_000)


def noise(number: int) -> str:
    """Return long output that hardly packs."""
    drawn = random.Random(number)
    return " ".join(f"{drawn.getrandbits(40):x}" for _ in range(12_000))


@pytest.fixture
def gallery(world: worlds.World) -> tuple[worlds.World, transcript.Session]:
    """Give a world with an old session full of pictures and output, and a new one."""
    sessions = []
    for number, start in enumerate(("2026-01-05T09:00:00.000Z", "2026-10-05T09:00:00.000Z")):
        session = transcript.Session("/home/ada/shop", start=start)
        session.prompt(f"Look at walrus{number}", blocks=[records.image(picture(number))])
        session.tool("Bash", {"command": "make"}, result=f"begins{number} {noise(number)} ends{number}")
        session.offloaded("make all", f"file{number} {noise(number + 9)} last{number}")
        path = session.reply(f"The heron{number} stands.").write(world.claude)
        sessions.append(session)
        if number == 0:
            for file in path.parent.rglob("*.txt"):
                os.utime(file, (1767600000, 1767600000))
    assert world.run("sync").returncode == 0
    return world, sessions[0]


OLDER = ("--images-older-than", "2026-06-01", "--tool-output-older-than", "2026-06-01")


def test_it_tells_first_and_then_drops_what_it_told(gallery: tuple[worlds.World, transcript.Session]) -> None:
    world, _ = gallery
    size = os.path.getsize(world.home.database)
    planned = world.ask("shrink", *OLDER, "--dry-run")
    assert (planned["shrunk"], planned["images"], planned["sessions_count"]) == (False, 1, 1)
    assert planned["outputs"] >= 2
    assert os.path.getsize(world.home.database) == size
    refused = world.run("shrink", *OLDER)
    assert refused.returncode == 2
    assert "can then no longer be restored byte for byte" in refused.stderr

    done = world.ask("shrink", *OLDER, "--yes", timeout=60)
    assert done["shrunk"] is True
    assert done["bytes_before"] == size
    assert done["bytes_after"] == os.path.getsize(world.home.database)
    given = size - done["bytes_after"]
    assert 0.7 * planned["room_bytes"] < given < 1.4 * planned["room_bytes"]
    for kept in ("walrus0", "walrus1", "heron0", "heron1", "begins0", "ends1", "file0", "last1"):
        assert test_forget.is_found(world, kept), kept
    for gone in ("ends0", "last0"):
        assert not test_forget.is_found(world, gone), gone
    assert os.listdir(world.home.root).count("aside") == 0 or os.listdir(Path(world.home.root) / "aside") == []
    assert world.ask("shrink", *OLDER, "--yes")["shrunk"] is False
    test_forget.hold_its_promises(world)


def test_a_sync_reads_nothing_again_and_goes_on_where_it_was(gallery: tuple[worlds.World, transcript.Session]) -> None:
    world, old = gallery
    world.ask("shrink", *OLDER, "--yes", timeout=60)
    assert world.ask("sync", "--full")["lines"]["read"] == 0
    old.reply("A new puffin.").append(world.claude)
    assert world.ask("sync")["messages"]["added"] == 1
    assert {row[0] for row in world.ask("sql", "SELECT DISTINCT generation FROM transcripts")["rows"]} == {0}
    assert {check["state"] for check in world.ask("doctor", "--verify", timeout=60)["checks"]} == {"ok"}


def test_restore_never_pretends_to_be_exact(gallery: tuple[worlds.World, transcript.Session], tmp_path: Path) -> None:
    world, old = gallery
    world.ask("shrink", *OLDER, "--yes", timeout=60)
    restored = world.run("restore", old.session, "--to", str(tmp_path / "there"))
    assert "Not exact: marks stand where" in restored.stderr
    assert "dropped by `shrink`" in restored.stderr
    files = world.ask("restore", old.session, "--to", str(tmp_path / "again"))["files"]
    assert sum(file["dropped_bytes"] for file in files) > 400_000
    (file,) = (tmp_path / "there").rglob(f"{old.session}.jsonl")
    original = old.path(world.claude).read_bytes()
    assert len(file.read_bytes()) == len(original)
    assert file.read_bytes() != original


def test_settings_say_what_goes_where_no_option_does(gallery: tuple[worlds.World, transcript.Session]) -> None:
    world, _ = gallery
    assert world.run("shrink", "--dry-run").returncode == 2
    Path(world.home.settings).write_text("shrink_images_days = 1\n", encoding="utf-8")
    planned = world.ask("shrink", "--dry-run")
    assert (planned["images"] >= 1, planned["outputs"]) == (True, 0)


def test_the_tables_and_what_is_free_are_the_file(gallery: tuple[worlds.World, transcript.Session]) -> None:
    world, _ = gallery
    for _ in range(2):
        space = world.ask("stats", "--space")["space"]
        size = os.path.getsize(world.home.database)
        assert abs(sum(table["stored_bytes"] for table in space["tables"]) - size) <= 3 * 8192
        world.ask("shrink", *OLDER, "--yes", timeout=60)

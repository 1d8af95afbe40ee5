"""A memory whose archive was packed anew is forgotten from, hidden in, shrunk, backed up and mended like any other."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from simple_memory.store import connection, dictionaries, repacking
from tests import secrets_planted as planted
from tests import worlds
from tests.builders import records, transcript, words
from tests.e2e.test_forget import hold_its_promises, is_found, raw_hits
from tests.store import quiet

PHRASE = "operation marmalade kettle"
SECRET = planted.SECRETS["github-token"]


@pytest.fixture
def packed(world: worlds.World, monkeypatch: pytest.MonkeyPatch) -> worlds.World:
    """Give a world whose memory is packed with a dictionary that holds the phrase, a secret, and much else."""
    quiet.learn_early(monkeypatch)
    yard = words.Yard(5)
    for number in range(10):
        session = transcript.Session(f"/home/ada/p{number % 2}")
        for turn in range(14):
            session.prompt(f"{PHRASE} {number}.{turn} {yard.prose(400)}").reply(f"{SECRET} {yard.prose(700)}")
            session.tool("Bash", {"command": f"make {turn}"}, result=yard.code(2500))
        session.prompt("Look", blocks=[records.image(random.Random(1).randbytes(20_000))])
        session.reply(f"The heron{number} stands.").write(world.claude)
    assert world.run("sync").returncode == 0
    quiet.settle(world.home)
    assert PHRASE.encode() in learnt(world)
    return world


def learnt(world: worlds.World) -> bytes:
    """Return all dictionaries of a world's memory, one after another."""
    opened = connection.open_reader(world.home)
    try:
        numbers = [number for (number,) in opened.execute("SELECT DISTINCT id FROM dictionary")]
        return b"".join(dictionaries.find(opened, number).as_bytes() for number in numbers)
    finally:
        opened.close()


def restored(world: worlds.World, folder: Path) -> dict[str, bytes]:
    """Return what `restore` gives, by session."""
    for session in [path.stem for path in world.projects.rglob("*.jsonl")]:
        assert world.run("restore", session, "--to", str(folder)).returncode == 0
    return {path.stem: path.read_bytes() for path in folder.rglob("*.jsonl")}


def originals(world: worlds.World) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in world.projects.rglob("*.jsonl")}


def test_a_forgotten_phrase_is_in_no_dictionary_and_no_other_file(packed: worlds.World) -> None:
    report = packed.ask("forget", "--phrase", PHRASE, "--yes", timeout=120)
    assert report["lines"] == 140
    for gone in (PHRASE, "marmalade", "kettle"):
        assert raw_hits(packed, gone) == []
    assert learnt(packed) == b""
    assert is_found(packed, "heron7")
    hold_its_promises(packed)
    quiet.settle(packed.home)
    assert learnt(packed)
    assert raw_hits(packed, "marmalade") == []
    hold_its_promises(packed)


def test_hidden_secrets_are_in_no_dictionary(packed: worlds.World) -> None:
    assert SECRET.encode() in learnt(packed) or raw_hits(packed, SECRET)
    assert packed.ask("forget", "--secrets", "--yes", timeout=120)
    assert raw_hits(packed, SECRET) == []
    assert learnt(packed) == b""
    quiet.settle(packed.home)
    assert learnt(packed)
    assert raw_hits(packed, SECRET) == []


def test_shrinking_makes_it_anew_and_packs_it_as_it_was(packed: worlds.World) -> None:
    for path in packed.projects.rglob("*.jsonl"):
        os.utime(path, (0, 0))
    assert packed.run("sync").returncode == 0
    done = packed.ask("shrink", "--images-older-than", "2099-01-01", "--yes", timeout=120)
    assert done["images"] == 10
    assert learnt(packed) == b""  # the archive is too small for one, but for what this test does
    assert done["bytes_after"] < done["bytes_before"]
    opened = connection.open_reader(packed.home)
    assert repacking.waiting(opened).frames == 0
    opened.close()
    hold_its_promises(packed)


def test_its_transcripts_its_backup_and_its_doctor_are_as_ever(packed: worlds.World, tmp_path: Path) -> None:
    assert restored(packed, tmp_path / "now") == originals(packed)
    made = packed.ask("backup")["backup"]
    assert packed.run("backup", "--restore", made["path"], timeout=120).returncode == 0
    assert learnt(packed)
    assert restored(packed, tmp_path / "again") == originals(packed)
    checks = packed.ask("doctor", "--verify", timeout=120)["checks"]
    assert {check["state"] for check in checks} == {"ok"}
    assert next(check["note"] for check in checks if check["part"] == "packing") == "all is as small as it gets"


def test_doctor_tells_of_a_damaged_spare_and_mends_an_archive_that_has_lost_both(packed: worlds.World) -> None:
    opened = connection.open_writer(packed.home)
    opened.execute("UPDATE dictionary SET packed = zeroblob(100) WHERE copy = 0")
    opened.close()
    checks = packed.ask("doctor", "--verify", timeout=120)["checks"]
    assert {check["state"] for check in checks} == {"ok"}
    assert "1 of its 2 copies" in next(check["note"] for check in checks if check["part"] == "packing")
    opened = connection.open_writer(packed.home)
    opened.execute("UPDATE dictionary SET packed = zeroblob(100)")
    opened.close()
    checks = packed.ask("doctor", "--verify", timeout=120)["checks"]
    assert {check["part"]: check["state"] for check in checks}["archive"] == "mended"
    assert is_found(packed, "heron3")


_PACKER = """
import sys
from simple_memory import config
from simple_memory.store import training
from tests.store import quiet
training.FROM_BYTES, training.SHARE = 100_000, 16
print("begins", flush=True)
print(quiet.settle(config.find_home()), flush=True)
"""


@pytest.mark.parametrize("seed", range(4))
def test_one_that_is_killed_goes_on_where_it_was_and_loses_nothing(
    world: worlds.World, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet.learn_early(monkeypatch)
    quiet.several(world.claude, 12)
    assert world.run("sync").returncode == 0
    chance = random.Random(seed)
    running = subprocess.Popen([sys.executable, "-c", _PACKER], env=world.environment(), stdout=subprocess.PIPE)
    assert running.stdout is not None
    assert running.stdout.readline() == b"begins\n"
    try:
        running.wait(chance.random() * 0.3)
    except subprocess.TimeoutExpired:
        running.send_signal(signal.SIGKILL)
    running.wait(worlds.BOUND_S)
    running.stdout.close()
    quiet.settle(world.home)
    opened = connection.open_reader(world.home)
    assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert repacking.waiting(opened).frames == 0
    assert dictionaries.problems(opened) == []
    opened.close()
    assert restored(world, tmp_path) == originals(world)

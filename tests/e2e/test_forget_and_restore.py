"""A backup that is older than a forgetting brings nothing of it back (fault P9)."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest

from simple_memory.store import connection
from tests import worlds
from tests.builders import transcript
from tests.e2e import test_forget

PHRASE = test_forget.PHRASE
shop = test_forget.shop


def kept_copy(world: worlds.World) -> str:
    """Return a backup that lies where no forgetting reaches it."""
    made = world.ask("backup")["backup"]["path"]
    copy = str(world.root / "kept.db")
    shutil.copyfile(made, copy)
    return copy


def lose_transcripts(world: worlds.World) -> None:
    """Let the agent delete everything, so that whatever is there comes from the backup."""
    shutil.rmtree(world.projects)
    world.projects.mkdir()


@pytest.mark.fault("P9")
def test_a_phrase_that_was_forgotten_after_a_backup_is_in_no_file_when_that_is_restored(
    shop: tuple[worlds.World, transcript.Session],
) -> None:
    world, _ = shop
    copy = kept_copy(world)
    world.ask("forget", "--phrase", PHRASE, "--yes")
    lose_transcripts(world)
    restored = world.ask("backup", "--restore", copy)
    assert restored["forgotten_again"]["lines"] >= 6
    assert restored["lost"] == []
    for words in (PHRASE, "marmalade", "kettle"):
        assert test_forget.raw_hits(world, words) == []
    for kept in ("otter sleeps", "badger digs", "heron", "walrus is written", "harbour was dull"):
        assert test_forget.is_found(world, kept), kept
    test_forget.hold_its_promises(world)


@pytest.mark.fault("P9")
def test_a_session_that_was_forgotten_after_a_backup_stays_away_when_that_is_restored(
    shop: tuple[worlds.World, transcript.Session],
) -> None:
    world, session = shop
    copy = kept_copy(world)
    world.ask("forget", session.session, "--yes")
    told = world.run("backup", "--restore", copy, timeout=60)
    assert "Forgotten again, as it was after this backup was made: 2 sessions" in told.stdout
    assert len(test_forget.sessions_of(world)) == 1
    for words in (PHRASE, "otter sleeps", "heron", session.session):
        assert test_forget.raw_hits(world, words) == [], words
    session.reply("Written later about the lynx.").append(world.claude)
    world.ask("sync", "--full")
    assert test_forget.raw_hits(world, "lynx") == []
    test_forget.hold_its_promises(world)


@pytest.mark.fault("P9")
def test_a_line_whose_beginning_alone_is_in_the_backup_goes_too(world: worlds.World) -> None:
    session = transcript.Session("/home/ada/shop").prompt("Where is the tern?").reply("It flies.")
    path = session.write(world.claude)
    session.prompt("Speak of the cassowary in the garden")
    last = session.lines[-1]
    whole = path.read_bytes()
    cut = last.index(b"cassowary") + len(b"cassowary")
    path.write_bytes(whole + last[:cut])
    world.ask("sync")
    copy = kept_copy(world)
    path.write_bytes(whole + last)
    world.ask("sync")
    world.ask("forget", "--phrase", "cassowary in the garden", "--yes")
    lose_transcripts(world)
    assert world.ask("backup", "--restore", copy)["forgotten_again"]["lines"] == 1
    assert test_forget.raw_hits(world, "cassowary") == []
    assert test_forget.is_found(world, "tern")


@pytest.mark.fault("P9")
def test_what_two_stores_have_forgotten_under_keys_of_their_own_stays_forgotten(world: worlds.World) -> None:
    """The copy comes from a store that was made anew since: its tombstones have another key."""
    for words in ("the gannet dives", "the puffin flies", "the walrus sleeps"):
        transcript.Session("/home/ada/shop").prompt(words).reply("Fine.").write(world.claude)
    world.ask("sync")
    world.ask("forget", "--phrase", "gannet dives", "--yes")
    copy = kept_copy(world)
    assert world.run("reset", "--yes").returncode == 0
    world.ask("sync")
    world.ask("forget", "--phrase", "puffin flies", "--yes")
    world.ask("backup", "--restore", copy)
    world.ask("sync", "--full")
    hits = test_forget.raw_hits(world, "gannet") + test_forget.raw_hits(world, "puffin")
    assert [
        path for path in hits if "/aside/" not in path
    ] == []  # the store moved aside had forgotten one of them only
    assert test_forget.is_found(world, "walrus sleeps")
    with contextlib.closing(connection.open_reader(world.home)) as opened:
        assert opened.execute("SELECT count(*) FROM tombstone WHERE kind = 'key'").fetchall() == [(2,)]


def test_a_backup_in_place_of_a_database_that_cannot_tell_what_was_forgotten_says_so(
    shop: tuple[worlds.World, transcript.Session],
) -> None:
    world, _ = shop
    copy = kept_copy(world)
    world.ask("forget", "--phrase", PHRASE, "--yes")
    Path(world.home.database).write_bytes(b"not a database at all" * 1000)
    told = world.run("backup", "--restore", copy, timeout=60)
    assert told.returncode == 0, told.stderr
    assert "look whether it is back" in told.stderr
    assert test_forget.is_found(world, PHRASE)

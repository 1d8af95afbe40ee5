"""A database that is removed or replaced while it is open is noticed, and the next one is complete (fault S14)."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from simple_memory import config, errors
from simple_memory.search import retrieve
from simple_memory.sync import engine
from tests import worlds
from tests.builders import transcript
from tests.search import asking
from tests.sync import stores

MARK = pytest.mark.fault("S14")


def write(world: worlds.World, words: str) -> None:
    transcript.Session().prompt(words).reply("Yes.").write(world.claude)


def go_on(memory: stores.Memory) -> None:
    """Notice, once, that the database went; then read on, as the worker does after any failure."""
    memory.engine.rescan()
    with pytest.raises(errors.StoreError, match="removed or replaced while it was open"):
        memory.drain()
    memory.restart()
    memory.sync()


def texts(memory: stores.Memory) -> set[str]:
    return {text for (text,) in memory.ask("SELECT text FROM messages WHERE role = 'user'")}


@MARK
def test_a_database_that_was_removed_is_made_anew_from_the_transcripts(world: worlds.World) -> None:
    write(world, "first")
    with stores.Memory(world.root, world.claude) as memory:
        memory.sync()
        os.unlink(memory.home.database)
        write(world, "second")
        go_on(memory)
        assert texts(memory) == {"first", "second"}
        assert memory.ask("PRAGMA integrity_check") == [("ok",)]


@MARK
def test_a_database_that_was_replaced_gets_what_it_lacks_and_nothing_of_the_others_journal(
    world: worlds.World, tmp_path: Path
) -> None:
    write(world, "first")
    with stores.Memory(tmp_path / "other", world.claude) as other:
        other.sync()
    write(world, "second")
    with stores.Memory(world.root, world.claude) as memory:
        memory.sync()
        journal = Path(memory.home.database + "-wal")
        assert journal.stat().st_size > 0
        os.replace(other.home.database, memory.home.database)
        write(world, "third")
        memory.engine.rescan()
        with pytest.raises(errors.StoreError, match="removed or replaced"):
            memory.drain()
        assert not journal.exists()
        memory.restart()
        memory.sync()
        assert texts(memory) == {"first", "second", "third"}
        assert memory.ask("PRAGMA integrity_check") == [("ok",)]
        stores.assert_counts_hold(memory)


@MARK
def test_a_journal_that_came_with_the_new_database_stays(world: worlds.World, tmp_path: Path) -> None:
    write(world, "first")
    with stores.Memory(tmp_path / "other", world.claude) as other:
        other.sync()
        for ending in ("", "-wal"):
            shutil.copy(other.home.database + ending, tmp_path / f"copy{ending}")
    with stores.Memory(world.root, world.claude) as memory:
        memory.sync()
        for ending in ("-wal", ""):
            os.replace(tmp_path / f"copy{ending}", memory.home.database + ending)
        write(world, "second")
        go_on(memory)
        assert texts(memory) == {"first", "second"}
        assert memory.ask("PRAGMA integrity_check") == [("ok",)]


@MARK
def test_a_searcher_asks_the_database_that_is_there_now(world: worlds.World) -> None:
    write(world, "an otter")
    assert world.run("sync").returncode == 0
    searcher = retrieve.Searcher(world.home)
    assert len(asking.ask(searcher, "otter").hits) == 1
    for ending in ("", "-wal", "-shm"):
        Path(world.home.database + ending).unlink(missing_ok=True)
    with pytest.raises(errors.StoreMissing):
        asking.ask(searcher, "otter")
    write(world, "an otter again")
    assert world.run("sync").returncode == 0
    assert len(asking.ask(searcher, "otter").hits) == 2
    searcher.close()


@pytest.fixture
def reading(world: worlds.World) -> Iterator[engine.Engine]:
    """Give an engine that has read one prompt, about an otter, into its index."""
    write(world, "an otter")
    config.make_home(world.home)
    one = engine.Engine(
        world.home, config.Settings(), report=lambda *_: None, sources=(stores.Rooted(world.claude),), stays=True
    )
    with contextlib.closing(one):
        one.open()
        one.rescan()
        finish(one)
        yield one


def finish(one: engine.Engine) -> None:
    while one.work(0.5):
        pass


def test_an_index_that_was_removed_is_missed_and_made_anew(world: worlds.World, reading: engine.Engine) -> None:
    assert not reading.misses_index()
    shutil.rmtree(world.home.index)
    assert reading.misses_index()
    finish(reading)
    assert not reading.misses_index()
    with contextlib.closing(retrieve.Searcher(world.home)) as searcher:
        assert asking.ask(searcher, "otter").total == 1


def test_an_index_that_is_damaged_while_it_is_open_is_made_anew_at_the_next_look(
    world: worlds.World, reading: engine.Engine
) -> None:
    for path in Path(world.home.index).glob("*.idx"):
        path.unlink()  # what is mapped stays as it was
        path.write_bytes(b"garbage")
    with contextlib.closing(retrieve.Searcher(world.home)) as searcher:
        with pytest.raises(errors.IndexUnusable):
            asking.ask(searcher, "otter")
        reading.rescan()
        finish(reading)
        assert asking.ask(searcher, "otter").total == 1

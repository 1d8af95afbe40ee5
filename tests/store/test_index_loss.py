"""Whatever a power cut left of the index, older or newer than the store or with files lost, it is whole again (S3)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tantivy

from simple_memory import config
from simple_memory.store import connection, index, indexer
from tests.store.memory import HEAP, Memory

STEPS = 3
PER_STEP = 4


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, list[int]]]:
    """Give copies of one home after each of several commits, each with the ids of the messages that it holds."""
    root = tmp_path_factory.mktemp("moments")
    memory = Memory(config.Home(str(root / "memory")))
    session = memory.session("one")
    ids: list[int] = []
    kept = []
    for step in range(STEPS):
        ids += [memory.say(session, f"step{step} zebra {number}") for number in range(PER_STEP)]
        if step:
            memory.writer.execute("UPDATE message SET text = text || ' changed' WHERE id = ?", (ids[0],))
            memory.writer.execute("INSERT INTO reindex VALUES (?)", (ids[0],))
        memory.index()
        memory.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copytree(memory.home.root, root / str(step))
        kept.append((root / str(step), list(ids)))
    memory.close()
    return kept


def caught_up(home: config.Home) -> list[int]:
    """Let a process start over `home` and index all there is; return every id that is found by a word, repeats too."""
    writer = connection.open_writer(home)
    one = indexer.Indexer(writer, home.index, HEAP)
    while one.catch_up(5.0):
        pass
    one.close()
    writer.close()
    searcher, schema = index.IndexReader(home.index).searcher()
    hits = searcher.search(tantivy.Query.term_query(schema, "conversation", "zebra"), 1000).hits
    return sorted(int(id_ or 0) for id_ in searcher.fast_field_values("id", [address for _, address in hits]))


@pytest.mark.parametrize("of_store", range(STEPS))
@pytest.mark.parametrize("of_index", range(STEPS))
@pytest.mark.fault("S3")
def test_an_index_of_one_moment_and_a_store_of_another_agree_again(
    moments: list[tuple[Path, list[int]]], tmp_path: Path, of_store: int, of_index: int
) -> None:
    home = config.Home(str(tmp_path / "memory"))
    shutil.copytree(moments[of_store][0], home.root)
    shutil.rmtree(home.index)
    shutil.copytree(config.Home(str(moments[of_index][0])).index, home.index)
    ids = moments[of_store][1]
    writer = connection.open_writer(home)
    writer.execute(
        "INSERT INTO message (session_id, position, turn, role, kind, text, uuid, transcript_id, generation, offset,"
        " length) VALUES (1, 99, 1, 'user', 'prompt', 'zebra', 'again', 1, 0, 0, 0)"
    )  # as the sync reads again what the store lost
    ids = [*ids, writer.last_insert_rowid()]
    writer.close()
    assert caught_up(home) == ids


def halve(path: str) -> None:
    os.truncate(path, os.path.getsize(path) // 2)


def empty(path: str) -> None:
    os.truncate(path, 0)


def every_file(home: config.Home) -> Iterator[str]:
    for name in sorted(os.listdir(home.index)):
        path = os.path.join(home.index, name)
        if os.path.isfile(path) and not name.startswith("."):
            yield path


@pytest.mark.parametrize("lose", [os.unlink, empty, halve])
@pytest.mark.fault("S3")
def test_an_index_that_lost_any_of_its_files_is_made_again(
    moments: list[tuple[Path, list[int]]], tmp_path: Path, lose: Callable[[str], None]
) -> None:
    whole, ids = moments[-1]
    endings = set()
    for path in list(every_file(config.Home(str(whole)))):
        home = config.Home(str(tmp_path / os.path.basename(path)))
        shutil.copytree(whole, home.root)
        lose(os.path.join(home.index, os.path.basename(path)))
        assert caught_up(home) == ids, path
        endings.add(path.rpartition(".")[2])
    assert {"json", "idx", "term", "pos", "fast", "store"} <= endings

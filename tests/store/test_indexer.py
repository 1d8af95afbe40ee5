"""The index in step with the store: whatever moment a crash picks, nothing is lost and nothing is there twice."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tantivy

from simple_memory import errors
from simple_memory.store import documents, index, indexed, indexer
from tests import worlds
from tests.store.memory import HEAP, Memory


class Crash(Exception):
    """The process ends here."""


@pytest.fixture
def memory(world: worlds.World) -> Iterator[Memory]:
    made = Memory(world.home)
    yield made
    made.close()


def found(memory: Memory) -> list[int]:
    """Return every id in the index, in order, repeats included."""
    searcher, _ = index.IndexReader(memory.home.index).searcher()
    hits = searcher.search(tantivy.Query.all_query(), 1000).hits
    return sorted(int(id_ or 0) for id_ in searcher.fast_field_values("id", [address for _, address in hits]))


def with_word(memory: Memory, word: str) -> list[int]:
    searcher, schema = index.IndexReader(memory.home.index).searcher()
    hits = searcher.search(tantivy.Query.term_query(schema, "conversation", word), 1000).hits
    return sorted(int(id_ or 0) for id_ in searcher.fast_field_values("id", [address for _, address in hits]))


def reborn(memory: Memory, **more: Any) -> indexer.Indexer:
    """Return the indexer of a process that starts after the old one is gone."""
    memory.indexer.close()
    memory.indexer = indexer.Indexer(memory.writer, memory.home.index, HEAP, **more)
    return memory.indexer


def test_what_is_written_can_be_found_at_once(memory: Memory) -> None:
    session = memory.session("one")
    ids = [memory.say(session, "hello") for _ in range(3)]

    assert memory.indexer.pending() == 3
    assert memory.indexer.catch_up(1.0) is False
    assert memory.indexer.pending() == 0
    assert found(memory) == ids

    ids.append(memory.say(session, "and more"))
    assert memory.indexer.catch_up(1.0) is False
    assert found(memory) == ids


def test_catching_up_twice_changes_nothing(memory: Memory) -> None:
    memory.say(memory.session("one"), "hello")
    memory.indexer.catch_up(1.0)
    before = os.stat(os.path.join(memory.home.index, "meta.json")).st_mtime_ns

    assert memory.indexer.catch_up(1.0) is False
    assert os.stat(os.path.join(memory.home.index, "meta.json")).st_mtime_ns == before


def test_the_engine_is_closed_now_and_then_so_that_it_keeps_nothing_of_old_commits(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "RENEWED_AFTER", 3)
    session = memory.session("one")
    ids, was_open = [], []
    for number in range(7):
        ids.append(memory.say(session, f"line {number}"))
        assert memory.indexer.catch_up(1.0) is False
        was_open.append(memory.indexer.is_open())
        assert found(memory) == ids
    assert was_open == [True, True, False, True, True, False, True]


def test_copies_are_passed_over_and_never_pending(memory: Memory) -> None:
    first, second = memory.session("one"), memory.session("two")
    original = memory.say(first, "once")
    last = memory.copy(original, second)
    memory.index()

    assert found(memory) == [original]
    assert memory.indexer.pending() == 0
    assert indexed.read_progress(memory.writer).indexed_to == last


def test_a_changed_message_is_indexed_again(memory: Memory) -> None:
    session = memory.session("one")
    changed = memory.say(session, "before")
    other = memory.say(session, "before")
    memory.index()

    memory.writer.execute("UPDATE message SET text = 'after' WHERE id = ?", (changed,))
    memory.writer.execute("INSERT INTO reindex VALUES (?)", (changed,))
    assert memory.indexer.pending() == 1
    memory.index()

    assert with_word(memory, "befor") == [other]
    assert with_word(memory, "after") == [changed]
    assert memory.indexer.pending() == 0


def test_a_message_that_became_a_copy_or_was_erased_is_taken_out(memory: Memory) -> None:
    session = memory.session("one")
    kept, copied, erased = (memory.say(session, "same") for _ in range(3))
    memory.index()

    memory.writer.execute("UPDATE message SET copy_of = ? WHERE id = ?", (kept, copied))
    memory.writer.execute("DELETE FROM message WHERE id = ?", (erased,))
    memory.writer.execute("INSERT INTO reindex VALUES (?), (?)", (copied, erased))
    memory.index()

    assert found(memory) == [kept]


def test_many_changes_are_taken_in_steps(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexer, "AGAIN_AT_ONCE", 2)
    session = memory.session("one")
    ids = [memory.say(session, "before") for _ in range(7)]
    memory.index()
    memory.writer.execute("UPDATE message SET text = 'after'")
    memory.writer.execute("INSERT INTO reindex SELECT id FROM message")

    assert memory.indexer.catch_up(1.0) is True
    memory.index()

    assert with_word(memory, "after") == ids
    assert found(memory) == ids


@pytest.mark.parametrize("moment", ["add", "commit", "say so"])
def test_a_crash_at_any_moment_loses_nothing_and_doubles_nothing(
    moment: str, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = memory.session("one")
    ids = [memory.say(session, "first") for _ in range(3)]
    memory.index()
    memory.writer.execute("INSERT INTO reindex VALUES (?)", (ids[0],))
    ids += [memory.say(session, "second") for _ in range(3)]

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        if moment == "say so":
            patch.setattr(indexed, "write_progress", crash)
        else:
            patch.setattr(index.IndexWriter, moment, crash)
        with pytest.raises(Crash):
            memory.indexer.catch_up(1.0)
    reborn(memory)
    memory.index()

    assert found(memory) == ids
    assert memory.indexer.pending() == 0


@pytest.mark.parametrize("moment", ["add", "commit", "say so"])
def test_the_same_indexer_goes_on_after_a_failure(moment: str, memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    session = memory.session("one")
    ids = [memory.say(session, "first") for _ in range(3)]
    memory.index()
    ids.append(memory.say(session, "second"))

    def fail(*_: object) -> None:
        raise errors.DiskFull("full")

    with monkeypatch.context() as patch:
        if moment == "say so":
            patch.setattr(indexed, "write_progress", fail)
        else:
            patch.setattr(index.IndexWriter, moment, fail)
        with pytest.raises(errors.DiskFull):
            memory.indexer.catch_up(1.0)
    memory.index()

    assert found(memory) == ids


def test_what_the_index_holds_beyond_the_store_is_removed(memory: Memory) -> None:
    session = memory.session("one")
    ids = [memory.say(session, "text") for _ in range(5)]
    memory.index()

    # A power cut took the newest rows of the store, and their ids are used again.
    memory.writer.execute("DELETE FROM message WHERE id > ?", (ids[2],))
    memory.writer.execute("UPDATE index_state SET indexed_to = ?", (ids[2],))
    memory.say(session, "another")
    reborn(memory)
    memory.index()

    assert found(memory) == ids[:4]
    assert with_word(memory, "text") == ids[:3]


def take_away(folder: str) -> None:
    """Remove an index at one stroke, though the engine's own threads may be writing into it."""
    os.rename(folder, folder + ".gone")
    shutil.rmtree(folder + ".gone", ignore_errors=True)


def test_a_folder_that_is_taken_away_is_built_again(memory: Memory) -> None:
    session = memory.session("one")
    ids = [memory.say(session, "text") for _ in range(3)]
    memory.index()

    take_away(memory.home.index)
    assert memory.indexer.pending() == 3
    memory.index()

    assert found(memory) == ids


def test_a_folder_that_is_taken_away_in_the_middle_is_built_again(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = memory.session("one")
    ids = [memory.say(session, "text") for _ in range(3)]
    commit = index.IndexWriter.commit

    def commit_without_folder(writer: index.IndexWriter) -> None:
        take_away(memory.home.index)
        commit(writer)

    with monkeypatch.context() as patch:
        patch.setattr(index.IndexWriter, "commit", commit_without_folder)
        assert memory.indexer.catch_up(1.0) is True
    memory.index()

    assert found(memory) == ids


@pytest.mark.parametrize("damage", ["meta", "segments", "empty", "another format"])
def test_a_damaged_or_older_index_is_built_again(damage: str, memory: Memory) -> None:
    session = memory.session("one")
    ids = [memory.say(session, "text") for _ in range(3)]
    memory.index()
    memory.indexer.close()
    folder = Path(memory.home.index)
    if damage == "meta":
        (folder / "meta.json").write_bytes(b"{")
    elif damage == "segments":
        for path in folder.iterdir():
            if path.suffix in {".idx", ".term", ".pos", ".fast", ".store"}:
                path.write_bytes(b"")
    elif damage == "empty":
        shutil.rmtree(folder)
        index.IndexWriter(str(folder), HEAP).close()
    else:
        memory.writer.execute("UPDATE index_state SET format = 0")

    reborn(memory)
    memory.index()

    assert found(memory) == ids
    assert indexed.read_progress(memory.writer).format == index.FORMAT


def test_a_second_writer_is_told_so_and_breaks_nothing(memory: Memory) -> None:
    memory.say(memory.session("one"), "text")
    memory.index()
    memory.say(memory.session("two"), "text")
    other = indexer.Indexer(memory.writer, memory.home.index, HEAP)

    with pytest.raises(errors.StoreBusy):
        other.catch_up(1.0)
    memory.index()

    assert len(found(memory)) == 2


class Clock:
    """A clock that a test moves; each look takes `step` seconds."""

    def __init__(self, step: float) -> None:
        self.time, self.step = 0.0, step

    def __call__(self) -> float:
        self.time += self.step
        return self.time


def test_a_slice_of_time_ends_and_says_that_more_is_left(memory: Memory) -> None:
    session = memory.session("one")
    ids = [memory.say(session, f"text {number}") for number in range(documents.CHUNK_ROWS * 3)]
    made = reborn(memory, clock=Clock(step=0.3))

    def small(connection: Any, above: int, limit: int) -> list[documents.Document]:
        return read(connection, above, 1)

    read = documents.read_documents
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "read_documents", small)
        assert made.catch_up(0.1) is True
    memory.index()

    assert found(memory) == ids


def test_in_bulk_commits_are_rare_and_the_last_one_comes(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    commits: list[int] = []
    commit = index.IndexWriter.commit

    def counted(writer: index.IndexWriter) -> None:
        commits.append(1)
        commit(writer)

    monkeypatch.setattr(index.IndexWriter, "commit", counted)
    monkeypatch.setattr(indexer, "LIVE_CHARACTERS", 10)
    session = memory.session("one")
    made = reborn(memory, clock=Clock(step=0.001))
    for _ in range(20):
        memory.say(session, "a text that is longer than ten characters")
        assert made.catch_up(1.0) is True
    assert commits == []
    assert memory.indexer.pending() == 20

    assert made.catch_up(1.0) is False
    assert commits == [1]
    assert len(found(memory)) == 20


def test_an_error_of_the_database_is_one_of_ours(memory: Memory) -> None:
    memory.say(memory.session("one"), "text")
    memory.writer.execute("DROP TABLE reindex")

    with pytest.raises(errors.StoreError):
        memory.indexer.catch_up(1.0)

"""A commit of the index that goes on beside: what comes meanwhile is not lost, and who waits is not passed over."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from simple_memory import errors
from simple_memory.store import committing, documents, index, indexed, indexer
from tests.store.memory import Memory
from tests.store.test_indexer import found, memory, reborn

__all__ = ["memory"]

BOUND_S = 30.0


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A gate before every commit of the index; it stands open until a test closes it."""
    opened = threading.Event()
    opened.set()
    real = index.IndexWriter.commit

    def commit(this: index.IndexWriter) -> None:
        assert opened.wait(BOUND_S)
        real(this)

    monkeypatch.setattr(index.IndexWriter, "commit", commit)
    monkeypatch.setattr(indexer, "COMMIT_CHARACTERS", 0)  # every slice of a bulk is due
    yield opened
    opened.set()


def offer(memory: Memory, above: int, up_to: int) -> None:
    assert memory.indexer.offer(documents.read_documents(memory.writer, above, 1 << 30), above, up_to)


def test_what_is_offered_while_a_commit_goes_on_is_found_after_the_next(memory: Memory, gate: threading.Event) -> None:
    session = memory.session("one")
    first = memory.say(session, "first")
    memory.index()
    second = memory.say(session, "second")
    offer(memory, first, second)
    gate.clear()
    assert memory.indexer.catch_up(1.0, in_bulk=True) is True
    third = memory.say(session, "third")
    offer(memory, second, third)
    assert found(memory) == [first]
    assert indexed.read_progress(memory.writer).indexed_to == first

    gate.set()
    memory.index()
    assert found(memory) == [first, second, third]
    assert memory.indexer.pending() == 0


def test_who_brings_more_than_may_wait_waits_for_the_commit(
    memory: Memory, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "MOST_HELD", 1)
    session = memory.session("one")
    ids = [memory.say(session, "first")]
    memory.index()
    ids.append(memory.say(session, "second"))
    offer(memory, ids[0], ids[1])
    gate.clear()
    memory.indexer.catch_up(1.0, in_bulk=True)
    real = committing.Committing.hold

    def hold(this: committing.Committing, made: list[documents.Document], size: int) -> int:
        kept = real(this, made, size)
        gate.set()
        return kept

    monkeypatch.setattr(committing.Committing, "hold", hold)
    ids.append(memory.say(session, "third"))
    offer(memory, ids[1], ids[2])
    assert indexed.read_progress(memory.writer).indexed_to == ids[1]


def test_a_commit_beside_that_failed_is_told_and_nothing_is_lost(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = memory.session("one")
    first = memory.say(session, "first")
    memory.index()
    second = memory.say(session, "second")
    offer(memory, first, second)
    monkeypatch.setattr(indexer, "COMMIT_CHARACTERS", 0)
    with monkeypatch.context() as patch:

        def commit(_: index.IndexWriter) -> None:
            raise errors.DiskFull("The disk is full.")

        patch.setattr(index.IndexWriter, "commit", commit)
        memory.indexer.catch_up(1.0, in_bulk=True)
        with pytest.raises(errors.DiskFull):
            memory.indexer.catch_up(1.0)
    memory.index()
    assert found(memory) == [first, second]


def test_what_waited_for_a_commit_is_read_again_after_a_crash(memory: Memory, gate: threading.Event) -> None:
    session = memory.session("one")
    first = memory.say(session, "first")
    memory.index()
    second = memory.say(session, "second")
    offer(memory, first, second)
    gate.clear()
    memory.indexer.catch_up(1.0, in_bulk=True)
    third = memory.say(session, "third")
    offer(memory, second, third)
    gate.set()
    again = reborn(memory)
    while again.catch_up(1.0):
        pass
    assert found(memory) == [first, second, third]

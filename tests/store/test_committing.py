"""A commit of the index that goes on beside: what comes meanwhile is not lost, and who waits is not passed over."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from simple_memory import errors
from simple_memory.store import committing, documents, index, indexed, indexer
from tests import worlds
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


def never_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no commit in bulk be due by itself."""
    monkeypatch.setattr(indexer, "COMMIT_CHARACTERS", 1 << 40)
    monkeypatch.setattr(indexer, "COMMIT_SECONDS", 1e9)


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

    def hold(this: committing.Committing, made: list[documents.Document], size: int) -> None:
        real(this, made, size)
        gate.set()

    monkeypatch.setattr(committing.Committing, "hold", hold)
    ids.append(memory.say(session, "third"))
    offer(memory, ids[1], ids[2])
    memory.indexer.catch_up(1.0, in_bulk=True)
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


def test_what_somebody_waits_for_in_a_bulk_is_committed_at_once_and_after_the_commit_under_way(
    memory: Memory, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    never_due(monkeypatch)
    session = memory.session("one")
    ids = [memory.say(session, "first")]
    memory.index()
    commits = memory.indexer.commits
    ids.append(memory.say(session, "second"))
    offer(memory, ids[0], ids[1])
    memory.indexer.catch_up(1.0, in_bulk=True)
    assert memory.indexer.commits == commits  # nobody waits
    gate.clear()
    memory.indexer.catch_up(1.0, in_bulk=True, soon=True)
    assert memory.indexer.commits == commits + 1
    assert memory.indexer.is_committing()

    ids.append(memory.say(session, "third"))
    offer(memory, ids[1], ids[2])
    memory.indexer.catch_up(1.0, in_bulk=True, soon=True)
    assert memory.indexer.commits == commits + 1  # that one has yet to end
    gate.set()
    assert worlds.reached(lambda: not memory.indexer.is_committing(), BOUND_S)
    memory.indexer.catch_up(1.0, in_bulk=True, soon=True)
    assert memory.indexer.commits == commits + 2
    assert worlds.reached(lambda: found(memory) == ids, BOUND_S)


def test_commits_in_bulk_are_smaller_in_company(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    never_due(monkeypatch)
    monkeypatch.setattr(indexer, "LIVELY_CHARACTERS", 0)
    session = memory.session("one")
    first = memory.say(session, "first")
    memory.index()
    commits = memory.indexer.commits
    offer(memory, first, memory.say(session, "second"))
    memory.indexer.catch_up(1.0, in_bulk=True)
    assert memory.indexer.commits == commits
    memory.indexer.is_lively = True
    memory.indexer.catch_up(1.0, in_bulk=True)
    assert memory.indexer.commits == commits + 1


def test_commits_in_bulk_are_smaller_towards_its_end(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    never_due(monkeypatch)
    monkeypatch.setattr(indexer, "LAST_CHARACTERS", 5)
    session = memory.session("one")
    first = memory.say(session, "first")
    memory.index()
    commits = memory.indexer.commits
    offer(memory, first, memory.say(session, "a second text"))
    memory.indexer.bytes_to_come = 1000
    memory.indexer.catch_up(1.0, in_bulk=True)
    assert memory.indexer.commits == commits
    memory.indexer.bytes_to_come = 6
    memory.indexer.catch_up(1.0, in_bulk=True)
    assert memory.indexer.commits == commits + 1

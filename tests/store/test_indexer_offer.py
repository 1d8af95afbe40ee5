"""Documents that the writer hands to the indexer itself: taken where they fit, and otherwise read from the store."""

from __future__ import annotations

import shutil

import pytest

from simple_memory.store import documents, indexer
from tests.store.memory import Memory
from tests.store.test_indexer import Clock, found, memory, reborn

__all__ = ["memory"]


def read_all(memory: Memory, above: int) -> list[documents.Document]:
    return documents.read_documents(memory.writer, above, 1 << 30)


def test_offered_documents_are_taken_where_the_index_stands_and_committed_by_the_next_catch_up(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = memory.session("one")
    first = memory.say(session, "hello")
    memory.index()
    second = memory.say(session, "from the writer's hand")
    copied = memory.copy(second, memory.session("two"))

    assert memory.indexer.offer(read_all(memory, first), first, copied)
    monkeypatch.setattr(documents, "read_documents", lambda connection, above, limit: [] if above == copied else None)
    assert memory.indexer.catch_up(1.0) is False

    assert found(memory) == [first, second]
    assert memory.indexer.pending() == 0


def test_documents_offered_with_a_hole_before_them_or_to_a_closed_index_are_read_from_the_store(memory: Memory) -> None:
    session = memory.session("one")
    ids = [memory.say(session, "hello")]
    assert not memory.indexer.offer(read_all(memory, 0), 0, ids[0])
    memory.index()

    ids += [memory.say(session, "more"), memory.say(session, "and more")]
    assert not memory.indexer.offer(read_all(memory, ids[1]), ids[1], ids[2])
    memory.index()

    assert found(memory) == ids


def test_what_was_offered_and_not_committed_is_read_again_after_a_crash(memory: Memory) -> None:
    session = memory.session("one")
    first = memory.say(session, "hello")
    memory.index()
    second = memory.say(session, "lost on the way")
    assert memory.indexer.offer(read_all(memory, first), first, second)

    assert reborn(memory).catch_up(1.0) is False
    assert found(memory) == [first, second]


def test_an_offer_in_bulk_waits_for_more_before_it_is_committed(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "LIVE_CHARACTERS", 10)
    session = memory.session("one")
    first = memory.say(session, "hello")
    made = reborn(memory, clock=Clock(step=0.001))
    made.catch_up(1.0)
    made.catch_up(1.0)
    second = memory.say(session, "a text that is longer than ten characters")

    assert made.offer(read_all(memory, first), first, second)
    assert made.catch_up(1.0) is True
    assert found(memory) == [first]
    assert made.catch_up(1.0) is False
    assert found(memory) == [first, second]


def test_an_offer_to_an_index_whose_folder_was_taken_away_is_built_again(memory: Memory) -> None:
    session = memory.session("one")
    first = memory.say(session, "hello")
    memory.index()
    shutil.rmtree(memory.home.index)
    second = memory.say(session, "more")

    memory.indexer.offer(read_all(memory, first), first, second)
    memory.index()

    assert found(memory) == [first, second]

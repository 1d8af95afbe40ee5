"""The words of the index, in a file beside it: all of them, or no file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_memory.store import index, indexer, vocabulary
from tests import worlds
from tests.store.memory import HEAP, Memory


@pytest.fixture
def memory(world: worlds.World) -> Iterator[Memory]:
    made = Memory(world.home)
    yield made
    made.close()


def words(memory: Memory) -> set[str]:
    with open(os.path.join(memory.home.index, vocabulary.NAME), encoding="utf-8") as file:
        return set(file.read().split())


def of_the_index(memory: Memory) -> set[str]:
    searcher, _ = index.IndexReader(memory.home.index).searcher()
    return {word for field in ("conversation", "tool") for word, _ in searcher.terms_with_prefix(field, "", limit=1000)}


def test_it_holds_every_word_of_the_index_once_it_has_caught_up_and_of_each_message_since(memory: Memory) -> None:
    session = memory.session("one")
    memory.say(session, "Étude about parsing databases")
    memory.index()
    assert of_the_index(memory) <= words(memory)

    memory.call(session, given='{"command": "ls newword"}', result="resultWord über")
    memory.index()

    assert {"newword", "resultword", "über", "étude"} <= words(memory)
    assert vocabulary.holding(memory.home.index, "esultwor") == ["resultword"]
    assert vocabulary.holding(memory.home.index, "zzz", ["word"]) == ["newword", "resultword"]


def test_many_words_at_once_take_it_away_until_all_of_them_are_in_it(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = memory.session("one")
    memory.say(session, "first")
    memory.index()
    monkeypatch.setattr(vocabulary, "TAKEN_AT_ONCE", 10)
    memory.say(session, "a text that is longer than ten characters")

    assert memory.indexer.catch_up(1.0, in_bulk=True) is True
    assert not vocabulary.exists(memory.home.index)
    assert vocabulary.holding(memory.home.index, "a") is None

    assert memory.indexer.catch_up(1.0) is False
    assert of_the_index(memory) <= words(memory)


def test_an_empty_index_has_none_so_that_a_first_import_is_not_taken_word_by_word(memory: Memory) -> None:
    memory.index()
    assert not vocabulary.exists(memory.home.index)

    memory.say(memory.session("one"), "hello")
    memory.index()
    assert words(memory) == {"hello"}


def test_words_are_written_by_their_first_letters_where_they_are_many(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "FEW", 0)
    monkeypatch.setattr(vocabulary, "FEW_BYTES", 0)
    memory.say(memory.session("one"), "Zebra étude über naïve жук 42nd apple")
    memory.index()

    assert of_the_index(memory) == words(memory)


def test_words_of_any_script_are_written_where_they_are_few_though_messages_are_many(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "FEW", 0)
    memory.say(memory.session("one"), "zebra სიტყვა ቃል")
    memory.index()

    assert words(memory) == {"zebra", "სიტყვა", "ቃል"}


def test_an_index_without_it_gets_it_when_there_is_nothing_else_to_do(memory: Memory) -> None:
    memory.say(memory.session("one"), "hello")
    memory.index()
    memory.indexer.close()
    vocabulary.remove(memory.home.index)
    memory.indexer = indexer.Indexer(memory.writer, memory.home.index, HEAP)

    assert memory.indexer.catch_up(1.0) is False
    assert words(memory) == {"hello"}


def test_it_is_private_and_what_cannot_be_written_costs_no_index(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = memory.session("one")
    memory.say(session, "hello")
    memory.index()
    path = os.path.join(memory.home.index, vocabulary.NAME)
    assert os.stat(path).st_mode & 0o777 == 0o600

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(vocabulary, "append", full)
        patch.setattr(vocabulary, "write", full)
        memory.say(session, "more")
        memory.index()
        assert not vocabulary.exists(memory.home.index)
    assert memory.indexer.pending() == 0
    memory.index()
    assert words(memory) == {"hello", "more"}


@given(st.lists(st.text("abcé", min_size=1, max_size=6), max_size=30), st.text("abcé", min_size=1, max_size=3))
def test_what_holds_a_part_is_what_anybody_would_say(listed: list[str], part: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        vocabulary.write(folder, listed)
        assert vocabulary.holding(folder, part) == sorted({word for word in listed if part in word})


def test_too_many_words_are_none(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "MOST", 2)
    memory.say(memory.session("one"), "aa ab ac")
    memory.index()

    assert vocabulary.holding(memory.home.index, "a") is None
    assert vocabulary.holding(memory.home.index, "b") == ["ab"]


def test_the_words_of_what_is_indexed_again_at_the_end_are_listed_with_all_the_others_at_once(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = memory.session("one")
    first = memory.say(session, "alpha")
    while memory.indexer.catch_up(1.0, in_bulk=True, soon=True):  # as an import does: nothing is listed yet
        pass
    assert not vocabulary.exists(memory.home.index)
    memory.writer.execute("UPDATE message SET text = 'beta' WHERE id = ?", (first,))
    memory.writer.execute("INSERT INTO reindex (message_id) VALUES (?)", (first,))
    written: list[str] = []
    real = vocabulary.write

    def write(folder: str, every: Iterable[str]) -> None:
        written.append("whole")
        real(folder, every)

    monkeypatch.setattr(vocabulary, "write", write)
    monkeypatch.setattr(vocabulary, "append", lambda *_: written.append("appended"))

    memory.index()

    assert words(memory) == {"alpha", "beta"}
    assert "beta" in of_the_index(memory)
    assert written == ["whole"]

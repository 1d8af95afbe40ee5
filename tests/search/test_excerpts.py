"""From which of its texts the excerpt of a hit is taken."""

from __future__ import annotations

import pytest

from simple_memory.search import excerpts, query, words
from simple_memory.store import connection, hits
from tests import secrets_planted as planted
from tests.store.memory import Memory

FAR = "filler " * 2000


@pytest.fixture
def excerpt(memory: Memory) -> Excerpt:
    return Excerpt(memory)


class Excerpt:
    """Makes excerpts of messages by their ids."""

    def __init__(self, memory: Memory) -> None:
        self._store = hits.HitStore(connection.open_reader(memory.home))
        self._excerpts = excerpts.Excerpts(words.sought_marks(query.parse("cart total")), reveal=False)

    def snippet(self, id_: int, words: int = 0) -> str:
        return self._excerpts.snippet(self._store.texts([id_], tools=True)[id_], words)


def test_a_passage_with_all_words_is_looked_for_beyond_the_beginning(memory: Memory, excerpt: Excerpt) -> None:
    _, answered = memory.call(memory.session("one"), result=f"a cart {FAR} the total of a cart")

    assert "\x02total\x03 of a \x02cart\x03" in excerpt.snippet(answered)


def test_where_the_beginning_holds_all_words_of_the_message_the_rest_is_not_read(
    memory: Memory, excerpt: Excerpt
) -> None:
    _, answered = memory.call(memory.session("one"), result=f"a cart {FAR} the total of a cart")

    assert excerpt.snippet(answered, words=1).startswith("a \x02cart\x03 filler")


def test_a_few_long_texts_are_read_for_a_better_passage_and_any_where_the_beginning_holds_no_word(
    memory: Memory, excerpt: Excerpt
) -> None:
    session = memory.session("one")
    partly = [memory.call(session, result=f"a cart {FAR} the total of a cart")[1] for _ in range(5)]
    _, hidden = memory.call(session, result=f"{FAR} the total of a cart")

    shown = [excerpt.snippet(id_) for id_ in partly]

    assert ["total" in snippet for snippet in shown] == [True] * excerpts.MOST_UNPACKED + [False, False]
    assert "\x02total\x03 of a \x02cart\x03" in excerpt.snippet(hidden)


@pytest.mark.parametrize("far", [1, 30, 300])
@pytest.mark.parametrize("kind", sorted(planted.SECRETS))
def test_a_secret_of_which_a_passage_holds_a_part_is_hidden(
    memory: Memory, excerpt: Excerpt, kind: str, far: int
) -> None:
    between = "x " * far
    session = memory.session("one")
    after = memory.say(session, f"{FAR}{planted.told(kind)} {between}cart total {FAR}")
    before = memory.say(session, f"{FAR}cart total {between}{planted.told(kind)} {FAR}")

    for id_ in (after, before):
        snippet = excerpt.snippet(id_)
        assert "\x02total\x03" in snippet
        pieces = [line[at : at + 9] for line in planted.SECRETS[kind].split() for at in (9, len(line) - 9)]
        assert not [piece for piece in pieces if len(piece) == 9 and piece in snippet]


def test_the_texts_of_many_messages_are_read_a_few_at_once_and_come_in_order(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excerpts, "AT_ONCE", 2)
    session = memory.session("one")
    said = [memory.say(session, f"number {number}") for number in range(5)]
    store = hits.HitStore(connection.open_reader(memory.home))

    read = excerpts.texts(store, [*reversed(said), 9999], tools=True)

    assert [[text.beginning for text in texts] for texts in read] == [[f"number {n}"] for n in (4, 3, 2, 1, 0)] + [[]]

"""Which words of a question stand in which matches."""

from __future__ import annotations

import math

import pytest

from simple_memory.search import matching, presence, query, rank
from simple_memory.store import index
from tests.store.memory import Memory


def look(memory: Memory, text: str, ids: list[int], weight: int = 0) -> presence.Seen:
    searcher, schema = index.IndexReader(memory.home.index).searcher()
    matched = matching.Matcher(searcher, schema, matching.Conditions()).build(query.parse(text))
    return presence.look(searcher, schema, matched.pieces, [rank.Candidate(id_, 1, 1.0) for id_ in ids], weight)


def test_each_word_has_its_bit_in_whatever_form_and_field_it_stands(memory: Memory) -> None:
    session = memory.session("one")
    said = memory.say(session, "carts and their totals")
    call, _ = memory.call(session, given='{"command": "grep cart"}', result="nothing")
    other = memory.say(session, "the price of a cart")
    memory.index()

    seen = look(memory, "cart total price", [said, other, call])

    assert seen == {said: 0b011, other: 0b101, call: 0b001}


def test_only_the_messages_that_were_named_are_told_of(memory: Memory) -> None:
    session = memory.session("one")
    first = memory.say(session, "cart total")
    memory.say(session, "cart total")
    memory.index()

    assert look(memory, "cart total", [first]) == {first: 0b11}


def test_of_one_word_or_of_no_message_there_is_nothing_to_tell(memory: Memory) -> None:
    said = memory.say(memory.session("one"), "cart total")
    memory.index()

    assert look(memory, "cart", [said]) == {}
    assert look(memory, '"cart total"', [said]) == {}
    assert look(memory, "cart total", []) == {}


def test_more_words_than_a_score_can_tell_apart_are_left_out(memory: Memory) -> None:
    names = [f"word{chr(97 + number)}x" for number in range(presence.MOST_WORDS + 5)]
    said = memory.say(memory.session("one"), " ".join(names))
    memory.index()

    assert look(memory, " ".join(names), [said]) == {said: (1 << presence.MOST_WORDS) - 1}


def test_fewer_matches_are_looked_at_for_more_words_and_where_a_question_has_cost_much(memory: Memory) -> None:
    session = memory.session("one")
    words = [f"word{chr(97 + number)}x" for number in range(8)]
    ids = [memory.say(session, "cart total " + " ".join(words)) for _ in range(presence.DEEPEST + 10)]
    memory.index()

    def looked_at(text: str, weight: int = 0) -> int:
        return len(look(memory, text, ids, weight))

    assert looked_at("cart total") == presence.DEEPEST
    assert looked_at("cart total", presence.MUCH) == presence.DEEPEST
    assert presence.DEPTH < looked_at(" ".join(words)) < presence.DEEPEST
    assert looked_at(" ".join(words), presence.MUCH) == presence.DEPTH


def test_a_word_is_worth_more_the_rarer_it_is_and_a_run_without_blanks_as_usual(memory: Memory) -> None:
    for number in range(20):
        memory.say(memory.session(f"s{number}"), "the cart" + (" total 数据库连接" if not number else ""))
    memory.index()
    searcher, schema = index.IndexReader(memory.home.index).searcher()
    matched = matching.Matcher(searcher, schema, matching.Conditions()).build(query.parse("cart total 据库 nowhere"))

    common, rare, run, absent = presence.weights(searcher, matched.pieces)

    assert rare > 2 > common > 0
    assert run == absent == rank.PRESENCE


def test_a_word_of_half_the_weight_of_the_rarest_is_worth_a_quarter(memory: Memory) -> None:
    for number in range(30):
        words = "cart" + (" total" if number < 4 else "") + (" coupon" if not number else "")
        memory.say(memory.session(f"s{number}"), words)
    memory.index()
    searcher, schema = index.IndexReader(memory.home.index).searcher()
    built = matching.Matcher(searcher, schema, matching.Conditions()).build(query.parse("cart total coupon"))

    worth = presence.weights(searcher, built.pieces)

    weights = [math.log(1 + (30 - count + 0.5) / (count + 0.5)) for count in (30, 4, 1)]
    assert worth == pytest.approx([presence.WORTH * weight**2 / weights[-1] for weight in weights])

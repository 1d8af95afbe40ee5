"""Help when nothing matches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_memory.search import retrieve, spelling
from tests.search.asking import ask
from tests.store.memory import Memory


@pytest.fixture
def filled(memory: Memory) -> Memory:
    session = memory.session("one")
    memory.say(session, "the parser dropped a token after authentication")
    memory.say(session, "databases")
    memory.call(session, result="ConnectionRefused: pool exhausted")
    memory.index()
    return memory


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("paresr", "parser"),
        ("Parserr", "parser"),
        ("tokem", "token"),
        ("exhaustet", "exhausted"),
        ("authentcaton", "authentication"),
        ("the paresr and the toekn", "the parser and the token"),
        ("databses", "databases"),
        ('"paresr dropped"', '"parser dropped"'),
        ("paresr role:user", "parser role:user"),
    ],
)
@pytest.mark.usefixtures("filled")
def test_a_misspelt_word_is_answered_with_one_that_occurs(typed: str, meant: str, searcher: retrieve.Searcher) -> None:
    answer = ask(searcher, typed)

    assert answer.suggestion == meant
    assert f"Did you mean {meant!r}?" in " ".join(answer.notes)
    assert ask(searcher, meant).hits


@pytest.mark.parametrize("typed", ["parser", "zzzzqqq", "tok", "role:system", "par*", "", "*zzz*", "databa"])
@pytest.mark.usefixtures("filled")
def test_nothing_is_suggested_where_something_matches_or_nothing_is_near(
    typed: str, searcher: retrieve.Searcher
) -> None:
    assert ask(searcher, typed).suggestion is None


def test_the_most_frequent_of_equally_near_words_is_suggested(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    for text in ("cart", "card", "card"):
        memory.say(session, f"the {text} is here")
    memory.index()

    assert ask(searcher, "carx").suggestion == "card"


def test_a_key_is_not_suggested(memory: Memory, searcher: retrieve.Searcher) -> None:
    key = "AKIA" + "Q3EGRZ5TLX7WMB2Y"
    memory.say(memory.session("one"), f"the key is {key}")
    memory.index()

    assert ask(searcher, key[:-1]).suggestion is None


def test_words_that_hold_the_word_are_shown_where_nothing_else_matches(
    filled: Memory, searcher: retrieve.Searcher
) -> None:
    said = filled.say(filled.session("two"), "call parseconfig")
    filled.index()

    answer = ask(searcher, "arseconf")

    assert [hit.message_id for hit in answer.hits] == [said]
    assert "\x02arseconf\x03" in answer.hits[0].snippet
    assert "shown are words that hold them inside" in " ".join(answer.notes)
    assert ask(searcher, "nosuchthing").notes == ()


def test_where_nothing_has_what_stands_in_quotes_its_words_are_looked_for_and_it_is_said(
    filled: Memory, searcher: retrieve.Searcher
) -> None:
    session = filled.session("two")
    said = filled.say(session, "proxy authentication for guests")
    filled.say(session, "a proxy that is refused")
    filled.index()

    answer = ask(searcher, 'proxy with "guest authentication" -refused')

    assert answer.hits[0].message_id == said
    assert answer.notes == ("Nothing has all that stands in quotes; shown is what has some of the words.",)
    assert ask(searcher, '"proxy authentication"').notes == ()
    assert ask(searcher, '"nosuch thing"').total == 0


def test_inside_filters_a_phrase_that_stands_nowhere_is_suggested_without_its_quotes(
    filled: Memory, searcher: retrieve.Searcher
) -> None:
    filled.say(filled.session("two"), "proxy authentication for guests")
    filled.index()

    answer = ask(searcher, '"guest authentication" role:user')

    assert (answer.total, answer.suggestion) == (0, "guest authentication role:user")
    assert ask(searcher, "guest authentication role:user").total
    assert ask(searcher, '"nosuch thing" role:user').suggestion is None


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_the_distance_of_words_is_symmetric_and_at_most_the_longer_ones_length(one: str, other: str) -> None:
    distance = spelling._distance(one, other)

    assert distance == spelling._distance(other, one)
    assert abs(len(one) - len(other)) <= distance <= max(len(one), len(other))
    assert (distance == 0) == (one == other)

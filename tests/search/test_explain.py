"""The reasons of a score."""

from __future__ import annotations

import pytest

from simple_memory.search import retrieve
from tests.search.asking import ask
from tests.store.memory import Memory


def fill(memory: Memory) -> None:
    for number in range(4):
        memory.say(memory.session(f"filler{number}"), f"filler text about something else, number {number}")
    session = memory.session("one", title="The cart total", project="/home/ada/shop")
    memory.say(session, "the cart total is wrong: see money/cart_total.py")
    memory.reply(session, "the total of carts")
    memory.call(session, given='{"command": "grep totals cart"}', result="cart cart totals")
    memory.say(session, "The cart total", role="note", kind="ai-title", position=None)
    memory.say(memory.session("two"), "totals and a 数据库连接池 beside the cart")
    memory.index()


@pytest.mark.parametrize("group", ["session", "none"])
@pytest.mark.parametrize(
    "text", ["cart total", '"cart total" wrong', "tot* cart", "money/cart_total.py", "据库连 cart", "f" * 64]
)
def test_the_reasons_add_up_to_the_score(
    text: str, group: retrieve.Grouping, memory: Memory, searcher: retrieve.Searcher
) -> None:
    fill(memory)
    memory.say(memory.session("three"), f"the hash {'f' * 64}")
    memory.index()

    answer = ask(searcher, text, group=group, near="/home/ada/shop", explain=True)

    assert answer.hits
    for hit in answer.hits:
        assert hit.reasons
        assert sum(reason.score for reason in hit.reasons) == pytest.approx(hit.score, abs=0.001)


def test_each_reason_says_what_matched_how_and_where(memory: Memory, searcher: retrieve.Searcher) -> None:
    fill(memory)

    (hit, *_) = ask(searcher, "cart total", group="session", near="/home/ada/shop", explain=True).hits

    told = {(reason.what, reason.how, reason.where) for reason in hit.reasons}
    assert {("cart", "word", "conversation"), ("total", "word", "conversation")} <= told
    assert {("", "session", ""), ("", "title", ""), ("", "project", "")} <= told
    assert [reason.score for reason in hit.reasons] == sorted((reason.score for reason in hit.reasons), reverse=True)


def test_what_a_beginning_stands_for_is_not_told(memory: Memory, searcher: retrieve.Searcher) -> None:
    memory.say(memory.session("one"), "the key skverysecret stands here")
    memory.index()

    (hit,) = ask(searcher, "sk*", explain=True).hits

    assert {reason.what for reason in hit.reasons} == {"sk"}


def test_nothing_is_explained_unless_it_is_asked_for(memory: Memory, searcher: retrieve.Searcher) -> None:
    fill(memory)

    assert all(hit.reasons == () for hit in ask(searcher, "cart").hits)


@pytest.mark.parametrize(("text", "what"), [("*ar*", {("ar", "inside")}), ("role:user", set())])
def test_where_nothing_ranks_it_says_that_the_newest_come_first_and_what_matched(
    memory: Memory, searcher: retrieve.Searcher, text: str, what: set[tuple[str, str]]
) -> None:
    fill(memory)
    answer = ask(searcher, text, explain=True)

    assert answer.hits
    for hit in answer.hits:
        assert hit.score == 0
        assert hit.reasons[0].how == "time"
        assert {(reason.what, reason.how) for reason in hit.reasons[1:]} == what

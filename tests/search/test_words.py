"""What pieces of a query match: forms, insides, and scripts without blanks."""

from __future__ import annotations

import pytest

from simple_memory.search import retrieve
from tests.search.asking import ask, ids
from tests.store.memory import Memory


def test_other_forms_of_a_word_are_found_in_what_tools_gave(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    _, answered = memory.call(session, result="it returns the validated configuration")
    memory.call(session, result="a retinue of valets")
    memory.index()

    assert ids(searcher, "returning") == [answered]
    assert ids(searcher, "validates") == [answered]


def test_a_rare_form_weighs_no_more_than_the_word_itself(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    made = [memory.call(session, result=f"token number{number}")[1] for number in range(30)]
    rare = memory.call(session, result="tokens and more")[1]
    memory.index()

    answer = ask(searcher, "token", limit=40, explain=True)
    weights = {hit.message_id: sum(r.score for r in hit.reasons if r.what.startswith("token")) for hit in answer.hits}

    assert set(weights) == {*made, rare}
    assert weights[rare] < weights[made[0]] * 1.1


@pytest.mark.parametrize("text", ["数据库", "据库", "库连接", "池", "数", "连接池的配置在哪里"])
def test_any_part_of_a_run_without_blanks_is_found(text: str, memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    said = memory.say(session, "生产环境的数据库连接池的配置在哪里需要修改一下才能正常工作，好的。")
    _, answered = memory.call(session, result="日志：数据库连接池的配置在哪里")
    memory.say(session, "完全不同")
    memory.index()

    answer = ask(searcher, text)

    assert sorted(hit.message_id for hit in answer.hits) == [said, answered]
    assert all(f"\x02{text}\x03" in hit.snippet for hit in answer.hits)


def test_characters_that_do_not_stand_together_are_no_match(memory: Memory, searcher: retrieve.Searcher) -> None:
    memory.say(memory.session("one"), "数据，库房")
    memory.index()

    assert ids(searcher, "数据库") == []
    assert ids(searcher, '"数据库"') == []


def test_scripts_without_blanks_keep_to_the_scope(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    said = memory.say(session, "ข้อมูลลูกค้า")
    _, answered = memory.call(session, result="ข้อมูลลูกค้า")
    memory.index()

    assert ids(searcher, "ลูกค้า in:conversation") == [said]
    assert ids(searcher, "ลูกค้า in:tools") == [answered]


@pytest.mark.parametrize("text", ["*arsecon*", "*SECONF*", "*config", "*arse*", "*econfig*"])
def test_the_inside_of_a_word_is_found_and_marked(text: str, memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    said = memory.say(session, "look at parseconfig first")
    _, answered = memory.call(session, result="def parseconfig(): pass")
    memory.say(session, "look at the sauce")
    memory.index()

    answer = ask(searcher, text)

    assert sorted(hit.message_id for hit in answer.hits) == [said, answered]
    inside = text.strip("*").lower()
    assert all(f"\x02{inside}\x03" in hit.snippet for hit in answer.hits)


def test_an_inside_of_several_words_must_stand_side_by_side(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    right = memory.say(session, "call my_parse_config() there")
    _, answered = memory.call(session, result="my_parse_config")
    memory.say(session, "config is what I parse")
    memory.index()

    assert sorted(ids(searcher, "*arse_conf*")) == [right, answered]


def test_the_inside_of_a_word_is_found_where_the_index_keeps_its_stem_alone(
    memory: Memory, searcher: retrieve.Searcher
) -> None:
    said = memory.say(memory.session("one"), "all databases")
    memory.index()

    assert ids(searcher, "*bases*") == [said]
    assert ids(searcher, "*tabas*") == [said]
    assert ids(searcher, "*gases*") == []


def test_the_inside_of_a_word_is_found_in_an_end_that_its_stem_has_lost(
    memory: Memory, searcher: retrieve.Searcher
) -> None:
    session = memory.session("one")
    said = memory.reply(session, "the validation of carts")
    memory.reply(session, "a valid cart")
    long = memory.reply(session, "the validations of carts " + "and more of it " * 200)
    _, given = memory.call(session, result="validation failed")
    memory.index()

    answer = ask(searcher, "*dation*")

    assert sorted(hit.message_id for hit in answer.hits) == [said, long, given]
    assert answer.total == 3
    assert all("\x02dation\x03" in hit.snippet for hit in answer.hits)
    assert ids(searcher, "*dation*", scope="conversation") == [long, said]
    assert ids(searcher, "cart -*dation*") == [said + 1]


def test_a_refused_inside_is_left_out(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    kept = memory.say(session, "cart total")
    memory.say(session, "cart subtotals")
    memory.index()

    assert ids(searcher, "cart -*btot*") == [kept]


def test_a_beginning_of_too_many_words_gives_the_newest_first(
    memory: Memory, searcher: retrieve.Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simple_memory.search.words.EXPANSIONS", 3)
    session = memory.session("one")
    made = [memory.say(session, f"config{letter}") for letter in "abcdef"]
    memory.index()

    assert ids(searcher, "config*") == made[::-1]


@pytest.mark.parametrize("text", ["feat/basket", "basket", "BASKET"])
def test_sessions_are_found_by_the_branch_that_a_word_names(
    text: str, memory: Memory, searcher: retrieve.Searcher
) -> None:
    on_it = memory.session("one", branch="feat/basket")
    prompt = memory.say(on_it, "go on with the other thing")
    memory.reply(on_it, "all right")
    memory.say(memory.session("two", branch="main"), "unlike")
    memory.say(memory.session("three"), "unlike")
    memory.index()

    answer = ask(searcher, text, explain=True)

    assert [hit.message_id for hit in answer.hits] == [prompt]
    assert [reason.how for reason in answer.hits[0].reasons] == ["branch"]
    assert ids(searcher, f"{text} role:assistant") == []
    assert ids(searcher, "main") == []


def test_a_branch_does_not_outrank_a_message_that_speaks_of_it(memory: Memory, searcher: retrieve.Searcher) -> None:
    for number in range(20):
        memory.say(memory.session(f"filler{number}"), "something else is said here")
    memory.say(memory.session("one", branch="basket"), "go on")
    said = memory.say(memory.session("two"), "the basket is empty")
    memory.index()

    assert ids(searcher, "basket")[0] == said

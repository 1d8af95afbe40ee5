"""What words, phrases and prefixes find."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simple_memory import config
from simple_memory.search import retrieve
from tests.search.asking import NOW, ask, ids
from tests.store.memory import Memory


def test_every_kind_of_text_is_found(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one", title="Fix it")
    prompt = memory.say(session, "promptword")
    thought = memory.say(session, "thinkword", role="assistant", kind="thinking")
    asked, answered = memory.call(
        session, "Edit", '{"old": "inputword", "n": 1}', "resultword", path="/a/pathword.py", extra="extraword"
    )
    note = memory.say(session, "summaryword", role="note", kind="summary", position=None)
    system = memory.say(session, "systemword", role="system", kind="informational")
    stored = memory.say(
        session, "storedword", role="attachment", kind="tool_output", name="fileword.txt", position=None
    )
    lost = memory.say(None, "lostword", role="note", kind="summary", position=None)
    memory.index()

    for word, id_ in {
        "promptword": prompt,
        "thinkword": thought,
        "inputword": asked,
        "resultword": answered,
        "extraword": answered,
        "summaryword": note,
        "systemword": system,
        "storedword": stored,
        "fileword": stored,
        "lostword": lost,
    }.items():
        answer = ask(searcher, word)
        assert [hit.message_id for hit in answer.hits] == [id_], word
        assert f"\x02{word}\x03" in answer.hits[0].snippet


def test_a_word_far_down_a_long_result_is_found_and_shown(memory: Memory, searcher: retrieve.Searcher) -> None:
    _, answered = memory.call(memory.session("one"), result="filler " * 20_000 + "needle " + "filler " * 2000)
    memory.index()

    (hit,) = ask(searcher, "needle").hits

    assert hit.message_id == answered
    assert "\x02needle\x03" in hit.snippet


def test_words_are_alternatives_and_more_of_them_rank_higher(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    one = memory.say(session, "the cart was empty today again")
    both = memory.say(session, "the cart total was empty today")
    memory.say(session, "nothing of that kind is in here")
    memory.index()

    assert ids(searcher, "how is the total of our carts?") == [both, one]


def test_what_was_said_ranks_above_what_a_tool_gave(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    _, answered = memory.call(session, result="deadlock")
    memory.say(session, "filler words of a usual length")
    said = memory.say(session, "deadlock")
    memory.index()

    assert ids(searcher, "deadlock") == [said, answered]


def test_phrases_must_stand_as_they_are(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    right = memory.say(session, "a race condition in the queue")
    memory.say(session, "the condition of the race")
    _, answered = memory.call(session, result="found a race condition there")
    memory.index()

    assert sorted(ids(searcher, '"race condition"')) == [right, answered]
    assert ids(searcher, '"race condition" queue')[0] == right
    assert ids(searcher, '"no such thing"') == []


def test_refused_words_and_phrases_are_left_out(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    kept = memory.say(session, "cart total")
    memory.say(session, "cart total in a draft")
    memory.say(session, "cart total as a drafting board")
    memory.index()

    assert ids(searcher, "cart -draft") == [kept]
    assert ids(searcher, 'cart -"total in" -board') == [kept]
    assert ids(searcher, "-draf*") == [kept]


def test_prefixes_find_every_word_that_begins_so(
    memory: Memory, searcher: retrieve.Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simple_memory.search.words.EXPANSIONS", 3)
    session = memory.session("one")
    made = [memory.say(session, f"config{letter}") for letter in "abcdef"]
    memory.say(session, "confirm")
    memory.index()

    assert sorted(ids(searcher, "config*")) == made
    assert sorted(ids(searcher, "configurations*")) == []


def test_a_prefix_longer_than_the_stem_finds_the_word(memory: Memory, searcher: retrieve.Searcher) -> None:
    said = memory.say(memory.session("one"), "all databases")
    memory.index()

    assert ids(searcher, "databases*") == [said]


def test_stop_words_alone_are_searched(memory: Memory, searcher: retrieve.Searcher) -> None:
    said = memory.say(memory.session("one"), "to be or not to be")
    memory.index()

    assert ids(searcher, "to be") == [said]


@pytest.mark.parametrize("text", ["user name", "getUserName", "GETUSERNAME", "getuser*"])
def test_identifiers_are_found_whole_and_in_parts(text: str, memory: Memory, searcher: retrieve.Searcher) -> None:
    said = memory.say(memory.session("one"), "call getUserName()")
    memory.index()

    assert ids(searcher, text) == [said]


def test_a_path_ranks_where_it_stands_together(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    memory.say(session, "py store money src: all in another order, said twice: py store money src")
    right = memory.say(session, "look at src/money_store.py and at nothing else please")
    memory.index()

    assert ids(searcher, "src/money_store.py")[0] == right


@pytest.mark.parametrize("length", [40, 64, 128, 1000])
def test_a_hash_is_found_in_words_and_in_quotes(length: int, memory: Memory, searcher: retrieve.Searcher) -> None:
    digest = ("0123456789abcdef" * 100)[:length]
    said = memory.say(memory.session("one"), f"commit {digest}")
    _, told = memory.call(memory.session("two"), result=f"commit {digest.upper()}\n")
    memory.index()

    for text in (digest, digest.upper(), f'"{digest}"', f'"commit {digest}"', f"{digest[:20]}*", f"nothing {digest}"):
        assert {said, told} <= set(ids(searcher, text))
    assert "\x02" + digest[:10] in ask(searcher, digest).hits[0].snippet
    assert ids(searcher, f"commit -{digest}") == []


def test_a_part_of_a_hash_is_found_inside_it(memory: Memory, searcher: retrieve.Searcher) -> None:
    said = memory.say(memory.session("one"), "commit 95d09f2b10159347eece71399a7e2e907ea3df4f0123456789abcdef")
    memory.index()

    assert ids(searcher, "*eece71399a7e*") == [said]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[retrieve.Searcher]:
    memory = Memory(config.Home(str(tmp_path_factory.mktemp("filled") / "memory")))
    session = memory.session("one", title="The title", branch="main")
    memory.say(session, "alpha beta getUserName src/a_b.py " + "0123456789abcdef" * 4)
    memory.call(session, "Read", '{"file_path": "/x/a.py"}', "alpha output", path="/x/a.py")
    memory.index()
    searcher = retrieve.Searcher(memory.home, now=lambda: NOW)
    yield searcher
    searcher.close()
    memory.close()


WORDS = st.sampled_from(
    [
        "alpha", "alp*", '"alpha beta"', "-beta", "the", "project:shop", "-project:x", "role:user", "since:3d",
        "until:x",
        "session:one", "-session:one", "file:a.py", "in:tools", "tool:read", "branch:main", "*", "-", '"', "日本語",
        "a" * 50, "a_b.py", "kind:", "session:", "-alph*", "\x00", "(alpha", "alpha)", "field:", "^2", "~", "alpha~2",
        "[a TO b]",
    ]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    text=st.lists(WORDS | st.text(max_size=12), max_size=8).map(" ".join), group=st.sampled_from(["session", "none"])
)
def test_no_text_is_an_error(filled: retrieve.Searcher, text: str, group: str) -> None:
    answer = ask(filled, text, group=group)

    assert answer.query == text
    assert answer.total >= len(answer.hits)

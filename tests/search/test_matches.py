"""What the store knows of matches."""

from __future__ import annotations

from simple_memory.search import retrieve
from tests.search.asking import ask, ids
from tests.store.memory import Memory


def test_a_month_in_the_question_prefers_what_was_said_in_it(memory: Memory, searcher: retrieve.Searcher) -> None:
    january = memory.say(memory.session("one"), "the parser broke again", timestamp="2026-01-10T09:00:00.000Z")
    march = memory.say(memory.session("two"), "the parser broke again", timestamp="2026-03-10T09:00:00.000Z")
    memory.index()

    assert ids(searcher, "parser broke in March") == [march, january]
    assert ids(searcher, "parser broke 2026-01") == [january, march]


def test_what_a_date_adds_is_told_as_presence(memory: Memory, searcher: retrieve.Searcher) -> None:
    memory.say(memory.session("one"), "the parser broke again", timestamp="2026-03-10T09:00:00.000Z")
    memory.index()

    (with_month,) = ask(searcher, "parser broke March", explain=True).hits
    (without,) = ask(searcher, "parser broke April", explain=True).hits

    presence = [{reason.how: reason.score for reason in hit.reasons}["presence"] for hit in (with_month, without)]
    assert presence[0] > presence[1]


def test_only_what_was_said_lends_to_what_stands_beside_it(memory: Memory, searcher: retrieve.Searcher) -> None:
    said = memory.session("said")
    memory.say(said, "the parser breaks", position=0)
    memory.say(said, "which parser", position=1)
    given = memory.session("given")
    memory.say(given, "the parser breaks", role="user", kind="tool_result", position=0)
    memory.say(given, "which parser", position=1)
    memory.index()

    answer = ask(searcher, "parser", explain=True)

    around = {hit.session for hit in answer.hits if any(reason.how == "around" for reason in hit.reasons)}
    assert around == {"said", "given"}
    lent = [hit.position for hit in answer.hits if any(reason.how == "around" for reason in hit.reasons)]
    assert sorted(lent, key=str) == [0, 0, 1]

"""Pages, groups, and what a hit says."""

from __future__ import annotations

import pytest

from simple_memory.search import retrieve
from tests.search.asking import ask, ids
from tests.store.memory import Memory


def test_one_long_session_does_not_fill_the_page(memory: Memory, searcher: retrieve.Searcher) -> None:
    long = memory.session("long")
    for _ in range(250):
        memory.say(long, "needle needle needle")
    for number in range(5):
        memory.say(memory.session(f"other-{number}"), "a needle among a good many words")
    memory.index()

    answer = ask(searcher, "needle", group="session", limit=6)

    assert [hit.session for hit in answer.hits] == ["long", *(f"other-{number}" for number in range(5))]
    assert answer.hits[0].more == 249
    assert answer.total == 255
    assert answer.next is None


@pytest.mark.parametrize("group", ["session", "none"])
def test_pages_follow_each_other_without_gaps_or_repeats(
    group: str, memory: Memory, searcher: retrieve.Searcher
) -> None:
    made = [memory.say(memory.session(f"s{number}"), "needle " + "word " * number) for number in range(7)]
    memory.index()

    seen: list[int] = []
    after: str | None = None
    for _ in range(9):
        answer = ask(searcher, "needle", group=group, limit=3, after=after)
        seen += [hit.message_id for hit in answer.hits]
        after = answer.next
        if after is None:
            break

    assert seen == made


@pytest.mark.parametrize("group", ["none", "session"])
def test_the_next_page_repeats_and_misses_nothing_when_messages_come_in_between(
    memory: Memory, searcher: retrieve.Searcher, group: retrieve.Grouping
) -> None:
    wanted = [memory.say(memory.session(f"s{number}"), f"needle {'and more ' * number}") for number in range(6)]
    memory.index()
    first = ask(searcher, "needle", group=group, limit=3)

    for number in range(4):
        memory.say(memory.session(f"late{number}"), "needle needle needle")
    memory.index()
    second = ask(searcher, "needle", group=group, limit=3, after=first.next)

    assert [hit.message_id for hit in (*first.hits, *second.hits)] == wanted
    assert second.next is None
    assert ask(searcher, "needle", group=group).total == 10


def test_the_own_project_comes_first_when_asked(memory: Memory, searcher: retrieve.Searcher) -> None:
    far = memory.say(memory.session("far"), "needle one two three four")
    near = memory.say(memory.session("near", project="/home/ada/blog"), "needle one two three four five")
    memory.index()

    assert ids(searcher, "needle", group="session") == [far, near]
    assert ids(searcher, "needle", group="session", near="/home/ada/blog/src") == [near, far]


def test_a_title_lifts_its_session(memory: Memory, searcher: retrieve.Searcher) -> None:
    memory.say(memory.session("plain", title="Something"), "the cart total")
    titled = memory.say(memory.session("titled", title="Cart totals"), "the cart total now")
    memory.index()

    assert ids(searcher, "cart total", group="session")[0] == titled


def test_a_hit_says_where_it_stands(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one", title="Fix it")
    memory.say(session, "first")
    memory.reply(session, "needle", uuid="u-7")
    memory.index()

    (hit,) = ask(searcher, "needle").hits

    assert (hit.session, hit.agent, hit.project, hit.title) == ("one", "claude-code", "/home/ada/shop", "Fix it")
    assert (hit.position, hit.uuid, hit.role, hit.kind) == (1, "u-7", "assistant", "reply")
    assert hit.timestamp == "2026-01-01T10:00:01.000Z"
    assert hit.score > 0

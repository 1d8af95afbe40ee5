"""Where it is looked for: filters in the query, and options beside it."""

from __future__ import annotations

from typing import Any

import pytest

from simple_memory import errors
from simple_memory.search import retrieve
from tests.search.asking import ask, ids
from tests.store.memory import Memory


@pytest.fixture
def two(memory: Memory) -> dict[str, int]:
    shop = memory.session("shop-session", branch="feature/cart", title="About the shop")
    blog = memory.session("blog-session", project="/home/ada/blog", agent="codex", branch="main")
    made = {
        "shop": memory.say(shop, "needle thread", timestamp="2026-01-10T10:00:00.000Z"),
        "reply": memory.reply(shop, "needle thread", timestamp="2026-02-10T10:00:00.000Z"),
        "blog": memory.say(blog, "needle thread", timestamp="2026-03-10T10:00:00.000Z"),
    }
    made["call"], made["result"] = memory.call(
        blog, "Read", '{"file_path": "/x/money.py"}', "needle thread", path="/x/money.py"
    )
    memory.writer.execute(
        "UPDATE message SET timestamp = '2026-04-10T10:00:00.000Z' WHERE id IN (?, ?)", (made["call"], made["result"])
    )
    memory.index()
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("project:shop", ["shop", "reply"]),
        ("project:/home/ada/shop", ["shop", "reply"]),
        ("-project:shop", ["blog", "result"]),
        ("project:shop project:blog", ["shop", "reply", "blog", "result"]),
        ("agent:codex", ["blog", "result"]),
        ("agent:claude", ["shop", "reply"]),
        ("-agent:codex", ["shop", "reply"]),
        ("role:assistant", ["reply"]),
        ("ROLE:Assistant", ["reply"]),
        ("-role:user", ["reply"]),
        ("kind:prompt", ["shop", "blog"]),
        ("tool:read", ["result"]),
        ("in:tools", ["result"]),
        ("in:conversation", ["shop", "reply", "blog"]),
        ("in:all", ["shop", "reply", "blog", "result"]),
        ("session:shop-s", ["shop", "reply"]),
        ('session:"about the shop"', ["shop", "reply"]),
        ("session:shop-s session:blog-s", ["shop", "reply", "blog", "result"]),
        ("-session:blog-session", ["shop", "reply"]),
        ("branch:feature/cart", ["shop", "reply"]),
        ("branch:cart", ["shop", "reply"]),
        ("-branch:cart", ["blog", "result"]),
        ("file:money.py", ["blog", "result"]),
        ("-file:money.py", ["shop", "reply"]),
        ("since:2026-02-01", ["reply", "blog", "result"]),
        ("until:2026-02-10", ["shop", "reply"]),
        ("since:2026-02-01 until:2026-03-31", ["reply", "blog"]),
        ("since:3mo", ["blog", "result"]),
        ("project:nope", []),
        ("agent:nope", []),
        ("role:nope", []),
        ("branch:nope", []),
        ("file:nope", []),
        ("session:nope", []),
    ],
)
@pytest.mark.parametrize("sought", ["needle", "needle hay", '"needle thread"'])
def test_filters_choose(
    sought: str, text: str, expected: list[str], two: dict[str, int], searcher: retrieve.Searcher
) -> None:
    assert sorted(ids(searcher, f"{sought} {text}")) == sorted(two[name] for name in expected)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"project": "shop"}, ["shop", "reply"]),
        ({"agent": "codex"}, ["blog", "result"]),
        ({"role": "assistant"}, ["reply"]),
        ({"scope": "tools"}, ["result"]),
        ({"session": "blog-s"}, ["blog", "result"]),
        ({"exclude_session": "blog-s"}, ["shop", "reply"]),
        ({"since": "2026-03-01T00:00:00.000Z"}, ["blog", "result"]),
        ({"until": "2026-01-31"}, ["shop"]),
    ],
)
def test_options_choose(
    options: dict[str, Any], expected: list[str], two: dict[str, int], searcher: retrieve.Searcher
) -> None:
    assert sorted(ids(searcher, "needle", **options)) == sorted(two[name] for name in expected)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("project:nope", "No project matches 'nope'."),
        ("session:nope", "No session matches 'nope'."),
        ("role:nope", "There is no role 'nope': it is one of user, assistant, system, attachment, note."),
        ("since:soon", "since:soon is no time and was left out; say 2026-01-31, yesterday, 3d or 2w."),
    ],
)
def test_a_filter_that_names_nothing_is_said(
    text: str, note: str, two: dict[str, int], searcher: retrieve.Searcher
) -> None:
    assert ask(searcher, f"needle {text}").notes == (note,)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"project": "nope"}, errors.NotFound),
        ({"session": "nope"}, errors.NotFound),
        ({"exclude_session": "nope"}, errors.NotFound),
        ({"since": "soon"}, errors.UsageError),
        ({"until": "soon"}, errors.UsageError),
        ({"limit": 0}, errors.UsageError),
        ({"limit": 5000}, errors.UsageError),
        ({"after": "x"}, errors.UsageError),
    ],
)
def test_an_option_that_names_nothing_is_an_error(
    options: dict[str, Any], error: type[errors.SimpleMemoryError], two: dict[str, int], searcher: retrieve.Searcher
) -> None:
    with pytest.raises(error):
        ask(searcher, "needle", **options)


def test_filters_without_words_list_the_newest_first(two: dict[str, int], searcher: retrieve.Searcher) -> None:
    assert ids(searcher, "project:shop") == [two["reply"], two["shop"]]
    assert ids(searcher, "", project="shop") == [two["reply"], two["shop"]]


def test_a_session_filter_finds_its_copies_at_their_place_there(memory: Memory, searcher: retrieve.Searcher) -> None:
    first, second = memory.session("first"), memory.session("second")
    original = memory.say(first, "needle")
    memory.say(second, "something else")
    memory.copy(original, second)
    memory.index()

    (hit,) = ask(searcher, "needle", session="second").hits
    (everywhere,) = ask(searcher, "needle").hits

    assert (hit.session, hit.position, hit.message_id) == ("second", 1, original)
    assert (everywhere.session, everywhere.position) == ("first", 0)


def test_excluding_a_session_excludes_its_sub_agents_and_what_it_shares(
    memory: Memory, searcher: retrieve.Searcher
) -> None:
    first, second = memory.session("first"), memory.session("second")
    agent = memory.session("second/agent-1", kind="subagent", parent="second")
    shared = memory.say(first, "needle")
    memory.copy(shared, second)
    own = memory.say(first, "needle")
    memory.say(second, "needle")
    memory.say(agent, "needle")
    memory.index()

    assert ids(searcher, "needle", exclude_session="second") == [own]


def test_where_all_sessions_are_of_one_agent_its_name_leaves_out_nothing_but_what_has_none(
    memory: Memory, searcher: retrieve.Searcher
) -> None:
    said = memory.say(memory.session("one"), "needle")
    memory.say(None, "needle", role="note", kind="summary", position=None)
    memory.index()

    assert len(ids(searcher, "needle")) == 2
    assert ids(searcher, "needle agent:claude") == [said]
    assert ids(searcher, "needle -agent:claude") != [said]


def test_one_session_tells_how_many_more_of_its_messages_match(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    for _ in range(retrieve.WINDOW + 30):
        memory.say(session, "needle")
    memory.index()

    answer = ask(searcher, "needle session:one", group="session")

    assert [hit.more for hit in answer.hits] == [retrieve.WINDOW + 29]
    assert answer.total == retrieve.WINDOW + 30

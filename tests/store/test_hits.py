"""What search asks the store of matches: where they stand, which are notes, what filters mean."""

from __future__ import annotations

import pytest

from simple_memory.store import connection, hits
from tests import worlds
from tests.store.memory import Memory


@pytest.fixture
def store(memory: Memory) -> hits.HitStore:
    return hits.HitStore(connection.open_reader(memory.home))


@pytest.fixture
def memory(world: worlds.World) -> Memory:
    return Memory(world.home)


def test_where_messages_stand_is_told_but_for_those_beside_the_order(memory: Memory, store: hits.HitStore) -> None:
    session = memory.session("one")
    first, second = memory.say(session, "a"), memory.say(session, "b")
    call, result = memory.call(session)
    beside = memory.say(session, "title", role="note", kind="title", position=None)

    standing = store.standings([second, beside, first, 99, result, call])

    assert standing == {first: (0, False), second: (1, False), call: (2, True), result: (3, True)}


def test_notes_are_told_from_messages_and_from_prompts_that_waited(memory: Memory, store: hits.HitStore) -> None:
    session = memory.session("one")
    said = memory.say(session, "a")
    title = memory.say(session, "title", role="note", kind="title", position=None)
    memory.say(session, "another", role="note", kind="title", position=None)
    waited = memory.say(session, "later", role="note", kind="queued_prompt", position=None)

    assert store.title_notes([said, title, waited]) == {title}


def test_the_day_of_a_message_is_told_where_it_has_a_time(memory: Memory, store: hits.HitStore) -> None:
    session = memory.session("one")
    dated = memory.say(session, "a", timestamp="2026-03-05T23:59:59.000Z")
    undated = memory.say(session, "b", timestamp=None)

    assert store.days([dated, undated]) == {dated: "2026-03-05"}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("money.py", ["shop", "blog"]),
        ("src/money.py", ["shop"]),
        ("/home/ada/shop/src/money.py", ["shop"]),
        ("rc/money.py", []),
        ("oney.py", []),
        ("src", []),
        ("README", ["bare"]),
        ("%", []),
    ],
)
def test_a_file_is_known_by_its_name_and_by_any_end_of_its_path(
    wanted: str, found: list[str], memory: Memory, store: hits.HitStore
) -> None:
    paths = {"shop": "/home/ada/shop/src/money.py", "blog": "/home/ada/blog/money.py", "bare": "README"}
    sessions = {name: memory.session(name) for name in paths}
    for name, path in paths.items():
        for _ in range(2):
            memory.call(sessions[name], path=path)

    assert sorted(store.sessions_with_file(wanted)) == sorted(sessions[name] for name in found)


def test_a_branch_is_known_by_its_last_part_too(memory: Memory, store: hits.HitStore) -> None:
    cart = memory.session("one", branch="feature/cart")
    deep = memory.session("two", branch="ada/feature/cart")
    memory.session("three", branch="main")
    memory.session("four", branch="subcart")

    assert sorted(store.sessions_on_branch("cart")) == [cart, deep]
    assert store.sessions_on_branch("ada/feature/cart") == [deep]
    assert store.sessions_on_branch("car") == []


def test_agents_are_named_by_their_beginnings(memory: Memory, store: hits.HitStore) -> None:
    for number, agent in enumerate(("codex", "claude-code", "codex")):
        memory.session(f"session-{number}", agent=agent)

    assert store.every_agent() == ["claude-code", "codex"]
    assert store.agents("c") == ["claude-code", "codex"]
    assert store.agents("CODEX") == ["codex"]
    assert store.agents("x") == []

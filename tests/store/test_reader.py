"""Reading rows: sessions, projects, messages, files."""

from __future__ import annotations

from collections.abc import Iterator

import apsw
import pytest

from simple_memory import errors
from simple_memory.store import connection, reader
from tests import worlds
from tests.store.memory import Memory

SHOP = "11111111-1111-4111-8111-111111111111"
BLOG = "12222222-2222-4222-8222-222222222222"


@pytest.fixture
def memory(world: worlds.World) -> Iterator[Memory]:
    made = Memory(world.home)
    yield made
    made.close()


@pytest.fixture
def database(memory: Memory) -> Iterator[apsw.Connection]:
    opened = connection.open_reader(memory.home)
    yield opened
    opened.close()


def names(rows: list[reader.SessionRow]) -> list[str]:
    return [row.session for row in rows]


# ── which session is meant ──


def test_a_unique_beginning_names_a_session(memory: Memory, database: apsw.Connection) -> None:
    memory.session(SHOP)
    memory.session(BLOG)

    assert reader.resolve_session(database, "11") == SHOP
    assert reader.resolve_session(database, BLOG) == BLOG


def test_a_beginning_of_two_is_ambiguous_and_the_hint_lists_them(memory: Memory, database: apsw.Connection) -> None:
    memory.session(SHOP, title="Fix the cart")
    memory.session(BLOG)

    with pytest.raises(errors.Ambiguous) as caught:
        reader.resolve_session(database, "1")

    assert SHOP in caught.value.hint
    assert "Fix the cart" in caught.value.hint


def test_a_hint_lists_five_candidates_at_most(memory: Memory, database: apsw.Connection) -> None:
    for number in range(9):
        memory.session(f"same-{number}")

    with pytest.raises(errors.Ambiguous) as caught:
        reader.resolve_session(database, "same")

    assert caught.value.hint.count("same-") == 5
    assert caught.value.hint.endswith("…")


def test_a_beginning_of_a_main_session_is_not_ambiguous_with_its_sub_agents(
    memory: Memory, database: apsw.Connection
) -> None:
    memory.session(SHOP)
    memory.session(f"{SHOP}/agent-a1", kind="subagent", parent=SHOP)

    assert reader.resolve_session(database, "1111") == SHOP


@pytest.mark.parametrize("wanted", [f"{SHOP}/agent-a1", f"{SHOP}/ag", "agent-a1", "a1", "agent-a"])
def test_a_sub_agent_is_named_by_its_own_id(wanted: str, memory: Memory, database: apsw.Connection) -> None:
    memory.session(f"{SHOP}/agent-a1", kind="subagent", parent=SHOP)

    assert reader.resolve_session(database, wanted) == f"{SHOP}/agent-a1"


def test_a_title_names_a_session_whatever_its_case(memory: Memory, database: apsw.Connection) -> None:
    memory.session(SHOP, title="Fix the cart")

    assert reader.resolve_session(database, " fix THE cart ") == SHOP


@pytest.mark.parametrize("wanted", ["", "  ", "nothing", "%", "\x00", "'"])
def test_what_names_no_session_is_not_found(wanted: str, memory: Memory, database: apsw.Connection) -> None:
    memory.session(SHOP)

    with pytest.raises(errors.NotFound):
        reader.resolve_session(database, wanted)


# ── which project is meant ──


@pytest.mark.parametrize(
    "wanted",
    [
        "/home/ada/my.shop",
        "/home/ada/my.shop/",
        "my.shop",
        "MY.SHOP",
        "-home-ada-my-shop",
        "/home/ada/my.shop/src/a",
        "sho",
    ],
)
def test_a_project_is_named_by_path_name_encoded_path_inner_path_or_part(
    wanted: str, memory: Memory, database: apsw.Connection
) -> None:
    memory.project("/home/ada/my.shop")
    memory.project("/home/ada/blog")

    assert reader.resolve_project(database, wanted) == ["/home/ada/my.shop"]


def test_a_name_wins_over_a_part_of_another_path(memory: Memory, database: apsw.Connection) -> None:
    memory.project("/home/ada/shop")
    memory.project("/home/ada/shop-old")

    assert reader.resolve_project(database, "shop") == ["/home/ada/shop"]
    assert reader.resolve_project(database, "sho") == ["/home/ada/shop", "/home/ada/shop-old"]
    assert reader.resolve_project(database, "nope") == []


# ── lists ──


def test_sessions_come_newest_first_page_by_page_without_gaps_or_repeats(
    memory: Memory, database: apsw.Connection
) -> None:
    for number in range(7):
        memory.session(f"s{number}", ended_at=f"2026-01-0{1 + number // 2}T00:00:00.000Z")
    memory.session("timeless")

    seen: list[str] = []
    after: str | None = None
    for _ in range(9):
        page, after = reader.list_sessions(database, limit=3, after=after)
        seen += names(page)
        if after is None:
            break

    assert seen == ["s6", "s5", "s4", "s3", "s2", "s1", "s0", "timeless"]


def test_a_session_that_is_written_between_two_pages_shifts_nothing(memory: Memory, database: apsw.Connection) -> None:
    for number in range(4):
        memory.session(f"s{number}", ended_at=f"2026-01-0{1 + number}T00:00:00.000Z")
    first, after = reader.list_sessions(database, limit=2)
    memory.session("new", ended_at="2026-02-01T00:00:00.000Z")

    second, _ = reader.list_sessions(database, limit=2, after=after)

    assert names(first) + names(second) == ["s3", "s2", "s1", "s0"]


def test_sessions_are_chosen_by_project_agent_kind_parent_time_and_deletion(
    memory: Memory, database: apsw.Connection
) -> None:
    memory.session("old", started_at="2026-01-01T00:00:00.000Z", ended_at="2026-01-02T00:00:00.000Z", deleted=True)
    memory.session(
        "new", project="/home/ada/blog", started_at="2026-03-01T00:00:00.000Z", ended_at="2026-03-02T00:00:00.000Z"
    )
    memory.session("other", agent="codex", ended_at="2026-02-02T00:00:00.000Z")
    memory.session("old/agent-1", kind="subagent", parent="old", ended_at="2026-01-01T00:00:00.000Z")

    def found(**chosen: object) -> list[str]:
        return names(reader.list_sessions(database, **chosen)[0])  # type: ignore[arg-type]

    assert found() == ["new", "other", "old"]
    assert found(project="blog") == ["new"]
    assert found(agent="codex") == ["other"]
    assert found(kind="subagent") == ["old/agent-1"]
    assert found(kind=None, parent="old") == ["old/agent-1"]
    assert found(since="2026-02-15T00:00:00.000Z") == ["new"]
    assert found(until="2026-01-15T00:00:00.000Z") == ["old"]
    assert found(deleted=True) == ["old"]
    assert found(deleted=False) == ["new", "other"]


def test_an_unknown_project_and_a_foreign_page_mark_are_refused(memory: Memory, database: apsw.Connection) -> None:
    with pytest.raises(errors.NotFound):
        reader.list_sessions(database, project="nope")
    with pytest.raises(errors.UsageError):
        reader.list_sessions(database, after="page 2")


def test_a_session_row_has_its_facts(memory: Memory, database: apsw.Connection) -> None:
    memory.session(SHOP, title="Fix", branch="main", model="opus", messages=3, input_tokens=7, deleted=True)

    row = reader.session_row(database, SHOP)

    assert (row.title, row.branch, row.model, row.messages, row.input_tokens) == ("Fix", "main", "opus", 3, 7)
    assert (row.project, row.deleted_at_source) == ("/home/ada/shop", True)
    with pytest.raises(errors.NotFound):
        reader.session_row(database, "nope")


def test_projects_count_their_sessions_without_sub_agents(memory: Memory, database: apsw.Connection) -> None:
    memory.session("one", messages=2, ended_at="2026-01-02T00:00:00.000Z")
    memory.session("one/agent-1", kind="subagent", parent="one", messages=3)
    memory.session("two", project="/home/ada/blog", ended_at="2026-01-03T00:00:00.000Z")

    rows = reader.list_projects(database)

    assert [(row.name, row.sessions, row.messages) for row in rows] == [("blog", 1, 0), ("shop", 1, 5)]


# ── one session ──


def test_messages_come_in_order_with_what_stands_beside_first(memory: Memory, database: apsw.Connection) -> None:
    session = memory.session(SHOP)
    for number in range(5):
        memory.say(session, f"m{number}")
    memory.say(session, "a title", role="note", kind="custom-title", position=None)

    whole = reader.read_session(database, SHOP)
    later = reader.read_session(database, SHOP, first=3, count=5)

    assert [message.text for message in whole] == ["a title", "m0", "m1", "m2", "m3", "m4"]
    assert [message.text for message in later] == ["m3", "m4"]


def test_around_puts_a_message_in_the_middle(memory: Memory, database: apsw.Connection) -> None:
    session = memory.session(SHOP)
    for number in range(20):
        memory.say(session, f"m{number}")

    found = reader.read_session(database, SHOP, around=10, count=5)

    assert [message.position for message in found] == [8, 9, 10, 11, 12]


def test_a_message_brings_its_calls_results_and_media_whole(memory: Memory, database: apsw.Connection) -> None:
    session = memory.session(SHOP)
    long = "a line of output\n" * 500
    memory.call(session, "Read", '{"file_path": "/a"}', long, path="/a", extra="and more", is_error=1)
    looked = memory.say(session, "look")
    memory.writer.execute(
        "INSERT INTO media (message_id, kind, media_type, size_bytes) VALUES (?, 'image', 'image/png', 9)", (looked,)
    )

    asked, answered, seen = reader.read_session(database, SHOP)

    assert [call.name for call in asked.calls] == ["Read"]
    assert answered.results[0].result == long
    assert answered.results[0].extra == "and more"
    assert answered.results[0].is_error is True
    assert seen.media == (reader.MediaRow("image", "image/png", 9),)


def test_a_copy_shows_the_calls_of_the_row_that_counts(memory: Memory, database: apsw.Connection) -> None:
    first = memory.session(SHOP)
    second = memory.session(BLOG)
    asked, _ = memory.call(first, "Read")
    memory.copy(asked, second)

    (shown,) = reader.read_session(database, BLOG)

    assert shown.copy_of == asked
    assert [call.name for call in shown.calls] == ["Read"]


def test_a_long_attachment_comes_whole(memory: Memory, database: apsw.Connection) -> None:
    from simple_memory.store import packing

    session = memory.session(SHOP)
    long = "word " * 900
    memory.say(
        session, packing.cut(long), role="attachment", kind="tool_output", packed=packing.pack(long), name="x.txt"
    )

    assert reader.read_session(database, SHOP)[0].text == long


def test_an_unknown_session_is_not_found(database: apsw.Connection) -> None:
    with pytest.raises(errors.NotFound):
        reader.read_session(database, "nope")


# ── counters ──


def test_counters_are_the_counter_row(memory: Memory, database: apsw.Connection) -> None:
    memory.writer.execute("UPDATE counter SET messages = 7, last_sync_at = '2026-01-01T00:00:00.000Z'")

    found = reader.counters(database)

    assert (found.messages, found.last_sync_at, found.sessions) == (7, "2026-01-01T00:00:00.000Z", 0)


def test_what_sqlite_refuses_is_an_error_of_ours(memory: Memory, database: apsw.Connection) -> None:
    memory.writer.execute("DROP VIEW projects")

    with pytest.raises(errors.StoreError):
        reader.list_projects(database)

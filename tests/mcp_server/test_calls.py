"""What the tools answer: cited, fenced, bounded, and in one clear sentence when something is wrong (faults M4)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import apsw
import pytest

from simple_memory import config
from simple_memory.mcp_server import answers, calls, tools
from simple_memory.store import changes, connection
from tests.mcp_server import fakes, rows

EVERY = {
    "search_memory": {"query": "wal"},
    "read_session": {"session": rows.SHOP},
    "list_sessions": {},
    "file_history": {"path": "money.py"},
    "query_memory": {"sql": "SELECT count(*) FROM messages"},
    "memory_status": {},
}


def text_of(memory: calls.Memory, name: str, **given: object) -> str:
    answer = memory.call(name, given)
    assert not answer.is_error, answer.text
    assert len(answer.text.encode()) <= answers.BYTES
    return answer.text


def test_there_is_a_case_for_every_tool() -> None:
    assert set(EVERY) == set(tools.NAMES)


def test_search_cites_its_hits_and_says_how_to_go_on(memory: calls.Memory) -> None:
    text = text_of(memory, "search_memory", query="wal")
    assert f"1. {rows.BLOG}:2 · 2026-01-02 10:02 · blog · assistant reply" in text
    assert "**write-ahead log**" in text
    assert f'read_session {{"session": "{rows.BLOG}:2"}}' in text


def test_a_search_that_finds_nothing_says_how_fresh_it_is(memory: calls.Memory) -> None:
    text = text_of(memory, "search_memory", query="nothing")
    assert "Nothing found" in text
    assert "42 messages are not indexed yet." in text


def test_search_understands_sessions_and_times_as_people_say_them(home: config.Home) -> None:
    kept = fakes.Searcher(home)
    memory = calls.Memory(home, open_searcher=lambda _: kept)
    text_of(
        memory, "search_memory", query="x", session="Write about SQLite", since="2026-01-01", exclude_session=rows.AGENT
    )
    asked = kept.asked[0]
    assert asked.session == rows.BLOG
    assert asked.exclude_session == rows.AGENT
    assert (asked.since or "").startswith("2026-01-01")


def test_a_time_that_means_none_is_answered_with_times_that_do(memory: calls.Memory) -> None:
    answer = memory.call("list_sessions", {"since": "nonsense"})
    assert answer.is_error
    assert "since is no time" in answer.text
    assert "yesterday" in answer.text


def test_a_session_is_read_in_order_with_its_tools(memory: calls.Memory) -> None:
    text = text_of(memory, "read_session", session=rows.SHOP[:8])
    places = [text.index(f"[{position}] ") for position in range(4)]
    assert places == sorted(places)
    assert '→ Read {"file_path": "/home/ada/shop/money.py"}' in text
    assert "← Read (10,800 characters): line of a long tool result" in text


def test_a_citation_is_read_around_its_message(memory: calls.Memory) -> None:
    text = text_of(memory, "read_session", session=f"{rows.SHOP}:3", count=1)
    assert "[3] assistant reply" in text
    assert "[0]" not in text
    assert "Earlier: around=0." in text


def test_a_session_that_goes_on_says_where(memory: calls.Memory) -> None:
    assert "Later: first=2." in text_of(memory, "read_session", session=rows.SHOP, count=2)
    assert "Later" not in text_of(memory, "read_session", session=rows.SHOP, first=2)
    assert "no messages at this place" in text_of(memory, "read_session", session=rows.SHOP, first=99)


def test_sub_agents_can_be_listed_and_read(memory: calls.Memory) -> None:
    assert rows.AGENT not in text_of(memory, "list_sessions")
    assert f"{rows.AGENT} · 2026-01-03 10:00–11:00 · shop" in text_of(memory, "list_sessions", kind="subagent")
    assert "invoice.py" in text_of(memory, "read_session", session="agent-abc123")


@pytest.mark.parametrize("project", ["shop", "/home/ada/shop", "-home-ada-shop", "sho"])
def test_a_project_is_found_by_name_path_encoded_path_or_part(memory: calls.Memory, project: str) -> None:
    text = text_of(memory, "list_sessions", project=project)
    assert rows.SHOP in text
    assert rows.BLOG not in text


def test_pages_of_sessions_are_complete_and_without_repetition(memory: calls.Memory) -> None:
    first = text_of(memory, "list_sessions", limit=1, kind="all")
    seen = [first]
    while "Next page: the same with after=" in seen[-1]:
        after = json.loads(seen[-1].rpartition("after=")[2].rstrip("."))
        seen.append(text_of(memory, "list_sessions", limit=1, kind="all", after=after))
    assert ["agent-abc123" in seen[0], rows.BLOG in seen[1], f"{rows.SHOP} ·" in seen[2], len(seen)] == [
        True,
        True,
        True,
        3,
    ]


def test_a_file_is_found_by_the_end_of_its_path(memory: calls.Memory) -> None:
    text = text_of(memory, "file_history", path="shop/money.py")
    assert f"- {rows.SHOP}:1 · 2026-01-01 10:01 · Read" in text
    assert "No session touched" in text_of(memory, "file_history", path="other.py")


def test_the_history_of_a_file_says_how_many_lines_changed_and_what_failed() -> None:
    def change(**fields: Any) -> changes.Change:
        known: dict[str, None] = dict.fromkeys(("timestamp", "title"))
        return changes.Change(
            path="/x/a.py", session="one", position=3, tool="Edit", **known, action="edited", failed=False,
            project="/x", agent="claude-code",
        )._replace(**fields)  # fmt: skip

    text = answers.file_history("a.py", [change(added=3, removed=1), change(failed=True), change(tool="Read")], 30)

    assert "- one:3 · Edit +3 −1\n- one:3 · Edit failed\n- one:3 · Read" in text


def test_sql_is_answered_as_columns_and_rows(memory: calls.Memory) -> None:
    text = text_of(memory, "query_memory", sql="SELECT role, count(*) AS n FROM messages GROUP BY role")
    assert '["role","n"]\n["assistant",5]\n["user",4]' in text
    joined = "SELECT m.text FROM search('wal') s JOIN messages m ON m.id = s.message_id"
    assert "The write-ahead log keeps pages" in text_of(memory, "query_memory", sql=joined)
    assert "There are more" in text_of(memory, "query_memory", sql="SELECT id FROM messages", limit=2)


def test_status_says_all_of_it_in_text_and_as_facts(memory: calls.Memory) -> None:
    answer = memory.call("memory_status", {})
    assert answer.facts is not None
    assert (answer.facts["sessions"], answer.facts["messages"]) == (2, 9)
    for key, value in answer.facts.items():
        if value not in (None, [], {}):
            assert key in answer.text


@pytest.mark.parametrize(
    ("name", "given_", "said"),
    [
        ("read_session", {"session": "nope"}, "No session matches 'nope'. list_sessions lists them."),
        ("list_sessions", {"project": "shp"}, "No project matches 'shp'. Projects: shop, blog."),
        ("search_memory", {"query": "x", "project": "nope"}, "No project matches 'nope'. Projects: "),
        ("file_history", {"path": "x", "project": "nope"}, "No project matches 'nope'. Projects: "),
        ("list_sessions", {"after": "nope"}, "is not the mark of a page"),
        ("query_memory", {"sql": "DELETE FROM message"}, "Not allowed: DELETE writes."),
        ("query_memory", {"sql": "SELECT tex FROM messages"}, "Did you mean text"),
        ("search_memory", {"query": "broken"}, "The index cannot be opened. memory_status tells more."),
        ("search_memory", {"query": "odd"}, "search_memory failed inside (ZeroDivisionError)"),
    ],
)
def test_an_error_is_one_line_that_names_the_fix(
    memory: calls.Memory, name: str, given_: dict[str, object], said: str
) -> None:
    answer = memory.call(name, given_)
    assert answer.is_error
    assert said in answer.text
    assert "\n" not in answer.text
    assert "/secret" not in answer.text


def test_an_ambiguous_session_lists_candidates_in_one_line(home: config.Home, memory: calls.Memory) -> None:
    writer = connection.open_writer(home)
    writer.execute("UPDATE session SET session = ? WHERE session = ?", (rows.SHOP[:20] + "x", rows.BLOG))
    writer.close()
    answer = memory.call("read_session", {"session": rows.SHOP[:10]})
    assert answer.is_error
    assert rows.SHOP in answer.text
    assert "\n" not in answer.text


@pytest.mark.parametrize("name", tools.NAMES)
@pytest.mark.fault("M4")
def test_a_database_that_another_keeps_locked_is_told_in_one_sentence(
    home: config.Home, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_MS", 50)
    locked = apsw.Connection(home.database)
    locked.execute("PRAGMA locking_mode = EXCLUSIVE")
    locked.execute("BEGIN IMMEDIATE; CREATE TABLE kept (a); COMMIT")
    try:
        memory = calls.Memory(home)
        answer = memory.call(name, EVERY[name])
        memory.close()
    finally:
        locked.close()

    if name == "memory_status":
        assert "busy" in answer.text
    else:
        assert answer.is_error
        assert "locked by another program" in answer.text
        assert "\n" not in answer.text.strip()


@pytest.mark.parametrize("name", tools.NAMES)
@pytest.mark.parametrize("state", ["missing", "damaged", "foreign", "empty"])
@pytest.mark.fault("M4")
def test_without_a_readable_database_each_tool_says_so_in_a_sentence(tmp_path: Path, name: str, state: str) -> None:
    home = config.Home(str(tmp_path / "home"))
    if state == "damaged":
        rows.make(home)
        with open(home.database, "r+b") as file:
            file.seek(100)
            file.write(os.urandom(8092))
    elif state != "missing":
        config.make_home(home)
        Path(home.database).write_bytes(b"" if state == "empty" else b"this is a letter to grandma" * 400)
    memory = calls.Memory(home)
    answer = memory.call(name, EVERY[name])
    assert answer.text
    assert home.root not in answer.text
    assert answer.is_error == (name != "memory_status")
    assert len(answer.text) < (800 if name == "memory_status" else 400)


def test_answers_stay_within_8_kb_whatever_was_stored(home: config.Home, memory: calls.Memory) -> None:
    writer = connection.open_writer(home)
    long = "日本語 <system> \x1b[31m \u202e" * 20_000
    writer.execute("UPDATE message SET text = ?", (long,))
    writer.execute("UPDATE session SET title = ?, branch = ?, model = ?", (long, long, long))
    writer.execute("UPDATE project SET path = path || ?, name = ?", (long, long))
    writer.execute(
        "UPDATE tool_call SET name = ?, input = ?, result = ?, packed = NULL, path = '/' || ? || '/x.py'", (long,) * 4
    )
    writer.close()
    for detail in ("short", "full"):
        for position in range(4):
            text_of(memory, "read_session", session=f"{rows.SHOP}:{position}", detail=detail)
    text_of(memory, "list_sessions", kind="all")
    text_of(memory, "file_history", path="x.py")
    text_of(memory, "query_memory", sql="SELECT text, text, text FROM messages")
    text_of(memory, "query_memory", sql="SELECT * FROM tool_calls")


@pytest.mark.parametrize("count", [1, 10, 50])
def test_hits_stay_within_8_kb_and_none_is_lost(count: int) -> None:
    long = fakes.hit(title="title " * 100, snippet="word \x02hit\x03 日本語 " * 300)
    text = answers.search("x" * 5000, fakes.found(*[long] * count, next="50~x", total=1234, notes=("A note.",)))
    assert len(text.encode()) <= answers.BYTES
    assert f"\n{count}. {rows.BLOG}:2" in text
    assert 'after="50~x"' in text
    assert "1,234 hits" in text


def test_searchers_are_lent_again_but_not_after_a_failure(home: config.Home) -> None:
    opened: list[fakes.Searcher] = []

    def open_one(home: config.Home) -> fakes.Searcher:
        opened.append(fakes.Searcher(home))
        return opened[-1]

    memory = calls.Memory(home, open_searcher=open_one)
    for query in ("a", "b", "odd", "c"):
        memory.call("search_memory", {"query": query})
    assert [searcher.closed for searcher in opened] == [True, False]
    memory.close()
    assert opened[1].closed

"""Every call that named a file is found, by path, end, folder or pattern, once, with its change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from simple_memory.store import changes, connection
from tests import worlds
from tests.builders import transcript
from tests.store.memory import Memory


@pytest.fixture
def memory(world: worlds.World) -> Iterator[Memory]:
    made = Memory(world.home)
    yield made
    made.close()


def find(memory: Memory, path: str, **more: Any) -> list[changes.Change]:
    return changes.find(connection.open_reader(memory.home), path, **more)


def test_calls_are_told_newest_first_or_as_asked(memory: Memory) -> None:
    session = memory.session("one", title="Fix")
    for path, tool in (("/x/b.py", "Read"), ("/x/a.py", "Write"), ("/x/b.py", "Edit")):
        memory.call(session, tool, "{}", path=path)

    assert [(one.tool, one.position) for one in find(memory, "/x")] == [("Edit", 4), ("Write", 2), ("Read", 0)]
    assert [one.tool for one in find(memory, "/x", order="oldest")] == ["Read", "Write", "Edit"]
    assert [one.tool for one in find(memory, "/x", order="path")] == ["Write", "Edit", "Read"]
    assert [one.tool for one in find(memory, "/x", limit=1)] == ["Edit"]
    assert find(memory, "a.py")[0].title == "Fix"


@pytest.fixture
def broad(memory: Memory) -> Memory:
    """Return a memory where 600 files of one folder were read, in sessions that overlap; one has no times."""
    for number in range(6):
        session = memory.session(f"s{number}", project=f"/home/ada/{'shop' if number % 2 else 'blog'}")
        for each in range(100):
            memory.call(session, "Write", "{}", path=f"/x/{each % 7}/{number}-{each}.py")
        memory.writer.execute(
            """
            UPDATE message SET timestamp =
                strftime('%Y-%m-%dT%H:%M:00.000Z', '2026-01-01', (?2 * 70 + position * 7 % 200) || ' minutes')
            WHERE session_id = ?1
            """,
            (session, number * 7 % 6),
        )
        memory.writer.execute(
            """
            UPDATE session SET (started_at, ended_at) = (
                SELECT min(timestamp), max(timestamp) FROM message WHERE session_id = ?1
            ) WHERE id = ?1
            """,
            (session,),
        )
    memory.writer.execute("UPDATE message SET timestamp = NULL WHERE session_id = 3")
    memory.writer.execute("UPDATE session SET started_at = NULL, ended_at = NULL WHERE id IN (3, 4)")
    return memory


@pytest.mark.parametrize("order", ["newest", "oldest", "path"])
@pytest.mark.parametrize("filters", [{}, {"project": "shop"}, {"since": "2026-01-01T05"}, {"until": "2026-01-01T03"}])
def test_a_broad_folder_tells_the_same_order_as_its_files_one_by_one(
    broad: Memory, order: str, filters: dict[str, str]
) -> None:
    apart = [one for folder in range(7) for one in find(broad, f"/x/{folder}", order=order, limit=1000, **filters)]
    numbers = dict(broad.writer.execute("SELECT path, id FROM tool_call"))
    key = {"path": lambda one: one.path}.get(order, lambda one: (one.timestamp or "", numbers[one.path]))
    apart.sort(key=key, reverse=order == "newest")

    assert find(broad, "/x", order=order, limit=1000, **filters) == apart
    assert find(broad, "/x", order=order, limit=30, **filters) == apart[:30]
    assert apart


def test_filters_choose_calls(memory: Memory) -> None:
    memory.call(memory.session("one"), "Read", "{}", path="/x/a.py")
    memory.call(memory.session("two", project="/home/ada/blog", agent="codex"), "Edit", "{}", path="/x/a.py")

    def sessions(**more: Any) -> list[str]:
        return [one.session for one in find(memory, "a.py", **more)]

    assert sessions(project="blog") == ["two"]
    assert sessions(agent="codex") == ["two"]
    assert sessions(tool="read") == ["one"]
    assert sessions(changes_only=True) == ["two"]
    assert sessions(since="2026-01-02T00:00:00.000Z") == []
    assert len(sessions(until="2026-01-02T00:00:00.000Z")) == 2


def test_reading_by_a_tool_for_everything_is_no_change(memory: Memory) -> None:
    memory.call(memory.session("one"), "str_replace_editor", '{"command": "view"}', path="/x/a.py")

    assert [one.action for one in find(memory, "a.py")] == ["read"]
    assert find(memory, "a.py", changes_only=True) == []


def test_a_call_in_two_sessions_is_told_once(memory: Memory) -> None:
    for name in ("one", "two"):
        memory.call(memory.session(name), "Edit", "{}", path="/x/a.py", call_id="same")

    assert [one.session for one in find(memory, "a.py")] == ["one"]


def test_a_failed_edit_changed_nothing_and_shows_what_it_tried(memory: Memory) -> None:
    given = json.dumps({"old_string": "a", "new_string": "b"})
    memory.call(memory.session("one"), "Edit", given, path="/x/a.py", is_error=1)

    (one,) = find(memory, "a.py", with_diff=True)

    assert (one.failed, one.added, one.removed) == (True, None, None)
    assert one.diff == "--- /x/a.py\n+++ /x/a.py\n@@ … @@\n-a\n+b"


def test_the_patch_in_the_transcripts_own_line_is_found_in_the_archive(world: worlds.World) -> None:
    patch = [{"oldStart": 3, "oldLines": 1, "newStart": 3, "newLines": 1, "lines": ["-old", "+new"]}]
    kept = {"filePath": "/x/a.py", "structuredPatch": patch}
    session = transcript.Session().prompt("Write it").call("Write", {"file_path": "/x/a.py", "content": "long " * 900})
    session.result("Written.", extra=kept).reply("Done.").write(world.claude)
    assert world.run("sync").returncode == 0

    answer = world.ask("files", "a.py", "--diff")

    assert answer["touches"][0]["diff"].split("\n")[2:] == ["@@ -3,1 +3,1 @@", "-old", "+new"]
    assert (answer["touches"][0]["added"], answer["touches"][0]["removed"]) == (1, 1)

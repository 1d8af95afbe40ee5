"""docs/json.md is a promise: every field that it names is in the answers; each answer is one line."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scripts import cli_page
from simple_memory import __main__ as program
from simple_memory import errors
from tests import worlds
from tests.builders import transcript

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "json.md"
MODULES = {name: module for name, module, _ in program.COMMANDS}

TEXT = (str,)
NUMBER = (int, float)
MAYBE_TEXT = (str, type(None))
MAYBE_NUMBER = (int, float, type(None))
HIT = {
    "session": TEXT, "agent": TEXT, "project": TEXT, "title": MAYBE_TEXT, "position": MAYBE_NUMBER,
    "message_id": NUMBER, "uuid": MAYBE_TEXT, "role": TEXT, "kind": TEXT, "timestamp": MAYBE_TEXT, "snippet": TEXT,
    "score": NUMBER,
}  # fmt: skip
SESSION = {
    "session": TEXT, "agent": TEXT, "project": TEXT, "title": MAYBE_TEXT, "parent": MAYBE_TEXT, "kind": TEXT,
    "started_at": MAYBE_TEXT, "ended_at": MAYBE_TEXT, "messages": NUMBER, "prompts": NUMBER, "tool_calls": NUMBER,
    "model": MAYBE_TEXT, "branch": MAYBE_TEXT, "deleted_at_source": (bool,),
}  # fmt: skip
MAYBE_NUMBER = (*NUMBER, type(None))
STATUS = {
    "state": TEXT, "healthy": (bool,), "reason": MAYBE_TEXT, "version": TEXT, "home": TEXT,
    "supervisor": (dict, type(None)),
    "workers": (dict,), "database": (dict,), "transcripts": (dict,), "last_sync_at": MAYBE_TEXT,
    "last_error": MAYBE_TEXT, "canary": (dict, type(None)), "disk_free_bytes": MAYBE_NUMBER,
    "last_event_at": MAYBE_TEXT, "last_rescan_at": MAYBE_TEXT,
    "hints": (list,),
}  # fmt: skip
SYNC = {"transcripts": (dict,), "lines": (dict,), "messages": (dict,), "bytes_read": NUMBER, "took_s": NUMBER}
PROJECT: Mapping[str, tuple[type, ...]] = {
    "project": TEXT, "name": TEXT, "sessions": NUMBER, "messages": NUMBER, "started_at": MAYBE_TEXT,
    "ended_at": MAYBE_TEXT, "tokens": NUMBER, "cost_usd": MAYBE_NUMBER, "size_bytes": NUMBER,
}  # fmt: skip
TOUCH: Mapping[str, tuple[type, ...]] = {
    "path": TEXT, "session": TEXT, "position": MAYBE_NUMBER, "timestamp": MAYBE_TEXT, "tool": MAYBE_TEXT,
    "title": MAYBE_TEXT, "action": TEXT, "failed": (bool,), "project": TEXT, "agent": TEXT, "added": MAYBE_NUMBER,
    "removed": MAYBE_NUMBER, "diff": MAYBE_TEXT,
}  # fmt: skip
USAGE: Mapping[str, tuple[type, ...]] = {
    "key": MAYBE_TEXT, "sessions": NUMBER, "subagents": NUMBER, "messages": NUMBER, "prompts": NUMBER,
    "answers": NUMBER, "input_tokens": NUMBER, "output_tokens": NUMBER, "cache_read_tokens": NUMBER,
    "cache_write_tokens": NUMBER, "cost_usd": MAYBE_NUMBER, "unpriced_tokens": NUMBER, "calls": NUMBER,
    "failed": NUMBER, "result_chars": NUMBER,
}  # fmt: skip
RESUME: Mapping[str, tuple[type, ...]] = {
    "session": TEXT, "asked": TEXT, "agent": TEXT, "folder": TEXT, "command": (list,), "variables": (dict,),
    "shell": MAYBE_TEXT, "problems": (list,),
}  # fmt: skip
SQL = {"columns": (list,), "rows": (list,), "truncated": (bool,), "took_ms": NUMBER}
SEARCH = {
    "query": TEXT, "took_ms": NUMBER, "indexed_to": MAYBE_TEXT + NUMBER, "pending": (dict,), "total": NUMBER,
    "hits": (list,), "next": MAYBE_TEXT,
}  # fmt: skip
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
def memory(world: worlds.World) -> worlds.World:
    """Give a world with one session read."""
    if not cli_page.is_there(MODULES["sync"]):
        pytest.skip("`sync` is not in this build")
    session = transcript.Session().prompt("Where is the ledger?").tool("Bash", {"command": "ls"}, result="ledger.txt")
    session.delegate("Look", "Find it").report("Found.").reply("The ledger is here.").title("Ledger hunt")
    session.write(world.claude)
    assert world.run("sync").returncode == 0
    return world


def ask(world: worlds.World, *arguments: str) -> dict[str, Any]:
    if not cli_page.is_there(MODULES[arguments[0]]):
        pytest.skip(f"`{arguments[0]}` is not in this build")
    ended = world.run(*arguments, "--json")
    assert ended.stdout.count("\n") == 1, ended
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def check(answer: dict[str, Any], promised: Mapping[str, tuple[type, ...]]) -> None:
    assert promised.keys() <= answer.keys()
    wrong = {name: answer[name] for name, types in promised.items() if not isinstance(answer[name], types)}
    assert wrong == {}
    times = [answer[name] for name in promised if name.endswith("_at") or name == "timestamp"]
    assert [time for time in times if isinstance(time, str) and not TIME.fullmatch(time)] == []


@pytest.mark.parametrize("fields", [HIT, SESSION, STATUS, SYNC, SQL, SEARCH, PROJECT, TOUCH, USAGE, RESUME], ids=str)
def test_every_promised_field_stands_in_the_page(fields: dict[str, Any]) -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert [name for name in fields if not re.search(rf"`[^`]*\b{name}\b", text)] == []


def test_status_keeps_its_promise_with_a_memory(memory: worlds.World) -> None:
    answer = ask(memory, "status")

    check(answer, STATUS)
    assert {"path", "state", "size_bytes", "messages", "sessions", "projects", "schema_version"} <= answer[
        "database"
    ].keys()
    transcripts = {"seen", "behind", "lag_s", "bytes_pending", "quarantined", "deleted_at_source"}
    assert transcripts <= answer["transcripts"].keys()
    assert answer["database"]["sessions"] == 1
    assert answer["workers"].keys() >= {"sync", "mcp"}


def test_status_keeps_its_promise_where_nothing_is_there(world: worlds.World) -> None:
    answer = ask(world, "status")

    check(answer, STATUS)
    assert (answer["state"], answer["healthy"], answer["database"]["state"]) == ("stopped", False, "missing")


def test_sync_keeps_its_promise(memory: worlds.World) -> None:
    answer = ask(memory, "sync")

    check(answer, SYNC)
    assert answer["transcripts"].keys() >= {"seen", "read", "unchanged", "failed"}
    assert answer["lines"].keys() >= {"read", "quarantined", "pending"}
    assert answer["messages"].keys() >= {"added"}


def test_search_keeps_its_promise(memory: worlds.World) -> None:
    answer = ask(memory, "search", "ledger")

    check(answer, SEARCH)
    assert answer["pending"].keys() >= {"files", "bytes"}
    assert answer["hits"]
    for hit in answer["hits"]:
        check(hit, HIT)
    assert "**ledger**" in answer["hits"][0]["snippet"].lower()


def test_sessions_keep_their_promise(memory: worlds.World) -> None:
    answer = ask(memory, "sessions")

    assert answer.keys() >= {"sessions", "next"}
    check(answer["sessions"][0], SESSION)
    assert answer["sessions"][0]["title"] == "Ledger hunt"


def test_lists_of_projects_files_and_counts_keep_their_promise(memory: worlds.World) -> None:
    session = transcript.Session().prompt("Write").tool("Write", {"file_path": "/a/x.py", "content": "x"})
    session.write(memory.claude)
    assert memory.run("sync").returncode == 0

    projects = ask(memory, "projects")
    touches = ask(memory, "files", "x.py", "--diff")
    counted = ask(memory, "stats", "--by", "day")

    assert projects.keys() >= {"projects", "next"}
    check(projects["projects"][0], PROJECT)
    assert touches.keys() >= {"path", "touches", "more"}
    check(touches["touches"][0], TOUCH)
    assert touches["touches"][0]["added"] == 1
    assert counted.keys() >= {"by", "rows", "total", "prices"}
    for row in (*counted["rows"], counted["total"]):
        check(row, USAGE)
    check(ask(memory, "resume", session.session), RESUME)


def test_sql_keeps_its_promise(memory: worlds.World) -> None:
    answer = ask(memory, "sql", "SELECT session, kind FROM sessions ORDER BY kind")

    check(answer, SQL)
    assert answer["columns"] == ["session", "kind"]
    assert [row[1] for row in answer["rows"]] == ["main", "subagent"]


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (("show", "no-such-session"), "not_found", errors.EXIT_ERROR),
        (("sql", "DROP TABLE message"), "query_refused", errors.EXIT_ERROR),
        (("search",), "usage", errors.EXIT_USAGE),
    ],
    ids=str,
)
def test_an_error_is_an_answer_too(memory: worlds.World, arguments: tuple[str, ...], code: str, exit_code: int) -> None:
    answer = ask(memory, *arguments)

    assert answer["error"].keys() == {"code", "message", "hint"}
    assert answer["error"]["code"] == code
    assert memory.run(*arguments, "--json").returncode == exit_code

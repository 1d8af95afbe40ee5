"""`sessions`, `projects` and `files` from the outside."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from simple_memory import __main__, errors
from tests import worlds
from tests.store.memory import Memory

SHOP = "11111111-1111-4111-8111-111111111111"
SESSION_FIELDS = [
    "session", "agent", "project", "title", "parent", "kind", "started_at", "ended_at", "messages", "prompts",
    "tool_calls", "model", "branch", "deleted_at_source",
]  # fmt: skip


@pytest.fixture
def memory(world: worlds.World) -> Iterator[Memory]:
    made = Memory(world.home)
    shop = made.session(
        SHOP, title="Fix the \x1bcart", ended_at="2026-01-02T10:00:00.000Z", started_at="2026-01-02T09:00:00.000Z"
    )
    made.session(
        "gone",
        project="/home/ada/blog",
        ended_at="2026-01-01T10:00:00.000Z",
        started_at="2026-01-01T09:00:00.000Z",
        deleted=True,
    )
    made.session(f"{SHOP}/agent-a1", kind="subagent", parent=SHOP, ended_at="2026-01-02T09:30:00.000Z")
    made.call(shop, "Edit", path="/home/ada/shop/money.py")
    yield made
    made.close()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = __main__.main(list(arguments))
    done = capsys.readouterr()
    return code, done.out, done.err


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    return [row["session"] for row in json.loads(run(capsys, "sessions", "--json", *arguments)[1])["sessions"]]


def test_sessions_are_a_table_newest_first(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "sessions")
    lines = out.split("\n")

    assert code == 0
    assert lines[0].split() == ["SESSION", "LAST", "MESSAGES", "PROJECT", "TITLE"]
    assert lines[1].startswith("11111111")
    assert "\\x1b" in lines[1]
    assert "deleted at its source" in lines[2]
    assert "\x1b" not in out


def test_sessions_as_json_have_the_promised_fields(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    answer = json.loads(run(capsys, "sessions", "--json", "--limit", "1")[1])

    assert list(answer) == ["sessions", "next"]
    assert list(answer["sessions"][0]) == SESSION_FIELDS
    assert listed(capsys, "--after", answer["next"]) == ["gone"]


def test_sessions_are_chosen(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(capsys) == [SHOP, "gone"]
    assert listed(capsys, "--project", "blog") == ["gone"]
    assert listed(capsys, "--subagents") == [SHOP, f"{SHOP}/agent-a1", "gone"]
    assert listed(capsys, "--deleted") == ["gone"]
    assert listed(capsys, "--since", "2026-01-02") == [SHOP]
    assert listed(capsys, "--until", "2026-01-01") == ["gone"]
    assert listed(capsys, "--agent", "codex") == []


@pytest.mark.parametrize("arguments", [("--since", "soon"), ("--after", "x"), ("--limit", "-1")])
def test_what_is_of_no_form_is_a_usage_error(
    arguments: tuple[str, ...], memory: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "sessions", *arguments)[0] == errors.EXIT_USAGE


def test_no_session_is_said(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "sessions", "--agent", "codex")

    assert (code, out) == (0, "")
    assert "No session matches" in err


def test_projects_are_listed(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "projects")
    answer = json.loads(run(capsys, "projects", "--json")[1])

    assert [line.split()[0] for line in out.splitlines()] == ["PROJECT", "shop", "blog"]
    assert answer["projects"][0] == {
        "project": "/home/ada/shop",
        "name": "shop",
        "sessions": 1,
        "messages": 0,
        "started_at": "2026-01-02T09:00:00.000Z",
        "ended_at": "2026-01-02T10:00:00.000Z",
    }


def test_an_empty_memory_has_no_projects(world: worlds.World, capsys: pytest.CaptureFixture[str]) -> None:
    Memory(world.home).close()

    assert "no project" in run(capsys, "projects")[2]


def test_a_file_is_told_with_every_call_that_named_it(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "files", "money.py")
    answer = json.loads(run(capsys, "files", "money.py", "--json")[1])

    assert out.startswith("/home/ada/shop/money.py\n")
    assert "11111111:0" in out
    assert answer["touches"][0]["tool"] == "Edit"
    assert "No tool was ever given" in run(capsys, "files", "nope.py")[2]


def test_several_files_of_one_name_are_told_apart(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    memory.call(memory.session("other"), "Read", path="/elsewhere/money.py")

    _, out, _ = run(capsys, "files", "money.py")

    assert "/elsewhere/money.py" in out
    assert "/home/ada/shop/money.py" in out

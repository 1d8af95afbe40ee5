"""`sessions`, `projects` and `files` from the outside."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator

import pytest

from simple_memory import __main__, errors
from tests import worlds
from tests.store.memory import Memory

SHOP = "11111111-1111-4111-8111-111111111111"
SESSION_FIELDS = [
    "session", "agent", "project", "title", "parent", "kind", "started_at", "ended_at", "messages", "prompts",
    "tool_calls", "model", "branch", "deleted_at_source", "shown", "tokens", "cost_usd", "unpriced_tokens",
    "duration_s", "size_bytes",
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


@pytest.mark.parametrize(
    ("order", "head"),
    [("tokens", "TOKENS"), ("cost", "COST"), ("duration", "TIME"), ("size", "SIZE"), ("oldest", "FIRST")],
)
def test_what_the_table_is_sorted_by_has_a_column(
    order: str, head: str, memory: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = run(capsys, "sessions", "--sort", order)[1].split("\n")

    assert lines[0].split() == ["SESSION", "LAST", "MESSAGES", head, "PROJECT", "TITLE"]
    assert all(len(line) >= lines[0].index("TITLE") for line in lines[1:3])


def test_a_page_of_another_order_is_refused(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    mark = json.loads(run(capsys, "sessions", "--sort", "size", "--limit", "1", "--json")[1])["next"]

    assert listed(capsys, "--sort", "size", "--after", mark) != []
    for arguments in (
        ("--after", mark),
        ("--sort", "tokens", "--after", mark),
        ("--sort", "size", "--after", "size~x~1"),
    ):
        assert run(capsys, "sessions", *arguments)[0] == errors.EXIT_USAGE
    assert run(capsys, "projects", "--after", "nothing")[0] == errors.EXIT_USAGE


def test_projects_are_chosen_sorted_and_paged(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    def named(*arguments: str) -> list[str]:
        return [one["name"] for one in json.loads(run(capsys, "projects", "--json", *arguments)[1])["projects"]]

    assert named("--sort", "oldest") == named("--sort", "name") == ["blog", "shop"]
    assert named("--since", "2026-01-02") == ["shop"]
    assert named("--project", "blog") == ["blog"]
    following = json.loads(run(capsys, "projects", "--json", "--limit", "1")[1])["next"]
    assert named("--after", following) == ["blog"]
    assert f"--after {following}" in run(capsys, "projects", "--limit", "1")[2]
    assert "No project matches" in run(capsys, "projects", "--agent", "codex")[2]


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
        "tokens": 0,
        "cost_usd": 0.0,
        "size_bytes": 0,
    }
    assert answer["next"] is None


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


def test_a_change_is_shown_as_a_diff_and_a_long_one_is_cut(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    given = {"old_string": "\n".join(map(str, range(50))), "new_string": "\x1b[31m" + "new"}
    memory.call(memory.session("other"), "Edit", json.dumps(given), path="/x/long.py")

    _, out, _ = run(capsys, "files", "long.py", "--diff")
    whole = run(capsys, "files", "long.py", "--full")[1]

    assert "+1 −50" in out
    assert "    -0\n    -1\n" in out
    assert "… 12 more lines: --full" in out
    assert "    -49\n    +\\x1b[31mnew\n" in whole
    assert "\x1b" not in whole


def test_keys_in_a_change_are_hidden(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    key = "ghp_" + "a1B2c3D4" * 4 + "e5F6"
    memory.call(memory.session("other"), "Write", json.dumps({"content": f"TOKEN={key}\n"}), path="/x/env")

    for more in ((), ("--json",)):
        assert key not in run(capsys, "files", "/x/env", "--diff", *more)[1]
    assert key in run(capsys, "files", "/x/env", "--diff", "--reveal")[1]


def test_more_calls_than_were_asked_for_are_said(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    memory.call(memory.session("other"), "Read", path="/home/ada/shop/money.py")

    assert "more than 1" in run(capsys, "files", "money.py", "--limit", "1")[2]
    assert json.loads(run(capsys, "files", "money.py", "--limit", "1", "--json")[1])["more"] is True
    assert "under these conditions" in run(capsys, "files", "money.py", "--tool", "Nope")[2]


@pytest.mark.parametrize("days", ["x", "-5", "0", "1.5"])
def test_days_until_deletion_are_a_whole_number(memory: Memory, capsys: pytest.CaptureFixture[str], days: str) -> None:
    code, _, err = run(capsys, "sessions", "--expiring", days)

    assert code == errors.EXIT_USAGE
    assert "must be a whole number" in err or "expected" in err


class Terminal(io.StringIO):
    """What is written to it, and the answer that it is a terminal."""

    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch, columns: int, *arguments: str) -> list[str]:
    """Return the lines of a command's answer on a terminal of so many columns without colour."""
    screen = Terminal()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", screen)
        patch.setenv("COLUMNS", str(columns))
        patch.setenv("NO_COLOR", "1")
        assert __main__.main(list(arguments)) == 0
    return screen.getvalue().splitlines()


@pytest.fixture
def long_names(memory: Memory) -> Memory:
    deep = "/home/ada/clients/a-client-with-a-long-name/the-shop-of-the-client"
    made = memory.session("deep", title="A title of many words " * 6, project=deep, ended_at="2026-01-03T10:00:00.000Z")
    memory.call(made, "Edit", path=f"{deep}/src/baskets/money.py")
    memory.call(made, "MultiEdit", path=f"{deep}/src/baskets/total.py")
    return memory


@pytest.mark.parametrize("columns", [80, 100])
@pytest.mark.parametrize(
    "arguments",
    [
        ("sessions",),
        ("sessions", "--subagents"),
        ("sessions", "--sort", "cost"),
        ("sessions", "--sort", "duration"),
        ("sessions", "--sort", "size"),
        ("projects",),
        ("files", "clients"),
        ("files", "baskets/money.py"),
    ],
)
def test_no_line_of_a_list_is_wider_than_the_terminal(
    long_names: Memory, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], columns: int
) -> None:
    lines = on_terminal(monkeypatch, columns, *arguments)

    assert len(lines) > 1
    assert max(map(len, [line for line in lines if not line.startswith("/")])) <= columns


def test_on_a_narrow_terminal_a_project_is_named_by_the_end_of_its_directory(
    long_names: Memory, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    narrow = on_terminal(monkeypatch, 80, "projects")
    _, whole, _ = run(capsys, "projects")

    assert narrow[0].split() == ["SESSIONS", "MESSAGES", "TOKENS", "COST", "LAST", "DIRECTORY"]
    assert narrow[0].index("DIRECTORY") == narrow[1].index("…")
    assert narrow[1].endswith("the-shop-of-the-client")
    assert "/home/ada/clients/a-client-with-a-long-name/the-shop-of-the-client" in whole


def test_on_a_narrow_terminal_titles_give_way_to_the_files(
    long_names: Memory, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    narrow = on_terminal(monkeypatch, 80, "files", "clients")
    _, whole, _ = run(capsys, "files", "clients")

    assert {line.rpartition("/")[2] for line in narrow} == {"money.py", "total.py"}
    assert all("A title" not in line for line in narrow)
    assert all("A title" in line for line in whole.splitlines())


def test_an_empty_memory_is_told_apart_from_a_choice_that_nothing_fits(
    world: worlds.World,
) -> None:
    assert world.run("sync").returncode == 0
    assert world.run("sessions").stderr == "There is no session in the memory yet.\n"
    assert world.run("sessions", "--deleted").stderr == "No session matches.\n"
    assert "`simple-memory status` tells why" in world.run("search", "basket").stderr

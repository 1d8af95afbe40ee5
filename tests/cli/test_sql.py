"""`sql`: one question, a table for people, JSON for programs."""

from __future__ import annotations

import argparse
import json
import subprocess

import pytest

from simple_memory import config, errors
from simple_memory.cli import sql
from simple_memory.store import sandbox
from tests import worlds
from tests.mcp_server import rows


@pytest.fixture
def stored(world: worlds.World) -> worlds.World:
    rows.make(world.home)
    return world


def test_rows_come_as_an_aligned_table(stored: worlds.World) -> None:
    ended = stored.run("sql", "SELECT role, count(*) AS n, NULL AS x FROM messages GROUP BY role")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "role       n  x\nassistant  5\nuser       4\n"
    assert ended.stderr == ""


def test_json_is_as_promised(stored: worlds.World) -> None:
    answer = stored.ask("sql", "SELECT id, text, x'0102' AS b FROM messages ORDER BY id", "--limit", "2")
    assert set(answer) == {"columns", "rows", "truncated", "took_ms"}
    assert answer["columns"] == ["id", "text", "b"]
    assert answer["rows"][0] == [1, "The cart total is wrong by one cent", "x'0102'"]
    assert len(answer["rows"]) == 2
    assert answer["truncated"] is True


def test_json_holds_whole_texts(stored: worlds.World) -> None:
    assert stored.ask("sql", "SELECT result FROM tool_calls")["rows"] == [[rows.LONG]]


def test_a_cut_answer_says_so(stored: worlds.World) -> None:
    ended = stored.run("sql", "SELECT id FROM messages", "--limit", "2")
    assert "more rows than 2" in ended.stderr


def test_the_statement_may_come_from_standard_input(stored: worlds.World) -> None:
    ended = stored.run("sql", "-", text="SELECT count(*) AS n\nFROM messages;\n")
    assert ended.stdout == "n\n9\n"


def test_what_is_refused_is_told_with_its_fix(stored: worlds.World) -> None:
    ended = stored.run("sql", "SELECT tex FROM messages")
    assert (ended.returncode, ended.stdout) == (errors.EXIT_ERROR, "")
    assert "Did you mean text" in ended.stderr
    answer = stored.ask("sql", "DELETE FROM message")
    assert answer["error"]["code"] == "query_refused"
    assert "nothing can be changed" in answer["error"]["hint"]


@pytest.mark.parametrize("limit", ["0", "-1", "many", "1.5"])
def test_a_limit_that_is_none_is_a_matter_of_usage(stored: worlds.World, limit: str) -> None:
    assert stored.run("sql", "SELECT 1", f"--limit={limit}").returncode == errors.EXIT_USAGE


def test_without_a_memory_it_says_what_to_do(world: worlds.World) -> None:
    ended = world.run("sql", "SELECT 1")
    assert ended.returncode == errors.EXIT_ERROR
    assert "no memory yet" in ended.stderr


def test_what_a_terminal_would_obey_is_escaped(stored: worlds.World) -> None:
    ended = stored.run("sql", "SELECT char(27) || '[2J' || char(8238) AS x, 'a' || char(10) || 'b' AS y")
    assert "\x1b" not in ended.stdout
    assert "\u202e" not in ended.stdout
    assert len(ended.stdout.splitlines()) == 2


def test_on_a_terminal_wide_columns_are_cut() -> None:
    result = sandbox.Result(("text", "n"), (("x" * 500, 5), ("y", None)), truncated=False, took_ms=1.0)
    lines = sql.table(result, 60)
    assert [len(line) for line in lines] == [63, 63, 1]
    assert lines[1].endswith("…  5")
    assert len(sql.table(result, None)[1]) == 503


def test_words_can_be_searched_in_sql(stored: worlds.World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "_search", lambda _home, words, **_: [[5, rows.BLOG, 0, 1.5, f"**{words}**"]])
    parser = argparse.ArgumentParser()
    sql.add_arguments(parser)
    statement = "SELECT m.id, s.snippet FROM search('wal') s JOIN messages m ON m.id = s.message_id"
    assert sql.run(parser.parse_args([statement])) == 0


def test_ctrl_c_leaves_no_process_behind(stored: worlds.World) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    asked = stored.spawn("sql", endless)

    def children() -> list[str]:
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(asked.pid)], capture_output=True, text=True, check=False
        )
        return found.stdout.split()

    assert worlds.reached(children)
    child = int(children()[0])
    asked.send_signal(2)
    assert asked.wait(worlds.BOUND_S) == errors.EXIT_INTERRUPTED
    assert worlds.reached(lambda: subprocess.run(["ps", "-p", str(child)], capture_output=True, check=False).returncode)


def test_a_process_that_is_ended_in_the_middle_of_a_question_is_no_error_of_its_own() -> None:
    child = sandbox._Child()
    child.input.write(b"half a question")

    child.end()

    assert child.process.returncode is not None


def test_the_table_of_no_rows_is_its_columns() -> None:
    assert sql.table(sandbox.Result(("a", "b"), (), truncated=False, took_ms=1.0), None) == ["a  b"]


def test_the_home_is_the_one_that_the_environment_names(stored: worlds.World) -> None:
    assert config.find_home().root == stored.home.root
    assert json.loads(stored.run("sql", "SELECT 1 AS one", "--json").stdout)["rows"] == [[1]]

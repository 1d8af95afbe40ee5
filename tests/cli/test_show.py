"""`show` from the outside: text, Markdown, HTML, JSON."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from simple_memory import __main__, errors
from tests import worlds
from tests.store.memory import Memory

SHOP = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def memory(world: worlds.World) -> Iterator[Memory]:
    made = Memory(world.home)
    session = made.session(SHOP, title="Fix: <cart>", branch="main", shown=5)
    made.say(session, "please <script>alert(1)</script> \x1b[31mlook")
    made.say(session, "\n".join(f"thought {number}" for number in range(20)), role="assistant", kind="thinking")
    made.call(
        session, "Read", '{"file_path": "/a/money.py"}', "an output\n" * 400, path="/a/money.py", output_name="big.txt"
    )
    made.call(session, "Bash", '{"command": "make test"}', "it broke", is_error=1)
    made.reply(session, "all ``` done")
    made.say(session, "off-loaded words", role="attachment", kind="tool_output", name="big.txt", position=None)
    made.session(f"{SHOP}/agent-a1", kind="subagent", parent=SHOP, title="Look for rounding")
    made.writer.execute(
        "INSERT INTO media (message_id, kind, media_type, size_bytes) VALUES (1, 'image', 'image/png', 9)"
    )
    yield made
    made.close()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = __main__.main(["show", *arguments])
    done = capsys.readouterr()
    return code, done.out, done.err


def test_what_was_said_is_whole_and_tools_are_folded(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "1111")

    assert code == 0
    assert "please <script>" in out
    assert "2 → Read /a/money.py" in out
    assert "401 lines, 4 k characters  off-loaded: big.txt" in out
    assert "← failed it broke" in out
    assert "thought 3" in out
    assert "thought 4" not in out
    assert "… 16 more lines" in out
    assert "[image image/png 9 bytes]" in out


def test_sub_agents_and_off_loaded_outputs_are_named(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "1111")

    assert "sub-agent agent-a1" in out
    assert "Look for rounding" in out
    assert "off-loaded output big.txt" in out


def test_full_unfolds_everything(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "1111", "--full")

    assert "thought 19" in out
    assert out.count("an output") == 400
    assert "off-loaded words" in out


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_nothing_that_a_terminal_obeys_comes_out(form: str, memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "1111", "--format", form, "--full")

    assert "\x1b" not in out
    assert "\\x1b[31mlook" in out


def test_a_message_stands_among_its_neighbours_and_is_marked(
    memory: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run(capsys, "1111:6", "--around", "1")

    assert "▶6 assistant" in out
    assert "← failed it broke" in out
    assert "please" not in out


def test_a_message_that_is_not_there_is_said_before_anything_is_shown(
    memory: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "1111:999")

    assert (code, out) == (errors.EXIT_ERROR, "")
    assert "has no message 999" in err


def test_a_title_with_a_colon_names_its_session(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    memory.session("other", title="Part: 2")

    assert run(capsys, "part: 2")[0] == 0


def test_around_needs_a_message(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "1111", "--around", "2")[0] == errors.EXIT_USAGE
    assert run(capsys, "1111:1", "--around", "x")[0] == errors.EXIT_USAGE


def test_html_stands_alone_and_escapes_what_is_stored(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "1111", "--format", "html")

    assert "<script" not in out
    assert "&lt;script&gt;alert(1)" in out
    assert "default-src 'none'" in out
    assert "<title>Fix: &lt;cart&gt;</title>" in out
    assert out.count("<article") == out.count("</article>") == 8
    assert "src=" not in out.replace("default-src=", "")
    assert "http://" not in out


def test_a_fence_of_markdown_cannot_be_closed_from_inside(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    memory.call(1, result="before\n````\nafter")

    _, out, _ = run(capsys, "1111", "--format", "markdown")

    assert "`````\nbefore\n````\nafter\n`````" in out
    assert "# Fix: <cart>" in out


@pytest.mark.parametrize("arguments", [("--json",), ("--format", "json")])
def test_json_is_whole(arguments: tuple[str, ...], memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "1111", *arguments)
    shown = json.loads(out)

    assert shown["session"]["session"] == SHOP
    assert shown["subagents"] == [f"{SHOP}/agent-a1"]
    assert [message["position"] for message in shown["messages"]] == [None, *range(7)]
    assert shown["messages"][4]["results"][0]["result"] == "an output\n" * 400
    assert shown["messages"][1]["media"] == [{"kind": "image", "media_type": "image/png", "size_bytes": 9}]


def test_a_long_session_is_read_page_by_page(
    memory: Memory, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simple_memory.cli.show.PAGE", 2)
    long = memory.session("long")
    for number in range(7):
        memory.say(long, f"word{number}")

    _, out, _ = run(capsys, "long")

    assert [f"word{number}" in out for number in range(7)] == [True] * 7
    assert out.count("word3") == 1


def test_an_ambiguous_or_unknown_session_is_said(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    memory.session("1112")

    assert "More than one session" in run(capsys, "11")[2]
    assert "No session matches" in run(capsys, "nope")[2]


def test_a_reader_that_leaves_early_is_no_trouble(memory: Memory, world: worlds.World) -> None:
    long = memory.session("long")
    for _ in range(3000):
        memory.say(long, "a line of many words " * 10)
    with subprocess.Popen(
        world.command("show", "long"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=world.environment()
    ) as started:
        assert started.stdout is not None
        assert started.stderr is not None
        assert started.stdout.readline()
        started.stdout.close()
        said = started.stderr.read()
        started.wait(20)

    assert b"Traceback" not in said

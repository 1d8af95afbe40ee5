"""`show` from the outside: text, Markdown, HTML, JSON."""

from __future__ import annotations

import html.parser
import json
import re
import subprocess
import sys
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
    assert out.count("<article") == out.count("</article>") == 3
    assert out.count("<details") == out.count("</details>")
    assert "src=" not in out.replace("default-src=", "")
    assert "http://" not in out


def test_html_folds_work_and_puts_a_result_with_its_call(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "1111", "--format", "html")

    assert "<details><summary>1–5: 2 calls: 1 Read, 1 Bash; 1 thought; 1 failed; 4.06 k characters</summary>" in out
    assert out.count(">output</span>") == 400
    assert '<div id="m3">' in out
    assert '<details><summary class="failed">→ Bash make test  ← failed (8 characters)</summary>' in out
    assert "<details open>" in run(capsys, "1111", "--format", "html", "--full")[1]


def test_code_is_coloured_for_light_and_dark_readers(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    said = memory.session("code")
    memory.reply(said, "Look:\n```python\nclass Basket: pass\n```\nand\n```no-such-language\nx < y\n```\n")
    memory.call(said, "Read", "{}", "     1→def total():\n     2→    return 1", path="/a/money.py")
    memory.call(said, "Edit", '{"old_string": "a", "new_string": "b"}', "ok", path="/a/money.py")
    memory.reply(said, "```python\n" + "x = 1\n" * 10_000 + "```\n")

    _, out, _ = run(capsys, "code", "--format", "html")

    assert '<span class="h-k">class</span>' in out
    assert '<span class="h-k">def</span>' in out
    assert "1→" not in out
    assert '<span class="h-gi">+b</span>' in out
    assert "<pre>x &lt; y\n</pre>" in out
    assert out.count("@media(prefers-color-scheme:dark)") == 1
    assert out.count('class="h-n"') < 1_000, "a very long text stays plain"


def test_no_command_but_one_that_writes_a_page_loads_pygments(memory: Memory, world: worlds.World) -> None:
    for form, loads in (("text", False), ("markdown", False), ("json", False), ("html", True)):
        code = (
            "import sys; from simple_memory import __main__ as program, cli; import simple_memory.cli.export;"
            f"program.main(['show', '1111', '--format', '{form}']); print('pygments' in sys.modules, file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], env=world.environment(), capture_output=True, text=True, check=True
        )
        assert done.stderr.strip() == str(loads), form


def test_a_sub_agent_stands_in_the_page_and_its_call_leads_to_it(
    memory: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    given = '{"prompt": "Look for rounding", "subagent_type": "x"}'
    memory.call(1, "Task", given, "Found.")
    memory.call(1, "Task", '{"prompt": "Else"}', "Done. agentId: b2")
    inner = memory.session(f"{SHOP}/agent-b2", kind="subagent", parent=SHOP, title="Other")
    memory.say(inner, "sub-agent's words")
    memory.say(memory.session(f"{SHOP}/agent-c3", kind="subagent", parent=f"{SHOP}/agent-b2"), "deeper words")

    _, out, _ = run(capsys, "1111", "--format", "html")

    for name in ("a1", "b2"):
        assert out.count(f'href="#{SHOP}-agent-{name}"') == 2
        assert out.count(f'<section id="{SHOP}-agent-{name}">') == 1
    assert "sub-agent&#x27;s words" in out
    assert "deeper words" in out
    assert "sub-agent&#x27;s words" not in run(capsys, "1111:0", "--format", "html")[1]


class Tags(html.parser.HTMLParser):
    """Sees that every tag is closed where it was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def assert_well_formed(page: str) -> None:
    tags = Tags()
    tags.feed(page)
    tags.close()
    assert tags.open == []


EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&\x1b[31m\u202e"


def test_a_hostile_transcript_is_harmless_in_every_field(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    evil = memory.session(
        "evil", project=f"/p/{EVIL}", agent=EVIL, title=EVIL, model=EVIL, branch=EVIL, started_at=EVIL
    )
    memory.say(evil, f"{EVIL}\n```{EVIL}\n{EVIL}\n```\n", kind=EVIL, timestamp=EVIL, name=EVIL)
    for kind in ("thinking", "meta"):
        memory.say(evil, EVIL, kind=kind, name=EVIL)
    memory.say(evil, EVIL, role="attachment", kind="file", name=EVIL, position=None)
    given = json.dumps({"command": EVIL, EVIL: [EVIL], "prompt": EVIL})
    for name in (EVIL, "Bash", "Read", "Task"):
        for is_error in (0, 1):
            memory.call(evil, name, given, EVIL, path=EVIL, extra=EVIL, output_name=EVIL, is_error=is_error)
    memory.call(evil, "Edit", json.dumps({"old_string": EVIL, "new_string": EVIL * 2}), EVIL, path=EVIL)
    memory.call(evil, "Bash", EVIL, "{" + EVIL + "}")
    memory.say(memory.session(f"evil/agent-{EVIL}", kind="subagent", parent="evil", title=EVIL), EVIL)
    memory.writer.execute(
        "INSERT INTO media (message_id, kind, media_type, size_bytes) VALUES (10, ?1, ?1, 9)", (EVIL,)
    )

    _, out, _ = run(capsys, "evil", "--format", "html", "--full")
    tags = set(re.findall(r"<\s*/?([a-zA-Z!][\w-]*)", out))

    assert tags <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "dl", "div", "article", "section", "time", "pre",
        "span", "details", "summary", "p", "a", "!doctype",
    }  # fmt: skip
    assert re.findall(r"<[^>]*\son\w+\s*=", out) == []
    assert re.findall(r"<[^>]*(?:src|href)=(?!\"#)", out.replace("default-src", "")) == []
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert out.count("alert(1)") > 20
    assert_well_formed(out)


def test_many_calls_in_a_row_are_one_line_unless_a_place_is_asked_for(
    memory: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    long = memory.session("long")
    memory.say(long, "please")
    for number in range(9):
        memory.call(long, "Read" if number < 5 else "Bash", '{"command": "make"}', "x" * 2000, is_error=number == 8)
    memory.reply(long, "done")

    _, out, _ = run(capsys, "long")

    assert "  1–18 → 9 calls: 5 Read, 4 Bash; 1 failed; 18.2 k characters\n" in out
    assert out.count("→") == 1
    assert run(capsys, "long", "--full")[1].count("→ ") == 9
    assert run(capsys, "long:5", "--around", "20")[1].count("→ ") == 9


def test_a_fence_of_markdown_cannot_be_closed_from_inside(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    memory.call(1, result="before\n````\nafter")

    _, out, _ = run(capsys, "1111", "--format", "markdown")

    assert "`````\nbefore\n````\nafter\n`````" in out
    assert "# Fix: \\<cart\\>" in out


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


def test_names_in_markdown_are_text_and_no_markup(memory: Memory, capsys: pytest.CaptureFixture[str]) -> None:
    evil = memory.session("evil", project=f"/p/{EVIL}", title=f"![x](http://evil/) # {EVIL} `code`", branch=EVIL)
    memory.say(evil, "said", name=f"`{EVIL}`")
    memory.call(evil, f"**{EVIL}**", "{}", EVIL, output_name=EVIL)

    out = run(capsys, "evil", "--format", "markdown")[1]
    outside = re.sub(r"(?ms)^(```+)\S*\n.*?^\1$", "", out)

    assert "# \\!\\[x\\]" in out or "# !\\[x\\]" in out
    assert re.findall(r"(?<!\\)(<|\]\()", outside) == []
    assert "\x1b" not in out

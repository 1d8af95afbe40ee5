"""Claude Code keeps the contract of a source, and its records say what the store promises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from simple_memory import model
from simple_memory.sources import claude_code
from simple_memory.sources.claude_code import tool_results
from tests.builders import records, transcript
from tests.sources import source_contract
from tests.sync import stores

SESSION = records.uuid_of("session")


def all_kinds() -> tuple[bytes, ...]:
    session = transcript.Session(session=SESSION).meta("a caveat").prompt("Where?", blocks=[records.image(b"png")])
    session.thinking("Hm.").reply("There.").command("review", "it", "printed").shell("ls", "a").api_error()
    session.tool("Bash", {"command": "ls"}, result="a").tool("Read", {"file_path": "/a"}, result="text")
    session.call("Write", {"file_path": "/b", "content": "c"}).interrupt().compact("all so far").progress()
    session.attachment("queued_command", prompt="typed while busy").attachment("file", filename="/a", content="words")
    session.queue("enqueue", "typed early").queue("dequeue").title("The title").ai_title("A title").last_prompt(
        "Where?"
    )
    session.summary("what it was about").snapshot().system("turn_duration", durationMs=4).system(None, "old form")
    session.note(records.state("mode", session=SESSION, mode="plan")).offloaded("make", "long " * 900)
    session.delegate("Look", "Find it", layout="inline").tool("Grep", {"pattern": "x"}).report("found")
    return tuple(session.lines)


class TestContract(source_contract.SourceContract):
    source = claude_code.ClaudeCode()
    line_paths = (
        f"-home-ada/{SESSION}.jsonl",
        "-home-ada/agent-abc.jsonl",
        f"-home-ada/{SESSION}/subagents/agent-abc.jsonl",
        f"-home-ada/{SESSION}/subagents/workflows/wf_1/agent-abc.jsonl",
        f"-home-ada/{SESSION}/subagents/workflows/wf_1/journal.jsonl",
    )
    lines = all_kinds()
    whole_paths = (f"-home-ada/{SESSION}/tool-results/abc.txt", f"-home-ada/{SESSION}/subagents/agent-abc.meta.json")
    foreign_paths = (
        "-home-ada/memory/notes.md",
        "-home-ada/sessions-index.json",
        "-home-ada/s.jsonl.wakatime",
        "loose.jsonl",
    )


def read(record: records.Record) -> model.Message:
    place = claude_code.ClaudeCode().place("/root", f"/root/-p/{SESSION}.jsonl")
    assert place is not None
    (reading,) = claude_code.ClaudeCode().read_line(records.line(record), place).readings
    assert reading.message is not None
    return reading.message


TYPED: tuple[tuple[str, Any, dict[str, Any]], ...] = (
    ("meta", "x", {"isMeta": True, "isCompactSummary": True}),
    ("compact_summary", "x", {"isCompactSummary": True, "isSidechain": True}),
    ("tool_result", [records.tool_result("x", call="c")], {"isSidechain": True}),
    ("sidechain", "x", {"isSidechain": True}),
    ("sidechain", "x", {"teamName": "crew"}),
    ("interrupt", "[Request interrupted by user for tool use]", {}),
    ("command", "<command-name>/x</command-name>", {}),
    ("shell_input", "<bash-input>ls</bash-input>", {}),
    ("injected", "<local-command-stdout>x</local-command-stdout>", {}),
    ("injected", "<system-reminder>x</system-reminder>", {}),
    ("injected", "Implement the following plan:\nx", {"planContent": "x"}),
    ("prompt", "Implement the following plan:\nx", {}),
    ("ide_context", "<ide_opened_file>a</ide_opened_file>", {}),
    ("prompt", "<ide_opened_file>a</ide_opened_file> and then?", {}),
    ("empty", "  ", {}),
    ("prompt", [records.image(b"png")], {}),
    ("prompt", "Where is it?", {}),
)


@pytest.mark.parametrize(("kind", "content", "more"), TYPED)
def test_a_user_record_is_of_the_first_kind_that_fits(kind: str, content: Any, more: dict[str, Any]) -> None:
    assert read(records.user(content, **more)).kind == kind


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        ("thinking", records.assistant([records.thinking("hm")])),
        ("thinking", records.assistant([records.redacted_thinking()])),
        ("reply", records.assistant([records.text("yes"), records.tool_use("X", {}, call="c")])),
        ("tool_call", records.assistant([records.tool_use("X", {}, call="c")])),
        ("notice", records.api_error()),
    ],
)
def test_an_assistant_record_is_of_the_kind_of_what_it_holds(kind: str, record: records.Record) -> None:
    assert read(record).kind == kind


def test_a_result_is_read_once_though_it_stands_in_the_record_twice() -> None:
    block = records.tool_result("     1\u2192one\n     2\u2192two", call="c")
    kept = {"type": "text", "file": {"content": "one\ntwo", "filePath": "/a"}}
    (result,) = read(records.user([block], toolUseResult=kept)).results
    assert (result.text, result.extra) == ("     1\u2192one\n     2\u2192two", "")


def test_what_only_the_agent_kept_of_a_result_is_read_too() -> None:
    block = records.tool_result("short", call="c", is_error=True)
    (result,) = read(records.user([block], toolUseResult={"stdout": "short", "stderr": "a warning"})).results
    assert (result.text, result.extra, result.is_error) == ("short", "a warning", True)


class _Counted(str):
    """A text that counts how often something is looked for in it."""

    __slots__ = ("looked",)

    def __contains__(self, part: object) -> bool:
        self.looked = getattr(self, "looked", 0) + 1
        return super().__contains__(str(part))


def test_what_only_the_agent_kept_of_many_names_is_told_and_the_text_is_searched_a_few_times() -> None:
    names = [f"/shop/basket/part_{number}.py" for number in range(500)]
    seen = _Counted("\n".join(names[:400]))
    raw = msgspec.Raw(msgspec.json.encode({"filenames": names, "numFiles": 500, "truncated": True}))
    extra, _ = tool_results.extra_text(raw, seen)
    assert extra.split("\n") == names[400:]
    assert seen.looked < 50


def remember(tmp_path: Path, *sessions: transcript.Session) -> stores.Memory:
    for session in sessions:
        session.write(tmp_path / "claude")
    memory = stores.Memory(tmp_path, tmp_path / "claude")
    memory.engine.open()
    return memory.sync()


def test_the_best_title_names_the_session_and_of_equals_the_last(tmp_path: Path) -> None:
    session = transcript.Session(session=SESSION)
    steps: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: session.prompt("the first prompt").prompt("the second"), "the first prompt"),
        (lambda: session.summary("a summary"), "a summary"),
        (lambda: session.last_prompt("the last prompt"), "the last prompt"),
        (lambda: session.ai_title("an agent's title").last_prompt("newer"), "an agent's title"),
        (lambda: session.title("a person's title").ai_title("newer"), "a person's title"),
        (lambda: session.title("a newer one"), "a newer one"),
    )
    with remember(tmp_path) as memory:
        for write, title in steps:
            write()
            session.write(tmp_path / "claude")
            memory.sync()
            assert memory.one("SELECT title FROM sessions") == title


@pytest.mark.parametrize(
    ("tool", "given", "path"),
    [
        ("Edit", {"file_path": "/a/x.py", "path": "/b"}, "/a/x.py"),
        ("NotebookEdit", {"notebook_path": "/a/x.ipynb"}, "/a/x.ipynb"),
        ("mcp__filesystem__write_file", {"path": "/a/x.py"}, "/a/x.py"),
        ("mcp__filesystem__move_file", {"source": "/a/x.py", "destination": "/a/y.py"}, "/a/x.py"),
        ("mcp__filesystem__read_multiple_files", {"path": ["/a/x.py"]}, None),
        ("Grep", {"path": "/a"}, None),
    ],
)
def test_the_file_that_a_tool_names_is_known(
    tmp_path: Path, tool: str, given: dict[str, Any], path: str | None
) -> None:
    with remember(tmp_path, transcript.Session().prompt("go").tool(tool, given)) as memory:
        assert memory.one("SELECT path FROM tool_calls") == path


def test_tokens_count_once_per_answer_with_the_largest_output(tmp_path: Path) -> None:
    session = transcript.Session().prompt("go").thinking("hm").reply("yes").tool("Bash", {}, result="x").reply("done")
    fork = session.fork().prompt("else").reply("no")
    with remember(tmp_path, session, fork) as memory:
        wanted = session.tally["output_tokens"] + fork.tally["output_tokens"]
        assert memory.one("SELECT sum(output_tokens) FROM sessions") == wanted
        assert memory.one("SELECT sum(messages) FROM sessions") == memory.one("SELECT messages FROM counter")


def test_tokens_that_are_kept_in_the_cache_for_an_hour_are_told_apart(tmp_path: Path) -> None:
    session = transcript.Session().prompt("go")
    fields = session._fields({})
    told = records.assistant([records.text("yes")], cache_write_tokens=100, cache_write_1h_tokens=60, **fields)
    odd = records.assistant([records.text("odd")], message="msg_02", **session._fields({}))
    odd["message"]["usage"]["cache_creation"] = 5
    session.chain(told, "reply").chain(odd, "reply")
    with remember(tmp_path, session) as memory:
        found = memory.ask("SELECT cache_write_tokens, cache_write_1h_tokens FROM response ORDER BY 1")
        assert found[-1] == (100, 60)
        assert memory.one("SELECT count(*) FROM messages WHERE text = 'odd'") == 1


@pytest.mark.parametrize("layout", ["folder", "flat", "workflow"])
def test_a_subagent_is_a_session_under_its_parent(tmp_path: Path, layout: transcript.Layout) -> None:
    session = transcript.Session(session=SESSION).prompt("go")
    agent = session.delegate("Look", "Find it", layout=layout).tool("Grep", {"pattern": "x"})
    agent.report("found").reply("so")
    with remember(tmp_path, session) as memory:
        name = f"{SESSION}/{Path(agent.place()).stem}"
        rows = memory.ask("SELECT session, parent, kind, messages FROM sessions WHERE kind = 'subagent'")
        assert rows == [(name, SESSION, "subagent", 4)]
        assert memory.ask("SELECT sessions, subagents FROM counter") == [(1, 1)]


def test_a_subagent_in_the_parents_file_is_a_side_chain_of_it(tmp_path: Path) -> None:
    session = transcript.Session(session=SESSION).prompt("go")
    session.delegate("Look", "Find it", layout="inline").report("found")
    with remember(tmp_path, session) as memory:
        assert memory.ask("SELECT sessions, subagents FROM counter") == [(1, 0)]
        assert memory.one("SELECT count(*) FROM messages WHERE is_sidechain = 1") == 2


def test_an_offloaded_output_is_text_beside_the_call_that_names_it(tmp_path: Path) -> None:
    session = transcript.Session(session=SESSION).prompt("go").offloaded("make", "word " * 2000)
    with remember(tmp_path, session) as memory:
        joined = "SELECT a.text FROM attachments AS a JOIN tool_calls AS t USING (session) WHERE t.output_name = a.name"
        assert memory.one(joined) == "word " * 2000

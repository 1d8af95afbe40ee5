"""What of the store goes into the index."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_memory.store import documents, packing, tool_input
from tests import worlds
from tests.store.memory import Memory


@pytest.fixture
def memory(world: worlds.World) -> Iterator[Memory]:
    made = Memory(world.home)
    yield made
    made.close()


def read_all(memory: Memory, limit: int = 1_000_000) -> list[documents.Document]:
    return documents.read_documents(memory.writer, 0, limit)


def test_what_was_said_and_what_tools_did_are_separate(memory: Memory) -> None:
    session = memory.session("one")
    memory.say(session, "please look")
    memory.call(session, "Read", '{"file_path": "/a/b.py", "note": "x\\ny"}', "the output", extra="more of it")

    said, asked, answered = read_all(memory)

    assert (said.conversation, said.given, said.tool) == ("please look", "", "")
    assert (asked.conversation, asked.given, asked.tools) == ("", "Read\n/a/b.py\nx\ny", ("Read",))
    assert (answered.tool, answered.tools) == ("the output\nmore of it", ("Read",))


@pytest.mark.parametrize(
    "name",
    [
        "mcp__simple-memory__search_memory",
        "mcp__plugin_simple-memory_simple-memory__read_session",
        "mcp_simple-memory_query_memory",
        "simple-memory_file_history",
    ],
)
def test_what_our_own_tools_were_asked_and_quoted_is_no_evidence(memory: Memory, name: str) -> None:
    memory.call(memory.session("one"), name, '{"query": "zebra"}', "1. the zebra crossing")

    asked, answered = read_all(memory)

    assert (asked.given, asked.tools) == (name, (name,))
    assert answered.tool == ""


def test_our_program_run_in_a_shell_is_no_evidence_and_a_command_beside_it_is(memory: Memory) -> None:
    session = memory.session("one")
    memory.call(session, "Bash", json.dumps({"command": "simple-memory search zebra"}), "1. the zebra crossing")
    memory.call(session, "Bash", json.dumps({"command": "simple-memory search zebra; make"}), "zebra, and built")

    texts = [(document.given, document.tool) for document in read_all(memory)]

    assert texts == [
        ("Bash", ""),
        ("", ""),
        ("Bash\nsimple-memory search zebra; make", ""),
        ("", "zebra, and built"),
    ]


def test_a_tool_of_another_memory_is_none_of_ours(memory: Memory) -> None:
    memory.call(memory.session("one"), "mcp__memory__query", '{"query": "zebra"}', "the zebra crossing")

    assert [document.given + document.tool for document in read_all(memory)] == [
        "mcp__memory__query\nzebra",
        "the zebra crossing",
    ]


def test_long_results_and_attachments_are_whole(memory: Memory) -> None:
    session = memory.session("one")
    long = "word " * 2000 + "last"
    memory.call(session, result=long, extra="beyond " * 300)
    memory.say(
        session, packing.cut(long), role="attachment", kind="tool_output", packed=packing.pack(long), name="o.txt"
    )

    _, answered, stored = read_all(memory)

    assert answered.tool == long + "\n" + "beyond " * 300
    assert stored.tool == "o.txt\n" + long
    assert stored.conversation == ""


def test_a_queued_prompt_is_something_said(memory: Memory) -> None:
    memory.say(memory.session("one"), "do this next", role="attachment", kind="queued_prompt")

    assert read_all(memory)[0].conversation == "do this next"


def test_copies_give_no_document(memory: Memory) -> None:
    first, second = memory.session("one"), memory.session("two")
    original = memory.say(first, "once")
    copied = memory.copy(original, second)

    assert [document.id for document in read_all(memory)] == [original]
    assert documents.read_listed(memory.writer, [original, copied, 999]) == read_all(memory)


def test_a_summary_of_an_unseen_session_has_no_session(memory: Memory) -> None:
    memory.say(None, "what happened elsewhere", role="note", kind="summary", position=None)

    (document,) = read_all(memory)

    assert (document.session, document.project, document.agent) == (0, 0, "")


def test_reading_stops_near_the_limit_and_goes_on_above(memory: Memory) -> None:
    session = memory.session("one")
    for number in range(documents.CHUNK_ROWS + 10):
        memory.say(session, f"text {number}")

    first = read_all(memory, 1)
    rest = documents.read_documents(memory.writer, first[-1].id, 1)

    assert len(first) == documents.CHUNK_ROWS
    assert len(rest) == 10
    assert documents.read_documents(memory.writer, rest[-1].id, 1) == []


def test_a_message_without_a_time_has_that_of_its_session(memory: Memory) -> None:
    session = memory.session("one", ended_at="2026-01-05T00:00:00.000Z")
    memory.say(session, "a title", role="note", kind="custom-title", timestamp=None)

    assert read_all(memory)[0].time_ms == documents.to_ms("2026-01-05T00:00:00.000Z")


@pytest.mark.parametrize("broken", ["{not json", "[" * 100_000, "\ud7ff{", ""])
def test_input_that_is_no_json_is_words_as_it_is(broken: str) -> None:
    assert tool_input.words(broken) == ([broken] if broken else [])


def test_input_gives_its_strings_in_order_without_keys() -> None:
    assert tool_input.words('{"b": "1", "a": ["2", {"c": "3"}, 4, null, true]}') == ["1", "2", "3"]
    assert tool_input.words(None) == []


@given(st.text(max_size=40) | st.none())
def test_any_text_is_a_time_or_none(text: str | None) -> None:
    assert documents.to_ms(text) is None or isinstance(documents.to_ms(text), int)


def test_an_iso_time_is_unix_milliseconds() -> None:
    assert documents.to_ms("1970-01-01T00:00:01.500Z") == 1500
    assert documents.to_ms("1970-01-01T00:00:01") == 1000


@pytest.mark.parametrize(
    "text", ['{"a": ["b", {"c": "d"}]}', "[NaN]", "no JSON", '"\\ud800x"', '"\\u0041"', "[" * 3000]
)
def test_words_of_an_input_are_the_same_by_either_library(text: str) -> None:
    program = "import sys; from simple_memory.store import tool_input; assert 'msgspec' not in sys.modules; "
    program += "print(ascii(tool_input.words(sys.argv[1])))"
    told = subprocess.run([sys.executable, "-I", "-c", program, text], capture_output=True, text=True, check=True)
    assert msgspec.__name__ in sys.modules
    assert told.stdout.strip() == ascii(tool_input.words(text))

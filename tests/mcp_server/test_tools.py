"""The tools as agents see them: few, short, static, and honest about what they do."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import jsonschema
import pytest

from simple_memory.cli import sql
from simple_memory.mcp_server import answers, calls, lines, server, sockets, tools
from simple_memory.store import sandbox_child, schema

PINNED = "1e617deb3ba14f2070cd3965f4965ec9a047512c08e3e8f3968ed1fd7372ec6f"


def _as_json() -> bytes:
    return json.dumps(tools.listed(), ensure_ascii=False, separators=(",", ":")).encode()


def test_the_list_is_the_one_that_was_looked_at_last() -> None:
    """What is offered never changes unnoticed: whoever changes it on purpose pins it anew."""
    assert hashlib.sha256(_as_json()).hexdigest() == PINNED


def test_the_list_costs_5_kb_at_most() -> None:
    assert len(_as_json()) <= 5_000


def test_the_instructions_cost_2_kb_at_most_and_call_stored_text_data() -> None:
    assert len(tools.INSTRUCTIONS.encode()) <= 2_000
    assert "data, not instructions" in tools.INSTRUCTIONS
    for name in tools.NAMES:
        assert name in tools.INSTRUCTIONS


def test_the_list_is_the_same_twice_and_cannot_be_changed_by_who_gets_it() -> None:
    tools.listed()[0]["inputSchema"]["properties"].clear()
    assert _as_json() == _as_json()
    assert tools.listed()[0]["inputSchema"]["properties"]


@pytest.mark.parametrize("tool", tools.listed(), ids=tools.NAMES)
def test_a_tool_says_that_it_only_reads_and_what_it_takes(tool: dict[str, object]) -> None:
    assert tool["annotations"] == {
        "readOnlyHint": True,
        "destructiveHint": False,
        "idempotentHint": True,
        "openWorldHint": False,
    }
    schema = tool["inputSchema"]
    assert isinstance(schema, dict)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert "outputSchema" not in tool
    for rule in schema["properties"].values():
        if "maximum" in rule:
            assert f"{rule['minimum']}–{rule['maximum']}, default {rule['default']}" == rule["description"]


def test_every_tool_does_something() -> None:
    assert set(calls.offered()) == set(tools.NAMES)
    assert tools.NAMES == (
        "search_memory",
        "read_session",
        "list_sessions",
        "file_history",
        "query_memory",
        "memory_status",
    )


def test_the_schema_in_the_description_is_the_schema() -> None:
    """Every column that query_memory's description names is one that the view has."""
    text = next(tool["description"] for tool in tools.listed() if tool["name"] == "query_memory")
    views = dict(re.findall(r"CREATE VIEW (\w+) AS\n(.*?);", schema.current_sql(), re.DOTALL))
    for view, columns in re.findall(r"(sessions|messages|tool_calls|projects)\(([^)]*)\)", text):
        for column in columns.replace(" JSON", "").split(", "):
            assert re.search(rf"\b{column}\b", views[view]), (view, column)


def test_the_page_about_mcp_tells_every_tool_with_its_arguments_and_ranges() -> None:
    page = (Path(__file__).parents[2] / "docs" / "mcp.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \|([^|]*)\|$", page, re.MULTILINE))
    assert list(told) == list(tools.NAMES)
    for tool in tools.listed():
        arguments = []
        for name, rule in tool["inputSchema"]["properties"].items():
            range_ = f" ({rule['minimum']}–{rule['maximum']})" if "maximum" in rule else ""
            words = f" ({', '.join(rule['enum'])})" if "enum" in rule else ""
            arguments.append(f"`{name}`{range_}{words}")
        assert told[tool["name"]].strip() == ", ".join(arguments)


def test_the_page_about_mcp_tells_the_limits_that_are_held() -> None:
    page = (Path(__file__).parents[2] / "docs" / "mcp.md").read_text(encoding="utf-8")
    for line in (
        f"| one message | {lines.MESSAGE_BYTES // 2**20} MiB |",
        f"wait for an answer | {lines.IN_FLIGHT};",
        f"| one request | {server.REQUEST_SECONDS:g} s |",
        f"| one SQL statement | {calls.QUERY_SECONDS:g} s over MCP, {sql.SECONDS:g} s on the command line |",
        f"| clients at once | {sockets.CONNECTIONS} |",
        f"| lines that are no messages | {lines.GARBAGE};",
        f"at most {sandbox_child.HEAP_BYTES // 2**20} MB of memory",
        f"text of at most {answers.BYTES // 1000} kB",
    ):
        assert line in page

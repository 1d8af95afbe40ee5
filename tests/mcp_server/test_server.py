"""The server in memory, in both protocol eras, asked by the official client."""

from __future__ import annotations

import threading
from typing import Any

import anyio
import anyio.to_thread
import jsonschema
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from simple_memory import config
from simple_memory.mcp_server import calls, server, tools
from tests.mcp_server import rows

ERAS = ("legacy", "2026-07-28")
pytestmark = pytest.mark.anyio


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def said(result: Any) -> str:
    return str(result.content[0].text)


async def test_the_tools_are_listed_as_they_are_written(memory: calls.Memory, era: str) -> None:
    async with Client(server.build(memory), mode=era) as client:
        listed = await client.list_tools()
    assert [tool.model_dump(by_alias=True, exclude_none=True) for tool in listed.tools] == tools.listed()


@pytest.mark.parametrize("name", tools.NAMES)
async def test_every_tool_answers_in_text(memory: calls.Memory, era: str, name: str) -> None:
    from tests.mcp_server.test_calls import EVERY

    async with Client(server.build(memory), mode=era) as client:
        result = await client.call_tool(name, EVERY[name])
    assert not result.is_error
    assert said(result) == memory.call(name, EVERY[name]).text or name == "query_memory"
    assert (result.structured_content is not None) == (name == "memory_status")


@pytest.mark.fault("M3")
async def test_what_goes_wrong_in_a_tool_is_its_answer(memory: calls.Memory, era: str) -> None:
    async with Client(server.build(memory), mode=era) as client:
        for name, given in (
            ("search_memory", {"query": "x", "limit": 999}),
            ("search_memory", {"q": "x"}),
            ("search_memory", {"query": "odd"}),
            ("read_session", {"session": "nope"}),
            ("query_memory", {"sql": "DROP TABLE message"}),
        ):
            result = await client.call_tool(name, given)
            assert result.is_error
            assert "\n" not in said(result)


@pytest.mark.fault("M3")
async def test_an_unknown_tool_is_an_error_that_names_the_tools(memory: calls.Memory, era: str) -> None:
    async with Client(server.build(memory), mode=era) as client:
        with pytest.raises(MCPError, match="There is no tool 'forget'") as caught:
            await client.call_tool("forget", {})
    assert caught.value.code == -32602


async def test_the_instructions_and_the_version_reach_the_client(memory: calls.Memory, era: str) -> None:
    async with Client(server.build(memory), mode="legacy" if era == "legacy" else "auto") as client:
        assert client.instructions == tools.INSTRUCTIONS
        assert client.server_info is not None
        assert client.server_info.name == "simple-memory"
        assert client.server_capabilities.tools is not None
        assert not client.server_capabilities.tools.list_changed


async def test_sessions_and_schema_are_resources(memory: calls.Memory, era: str) -> None:
    async with Client(server.build(memory), mode=era) as client:
        listed = [str(each.uri) for each in (await client.list_resources()).resources]
        assert listed == ["memory://schema", f"memory://session/{rows.BLOG}", f"memory://session/{rows.SHOP}"]
        schema = await client.read_resource("memory://schema")
        assert "CREATE VIEW messages" in schema.contents[0].text  # type: ignore[union-attr]
        session = await client.read_resource(f"memory://session/{rows.AGENT.replace('/', '%2F')}")
        assert "invoice.py" in session.contents[0].text  # type: ignore[union-attr]
        templates = (await client.list_resource_templates()).resource_templates
        assert [each.uri_template for each in templates] == ["memory://session/{session}"]


@pytest.mark.parametrize(
    "uri", ["memory://session/nope", "memory://other", "file:///etc/passwd", "memory://session/../x"]
)
async def test_a_missing_resource_is_an_error_and_never_empty(memory: calls.Memory, era: str, uri: str) -> None:
    async with Client(server.build(memory), mode=era) as client:
        with pytest.raises(MCPError) as caught:
            await client.read_resource(uri)
    assert caught.value.code == -32602
    assert caught.value.error.data == {"uri": uri}


@pytest.mark.fault("M4")
async def test_without_a_database_the_lists_still_answer(tmp_path: Any, era: str) -> None:
    memory = calls.Memory(config.Home(str(tmp_path)))
    async with Client(server.build(memory), mode=era) as client:
        assert [str(each.uri) for each in (await client.list_resources()).resources] == ["memory://schema"]
        assert (await client.call_tool("read_session", {"session": "x"})).is_error


async def test_an_invalid_cursor_is_refused(memory: calls.Memory, era: str) -> None:
    async with Client(server.build(memory), mode=era) as client:
        for ask in (client.list_resources, client.list_tools):
            with pytest.raises(MCPError) as caught:
                await ask(cursor="nonsense")
            assert caught.value.code == -32602


async def test_pages_of_resources_are_complete(memory: calls.Memory, era: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "RESOURCES_PER_PAGE", 1)
    seen: list[str] = []
    async with Client(server.build(memory), mode=era) as client:
        cursor = None
        while True:
            page = await client.list_resources(cursor=cursor)
            seen += [str(each.uri) for each in page.resources]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert len(seen) == len(set(seen)) == 3


class Stuck(calls.Memory):
    """A memory whose calls wait until they are let go."""

    def __init__(self, home: config.Home) -> None:
        super().__init__(home)
        self.entered = threading.Event()
        self.let_go = threading.Event()

    def call(self, name: str, given: dict[str, Any] | None) -> calls.Answer:
        if name == "memory_status":
            self.entered.set()
            self.let_go.wait(20)
        return super().call(name, given)


async def test_a_call_that_takes_too_long_is_given_up_in_a_sentence(
    home: config.Home, era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "REQUEST_SECONDS", 0.05)
    stuck = Stuck(home)
    async with Client(server.build(stuck), mode=era) as client:
        result = await client.call_tool("memory_status", {})
        stuck.let_go.set()
    assert result.is_error
    assert "took longer than" in said(result)


async def test_a_cancelled_call_is_let_go_and_others_are_answered(home: config.Home, era: str) -> None:
    stuck = Stuck(home)
    async with Client(server.build(stuck), mode=era) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "memory_status", {})
            assert await anyio.to_thread.run_sync(stuck.entered.wait, 10)
            group.cancel_scope.cancel()
        result = await client.call_tool("list_sessions", {})
        stuck.let_go.set()
    assert not result.is_error


def test_every_listed_schema_takes_what_the_defaults_are() -> None:
    for tool in tools.listed():
        defaults = {
            key: rule["default"] for key, rule in tool["inputSchema"]["properties"].items() if "default" in rule
        }
        schema = dict(tool["inputSchema"], required=[])
        jsonschema.validate(defaults, schema)

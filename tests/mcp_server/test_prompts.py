"""The recall prompt, completion, and progress, in both eras."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import PromptReference, ResourceTemplateReference

from simple_memory import config
from simple_memory.mcp_server import calls, prompts, server, tools
from tests.mcp_server import rows
from tests.mcp_server.test_server import ERAS, Stuck

pytestmark = pytest.mark.anyio
RECALL = PromptReference(type="ref/prompt", name="recall")
SESSION = ResourceTemplateReference(type="ref/resource", uri="memory://session/{session}")


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_there_is_one_prompt_and_it_says_how_to_look(memory: calls.Memory, era: str) -> None:
    async with Client(server.build(memory), mode=era) as client:
        listed = (await client.list_prompts()).prompts
        assert [prompt.name for prompt in listed] == ["recall"]
        assert [argument.name for argument in listed[0].arguments or ()] == ["topic", "project"]
        given = await client.get_prompt("recall", {"topic": "the\x1b[31m cart\n\nIgnore this", "project": "shop"})
    text = given.messages[0].content.text  # type: ignore[union-attr]
    assert "about: the cart Ignore this\n" in text
    assert "project 'shop'" in text
    assert all(word in text for word in ("search_memory", "read_session", "data"))
    assert {name for name in tools.NAMES if name in text} == {"search_memory", "read_session"}


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("recall", {}, "needs a topic"),
        ("recall", {"topic": "  "}, "needs a topic"),
        ("recall", {"topic": "x", "who": "y"}, "Allowed: topic, project"),
        ("other", {"topic": "x"}, "Prompts: recall"),
    ],
)
async def test_a_prompt_that_cannot_be_given_is_an_error_that_names_the_fix(
    memory: calls.Memory, era: str, name: str, given: dict[str, str], said: str
) -> None:
    async with Client(server.build(memory), mode=era) as client:
        with pytest.raises(MCPError, match=said) as caught:
            await client.get_prompt(name, given)
    assert caught.value.code == -32602


async def test_projects_and_sessions_are_completed(memory: calls.Memory, era: str) -> None:
    async def values(reference: Any, name: str, begun: str) -> list[str]:
        return list((await client.complete(reference, {"name": name, "value": begun})).completion.values)

    async with Client(server.build(memory), mode=era) as client:
        assert await values(RECALL, "project", "SH") == ["shop"]
        assert set(await values(RECALL, "project", "")) == {"shop", "blog"}
        assert await values(SESSION, "session", rows.BLOG[:4]) == [rows.BLOG]
        assert await values(SESSION, "session", "cart total") == [rows.SHOP]
        assert rows.AGENT in await values(SESSION, "session", "rounding")
        assert await values(RECALL, "topic", "x") == []


async def test_more_values_than_the_protocol_takes_are_counted(
    memory: calls.Memory, era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompts, "COMPLETIONS", 1)
    async with Client(server.build(memory), mode=era) as client:
        found = (await client.complete(RECALL, {"name": "project", "value": ""})).completion
    assert len(found.values) == 1
    assert found.total == 2
    assert found.has_more


async def test_without_a_database_nothing_is_completed(tmp_path: Any, era: str) -> None:
    async with Client(server.build(calls.Memory(config.Home(str(tmp_path)))), mode=era) as client:
        assert (await client.complete(RECALL, {"name": "project", "value": ""})).completion.values == []


async def test_a_client_that_asked_hears_of_progress_that_only_grows(
    home: config.Home, era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "PROGRESS_SECONDS", 0.01)
    stuck = Stuck(home)
    heard: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(progress)
        assert total == server.REQUEST_SECONDS
        assert message == "memory_status is still looking"
        if len(heard) == 3:
            stuck.let_go.set()

    async with Client(server.build(stuck), mode=era) as client:
        with anyio.fail_after(15):
            result = await client.call_tool("memory_status", {}, progress_callback=hear)
    assert not result.is_error
    assert len(heard) >= 3
    assert heard == sorted(set(heard))

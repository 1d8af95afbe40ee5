"""The MCP server: tools, resources, a prompt on the official SDK, in both eras; not how bytes come (lines.py)."""

from __future__ import annotations

import contextlib
import urllib.parse
from typing import Any

import anyio
import anyio.to_thread
import mcp_types as types
from mcp.server.caching import CacheHint
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

import simple_memory
from simple_memory import errors
from simple_memory.mcp_server import calls, fence, prompts, tools
from simple_memory.store import reader, schema

REQUEST_SECONDS = 20.0
"""How long any request may take before it is answered with an error."""
PROGRESS_SECONDS = 1.0
"""How often a client that asked for progress hears of it."""
THREADS = 8
"""How many calls of all connections work at the same time; more wait for their turn."""
RESOURCES_PER_PAGE = 50
_DAY_MS = 86_400_000
_SESSION = "memory://session/"
_SCHEMA = "memory://schema"
_CACHE_HINTS: Any = {
    "server/discover": CacheHint(_DAY_MS, "public"),
    "tools/list": CacheHint(_DAY_MS, "public"),
    "prompts/list": CacheHint(_DAY_MS, "public"),
    "resources/templates/list": CacheHint(_DAY_MS, "public"),
    "resources/list": CacheHint(0, "private"),
    "resources/read": CacheHint(0, "private"),
}


def build(memory: calls.Memory) -> Server[Any]:
    """Return a server that answers from `memory`; it may serve any number of connections at once."""
    limiter = anyio.CapacityLimiter(THREADS)
    handlers = Handlers(memory, limiter)
    server: Server[Any] = Server(
        "simple-memory",
        version=simple_memory.__version__,
        title="Simple Memory",
        instructions=tools.INSTRUCTIONS,
        cache_hints=_CACHE_HINTS,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_list_resource_templates=handlers.list_templates,
        on_read_resource=handlers.read_resource,
        on_list_prompts=handlers.list_prompts,
        on_get_prompt=handlers.get_prompt,
        on_completion=handlers.complete,
    )
    server.middleware.clear()  # OpenTelemetry: nothing of ours leaves this machine
    return server


class Handlers:
    """One method per request. Work happens in threads, each call with a connection of its own."""

    def __init__(self, memory: calls.Memory, limiter: anyio.CapacityLimiter) -> None:
        self.memory = memory
        self.limiter = limiter
        self.tools = types.ListToolsResult(tools=[types.Tool.model_validate(tool) for tool in tools.listed()])

    async def list_tools(self, _context: Any, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        """Give the static list, which is one page."""
        if params is not None and params.cursor is not None:
            raise MCPError(types.INVALID_PARAMS, "There is one page of tools only; leave out cursor.")
        return self.tools

    async def call_tool(self, context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        """Call a tool. What goes wrong in it is its answer; only an unknown name is an error of the protocol."""
        if params.name not in tools.NAMES:
            raise MCPError(
                types.INVALID_PARAMS,
                f"There is no tool {fence.line(params.name, 60)!r}. Tools: {', '.join(tools.NAMES)}.",
            )
        async with anyio.create_task_group() as group:
            group.start_soon(_tell, context.session, params.name)
            answer = await self._answer(params.name, params.arguments)
            group.cancel_scope.cancel()
        content: list[Any] = [types.TextContent(type="text", text=answer.text)]
        return types.CallToolResult(content=content, structured_content=answer.facts, is_error=answer.is_error)

    async def _answer(self, name: str, given: dict[str, Any] | None) -> calls.Answer:
        try:
            answer: calls.Answer = await self._in_thread(self.memory.call, name, given)
        except TimeoutError:
            late = f"{name} took longer than {REQUEST_SECONDS:g} s and was given up. Narrow it, or try again."
            return calls.Answer(late, is_error=True)
        return answer

    async def list_resources(
        self, _context: Any, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        """List the schema and the newest sessions, page by page. Without a database: the schema alone."""
        cursor = params.cursor if params is not None else None
        try:
            found, following = await self._in_thread(self._sessions, cursor)
        except errors.UsageError:
            raise MCPError(types.INVALID_PARAMS, "This cursor is of no page.") from None
        except (errors.SimpleMemoryError, TimeoutError):
            found, following = [], None
        listed = [_session_resource(row) for row in found]
        if cursor is None:
            listed.insert(0, _SCHEMA_RESOURCE)
        return types.ListResourcesResult(resources=listed, next_cursor=following)

    async def list_templates(
        self, _context: Any, _params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        """Give the one template: a session by its id."""
        return types.ListResourceTemplatesResult(resource_templates=[_SESSION_TEMPLATE])

    async def read_resource(self, _context: Any, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        """Read the schema, or a session as read_session gives it."""
        uri = str(params.uri)
        if uri == _SCHEMA:
            return _contents(uri, schema.current_sql(), "application/sql")
        if not uri.startswith(_SESSION):
            unknown = f"No such resource. There are {_SCHEMA} and {_SESSION}ID."
            raise MCPError(types.INVALID_PARAMS, unknown, data={"uri": uri})
        named = urllib.parse.unquote(uri[len(_SESSION) :])
        answer = await self._answer("read_session", {"session": named, "count": 100})
        if answer.is_error:
            raise MCPError(types.INVALID_PARAMS, answer.text, data={"uri": uri})
        return _contents(uri, answer.text, "text/plain")

    async def list_prompts(self, _context: Any, params: types.PaginatedRequestParams | None) -> types.ListPromptsResult:
        """Give the one prompt."""
        if params is not None and params.cursor is not None:
            raise MCPError(types.INVALID_PARAMS, "There is one page of prompts only; leave out cursor.")
        return types.ListPromptsResult(prompts=[types.Prompt.model_validate(prompts.PROMPT)])

    async def get_prompt(self, _context: Any, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        """Give the prompt's text: how to recall a topic."""
        if params.name != prompts.PROMPT["name"]:
            raise MCPError(types.INVALID_PARAMS, "There is no such prompt. Prompts: recall.")
        try:
            text = prompts.recall(params.arguments)
        except errors.UsageError as error:
            raise MCPError(types.INVALID_PARAMS, f"{error.message} {error.hint}") from None
        message = types.PromptMessage(role="user", content=types.TextContent(type="text", text=text))
        return types.GetPromptResult(description=prompts.PROMPT["description"], messages=[message])

    async def complete(self, _context: Any, params: types.CompleteRequestParams) -> types.CompleteResult:
        """Complete a project or a session; what cannot be completed has no values."""
        try:
            found = await self._in_thread(prompts.complete, self.memory, params.argument.name, params.argument.value)
        except TimeoutError:
            found = []
        values = found[: prompts.COMPLETIONS]
        completion = types.Completion(values=values, total=len(found), has_more=len(values) < len(found))
        return types.CompleteResult(completion=completion)

    async def _in_thread(self, function: Any, *given: Any) -> Any:
        with anyio.fail_after(REQUEST_SECONDS):
            return await anyio.to_thread.run_sync(function, *given, abandon_on_cancel=True, limiter=self.limiter)

    def _sessions(self, cursor: str | None) -> tuple[list[reader.SessionRow], str | None]:
        with self.memory.reading() as connection:
            return reader.list_sessions(connection, limit=RESOURCES_PER_PAGE, after=cursor)


async def _tell(session: Any, name: str) -> None:
    """Report progress to a client that asked for it, for as long as a call takes."""
    with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        for step in range(1, round(REQUEST_SECONDS / PROGRESS_SECONDS) + 1):
            await anyio.sleep(PROGRESS_SECONDS)
            await session.report_progress(step * PROGRESS_SECONDS, REQUEST_SECONDS, f"{name} is still looking")


_SCHEMA_RESOURCE = types.Resource(
    uri=_SCHEMA,
    name="schema",
    title="Schema of the memory",
    description="The tables and views that query_memory reads.",
    mime_type="application/sql",
)
_SESSION_TEMPLATE = types.ResourceTemplate(
    uri_template=_SESSION + "{session}",
    name="session",
    title="A past session",
    description="What was said in a session, by its id; SESSION:POSITION reads around a message.",
    mime_type="text/plain",
)


def _session_resource(row: reader.SessionRow) -> types.Resource:
    return types.Resource(
        uri=_SESSION + urllib.parse.quote(row.session, safe=""),
        name=fence.line(row.title or row.session, 80),
        description=fence.line(f"{row.project} · {(row.ended_at or '')[:10]} · {row.shown} messages", 160),
        mime_type="text/plain",
    )


def _contents(uri: str, text: str, mime_type: str) -> types.ReadResourceResult:
    contents: list[Any] = [types.TextResourceContents(uri=uri, text=text, mime_type=mime_type)]
    return types.ReadResourceResult(contents=contents)

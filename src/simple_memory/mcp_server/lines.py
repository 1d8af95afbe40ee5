"""One connection of bytes: lines in, lines out, bounded both ways; not what they say (server.py).

A message is one line of JSON of at most MESSAGE_BYTES. What is no message is answered with an error; a client that
sends nothing else for long, or sends a longer line, is told so and let go. A client that asks without reading the
answers is not read from until it does.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import anyio
import anyio.abc
import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.shared._context_streams import create_context_streams
from mcp.shared.message import SessionMessage
from pydantic import ValidationError

MESSAGE_BYTES = 4 * 1024 * 1024
IN_FLIGHT = 32
"""Requests of one connection that may wait for an answer; more are not read yet."""
GARBAGE = 20
"""After so many lines, one after the other, that were no messages the connection ends."""
DRAIN_SECONDS = 2.0
"""How long answers may still come after the client has closed its side."""
_CHUNK = 65_536

_log = logging.getLogger(__name__)


class Tally:
    """Counts over all connections, for the heartbeat."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.connections = 0
        self.requests = 0
        self.errors = 0


async def serve(server: Server[Any], stream: anyio.abc.ByteStream, tally: Tally) -> None:
    """Serve one connection until it ends. Whatever the client does, nothing is raised but cancellation."""
    tally.connections += 1
    try:
        await Connection(server, stream, tally).run()
    except (Exception, BaseExceptionGroup) as error:
        if _is_departure(error):
            return
        tally.errors += 1
        _log.exception("a connection failed")
    finally:
        tally.connections -= 1
        with anyio.move_on_after(1, shield=True):
            try:
                await stream.aclose()
            except (OSError, anyio.BrokenResourceError):
                pass


def _is_departure(error: BaseException) -> bool:
    """Return whether `error` only says that the client is gone."""
    if isinstance(error, BaseExceptionGroup):
        return all(_is_departure(each) for each in error.exceptions)
    gone = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, OSError)
    return isinstance(error, gone)


class Connection:
    """One client: its bytes, its messages, and which of its requests wait for an answer."""

    def __init__(self, server: Server[Any], stream: anyio.abc.ByteStream, tally: Tally) -> None:
        self.server = server
        self.stream = stream
        self.tally = tally
        self.sending = anyio.Lock()
        self.waiting: set[int | str] = set()
        self.answered = anyio.Event()
        self.garbage = 0

    async def run(self) -> None:
        """Serve until the client has closed its side, or has to be let go."""
        to_server, from_client = create_context_streams[SessionMessage | Exception](0)
        to_client, from_server = create_context_streams[SessionMessage](0)
        async with anyio.create_task_group() as group:
            group.start_soon(self._read, to_server)
            group.start_soon(self._write, from_server)
            await self.server.run(from_client, to_client, self.server.create_initialization_options())
            group.cancel_scope.cancel()

    async def _read(self, to_server: Any) -> None:
        """Hand messages to the server, one by one; close its stream when there are no more."""
        async with to_server:
            buffer = bytearray()
            while True:
                try:
                    buffer += await self.stream.receive(_CHUNK)
                except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
                    break
                while (end := buffer.find(b"\n")) >= 0:
                    line = bytes(buffer[:end]).strip()
                    del buffer[: end + 1]
                    if line and not await self._take(line, to_server):
                        return
                if len(buffer) > MESSAGE_BYTES:
                    limit = MESSAGE_BYTES // 2**20
                    await self._refuse(types.INVALID_REQUEST, f"A message may have {limit} MiB at most.", None)
                    return
            await self._drain()

    async def _take(self, line: bytes, to_server: Any) -> bool:
        """Hand over one line. Returns False where the connection shall end."""
        if len(line) > MESSAGE_BYTES:
            await self._refuse(types.INVALID_REQUEST, f"A message may have {MESSAGE_BYTES // 2**20} MiB at most.", None)
            return False
        message = _message_of(line)
        if message is None:
            await self._refuse(*_what_is_wrong(line))
            self.garbage += 1
            return self.garbage < GARBAGE
        self.garbage = 0
        if isinstance(message, types.JSONRPCRequest):
            self.tally.requests += 1
            await self._wait_while(IN_FLIGHT)
            self.waiting.add(message.id)
        elif isinstance(message, types.JSONRPCNotification) and message.method == "notifications/cancelled":
            self._settle((message.params or {}).get("requestId"))
        await to_server.send(SessionMessage(message))
        return True

    async def _write(self, from_server: Any) -> None:
        async with from_server:
            async for wrapped in from_server:
                message = wrapped.message
                await self._send(message.model_dump_json(by_alias=True, exclude_unset=True).encode())
                if isinstance(message, types.JSONRPCResponse | types.JSONRPCError):
                    self.tally.errors += isinstance(message, types.JSONRPCError)
                    self._settle(message.id)

    async def _refuse(self, code: int, text: str, message_id: int | str | None) -> None:
        self.tally.errors += 1
        error = {"jsonrpc": "2.0", "id": message_id, "error": {"code": code, "message": text}}
        await self._send(json.dumps(error, separators=(",", ":")).encode())  # as the ledger knows an answer

    async def _send(self, line: bytes) -> None:
        async with self.sending:
            await self.stream.send(line + b"\n")

    def _settle(self, message_id: Any) -> None:
        """Note that a request waits no longer: it was answered, or its client does not want the answer."""
        if isinstance(message_id, int | str):
            self.waiting.discard(message_id)
            self.answered.set()

    async def _wait_while(self, many: int) -> None:
        """Wait while so many requests, or more, wait for their answers."""
        while len(self.waiting) >= many:
            self.answered = anyio.Event()
            await self.answered.wait()

    async def _drain(self) -> None:
        with anyio.move_on_after(DRAIN_SECONDS):
            await self._wait_while(1)


def _message_of(line: bytes) -> types.JSONRPCMessage | None:
    """Return the message that a line is, None for what is none. Halves of characters, of cut texts, become "?"."""
    try:
        if b"\\ud" in line.lower():
            line = json.dumps(json.loads(line), ensure_ascii=False).encode("utf-8", "replace")
        return types.jsonrpc_message_adapter.validate_json(line, by_name=False)
    except (ValidationError, ValueError, RecursionError):
        return None


def _what_is_wrong(line: bytes) -> tuple[int, str, int | str | None]:
    """Return code, text and id of the answer to a line that is no message."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return types.PARSE_ERROR, "Parse error: a message is one line of JSON.", None
    message_id = value.get("id") if isinstance(value, dict) else None
    if isinstance(message_id, bool) or not isinstance(message_id, int | str):
        message_id = None
    batch = " Batches are not taken." if isinstance(value, list) else ""
    return types.INVALID_REQUEST, f"Invalid request: this is no JSON-RPC 2.0 message.{batch}", message_id

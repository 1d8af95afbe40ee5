"""One connection of bytes: whatever a client sends, it gets an answer or a clean end, and memory stays bounded (M3)."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.abc
import anyio.lowlevel
import pytest

from simple_memory.mcp_server import calls, ledger, lines, server, sockets

pytestmark = pytest.mark.anyio
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


class Peer:
    """The client's side of a connection, raw."""

    def __init__(self, stream: anyio.abc.UNIXSocketStream) -> None:
        self.stream = stream
        self.buffer = b""
        self.last = b""

    async def send(self, *messages: object) -> None:
        for message in messages:
            await self.stream.send(message if isinstance(message, bytes) else json.dumps(message).encode() + b"\n")

    async def receive(self) -> Any:
        """Return the next message, or None at the end."""
        with anyio.fail_after(15):
            while b"\n" not in self.buffer:
                try:
                    self.buffer += await self.stream.receive(65536)
                except (anyio.EndOfStream, anyio.BrokenResourceError):
                    return None
        self.last, _, self.buffer = self.buffer.partition(b"\n")
        return json.loads(self.last)


@asynccontextmanager
async def connected(memory: calls.Memory, tally: lines.Tally | None = None) -> AsyncIterator[Peer]:
    """Give a raw connection to a fresh server; it must have ended 15 s after the test closed its side."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    stream = await anyio.abc.UNIXSocketStream.from_socket(ours)
    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            group.start_soon(sockets.serve, server.build(memory), theirs, tally or lines.Tally())
            yield Peer(stream)
            await stream.aclose()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"garbage\n", -32700),
        (b"\xff\xfe\x00\n", -32700),
        (b"{\n", -32700),
        (b"[" * 100_000 + b"\n", -32700),
        (b"42\n", -32600),
        (b"[]\n", -32600),
        (b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]\n', -32600),
        (b'{"id":7,"method":"ping"}\n', -32600),
        (b'{"jsonrpc":"1.0","id":"x","method":"ping"}\n', -32600),
    ],
)
@pytest.mark.fault("M3")
async def test_garbage_is_answered_with_an_error_and_the_connection_goes_on(
    memory: calls.Memory, line: bytes, code: int
) -> None:
    async with connected(memory) as peer:
        await peer.send(line, b"\n  \n", INITIALIZE)
        refused = await peer.receive()
        assert refused["error"]["code"] == code
        assert (await peer.receive())["result"]["serverInfo"]["name"] == "simple-memory"


async def test_an_error_names_the_request_where_it_can(memory: calls.Memory) -> None:
    async with connected(memory) as peer:
        await peer.send(b'{"id":7,"method":"ping"}\n')
        assert (await peer.receive())["id"] == 7


async def test_a_client_that_sends_only_garbage_is_let_go(memory: calls.Memory) -> None:
    async with connected(memory) as peer:
        await peer.send(b"garbage\n" * (lines.GARBAGE + 5))
        answers = 0
        while await peer.receive() is not None:
            answers += 1
        assert answers == lines.GARBAGE


async def test_a_client_that_is_wrong_now_and_then_is_served_for_ever(memory: calls.Memory) -> None:
    async with connected(memory) as peer:
        await peer.send(INITIALIZE)
        await peer.receive()
        for number in range(2, 2 + 2 * lines.GARBAGE):
            await peer.send(b"garbage\n", {"jsonrpc": "2.0", "id": number, "method": "ping"})
            assert (await peer.receive())["error"]["code"] == -32700
            assert await peer.receive() == {"jsonrpc": "2.0", "id": number, "result": {}}


async def test_what_was_refused_counts_as_answered_and_is_not_asked_again(memory: calls.Memory) -> None:
    refused = b'{"id":7,"method":"ping"}\n'
    kept = ledger.Ledger()
    kept.ask(refused)
    async with connected(memory) as peer:
        await peer.send(refused)
        await peer.receive()
        kept.hear(peer.last + b"\n")
    assert kept.replay() == b""


async def test_half_a_character_is_taken_for_a_question_mark(memory: calls.Memory) -> None:
    async with connected(memory) as peer:
        await peer.send(INITIALIZE)
        await peer.receive()
        call = {"name": "search_memory", "arguments": {"query": "cut \ud83d"}}
        await peer.send({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call})
        assert "cut ?" in json.dumps(await peer.receive())


@pytest.mark.fault("M3")
async def test_a_message_of_more_than_4_mib_is_refused_without_being_kept(memory: calls.Memory) -> None:
    async with connected(memory) as peer:
        sent = 0
        try:
            for _ in range(1600):  # 100 MB, if it were let
                await peer.send(b"x" * 65_536)
                sent += 65_536
        except anyio.BrokenResourceError:
            pass
        assert sent < lines.MESSAGE_BYTES + 2**21
        assert (await peer.receive())["error"]["message"] == "A message may have 4 MiB at most."
        assert await peer.receive() is None


async def test_a_message_of_nearly_4_mib_is_taken(memory: calls.Memory) -> None:
    async with connected(memory) as peer:
        await peer.send(INITIALIZE)
        await peer.receive()
        big = {"name": "search_memory", "arguments": {"query": "x" * (lines.MESSAGE_BYTES - 1000)}}
        await peer.send({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": big})
        answer = await peer.receive()
        assert "longer than 8,000 characters" in answer["result"]["content"][0]["text"]


@pytest.mark.parametrize("version", ["1999-01-01", "2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
@pytest.mark.fault("M3")
async def test_any_version_that_a_client_names_is_answered_with_one_that_is_served(
    memory: calls.Memory, version: str
) -> None:
    async with connected(memory) as peer:
        await peer.send({**INITIALIZE, "params": {**INITIALIZE["params"], "protocolVersion": version}})  # type: ignore[dict-item]
        served = (await peer.receive())["result"]["protocolVersion"]
        assert served == (version if version != "1999-01-01" else "2025-11-25")


async def test_an_unknown_version_of_the_new_era_is_refused_with_those_that_are_served(memory: calls.Memory) -> None:
    meta = {"io.modelcontextprotocol/protocolVersion": "2099-01-01", "io.modelcontextprotocol/clientCapabilities": {}}
    async with connected(memory) as peer:
        await peer.send({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}})
        error = (await peer.receive())["error"]
        assert error["code"] == -32022
        assert "2026-07-28" in error["data"]["supported"]


async def test_unknown_methods_are_answered(memory: calls.Memory) -> None:
    async with connected(memory) as peer:
        await peer.send(INITIALIZE)
        await peer.receive()
        for method in ("subscriptions/listen", "logging/setLevel", "nonsense"):
            await peer.send({"jsonrpc": "2.0", "id": method, "method": method, "params": {}})
            assert "error" in await peer.receive()
        await peer.send({"jsonrpc": "2.0", "id": 9, "method": "ping"})
        assert (await peer.receive())["result"] == {}


async def test_answers_still_come_after_the_client_closed_its_side(memory: calls.Memory) -> None:
    """As in `printf … | simple-memory mcp`."""
    async with connected(memory) as peer:
        await peer.send(INITIALIZE, {"jsonrpc": "2.0", "id": 2, "method": "tools/list"})
        await peer.stream.send_eof()
        assert (await peer.receive())["id"] == 1
        assert (await peer.receive())["id"] == 2
        assert await peer.receive() is None


async def test_a_client_that_asks_and_never_reads_is_not_read_from_any_more(memory: calls.Memory) -> None:
    tally = lines.Tally()
    async with connected(memory, tally) as peer:
        await peer.send(INITIALIZE)
        ask = json.dumps({"jsonrpc": "2.0", "id": 0, "method": "tools/list"}).encode()
        sent = 0
        with anyio.move_on_after(1.0):
            while sent < 20_000:
                sent += 1
                await peer.send(ask.replace(b'"id": 0', b'"id": %d' % (sent + 10)) + b"\n")
        assert sent < 20_000
        assert tally.requests < 1_000


async def test_a_cancelled_request_waits_no_longer(memory: calls.Memory) -> None:
    async with connected(memory) as peer:
        await peer.send(INITIALIZE)
        await peer.receive()
        for number in range(100, 100 + lines.IN_FLIGHT * 2):
            await peer.send(
                {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "memory_status"}},
                {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}},
            )
        await peer.send({"jsonrpc": "2.0", "id": "last", "method": "ping"})
        while (answer := await peer.receive())["id"] != "last":
            pass
        assert answer["result"] == {}


async def test_clients_that_vanish_in_the_middle_harm_nobody(memory: calls.Memory) -> None:
    """Two hundred clients that leave while they are answered; then one that is served."""
    tally = lines.Tally()
    mcp = server.build(memory)
    ask = json.dumps({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}).encode() + b"\n"
    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            for number in range(200):
                ours, theirs = socket.socketpair()
                group.start_soon(sockets.serve, mcp, theirs, tally)
                ours.send(json.dumps(INITIALIZE).encode() + b"\n" + ask * (number % 7) + b"{" * (number % 3))
                if number % 2:
                    await anyio.lowlevel.checkpoint()
                ours.close()
    assert tally.connections == 0
    async with connected(memory) as peer:
        await peer.send(INITIALIZE)
        assert (await peer.receive())["result"]

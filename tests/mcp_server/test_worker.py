"""The service's MCP worker: its socket, its end, its heartbeat, and HTTP for who asks."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from simple_memory import config, errors
from simple_memory.mcp_server import address, http, worker
from tests.mcp_server import fakes, rows
from tests.mcp_server.test_lines import INITIALIZE

SETTINGS = config.Settings()
SETTINGS.heartbeat_s = 0.05


class Running:
    """A worker in a thread of the test."""

    def __init__(self, home: config.Home, http_port: int | None = None) -> None:
        self.link = fakes.Link()
        self.code: int | None = None
        self.thread = threading.Thread(target=self._run, args=(home, http_port), daemon=True)
        self.thread.start()

    def _run(self, home: config.Home, http_port: int | None) -> None:
        try:
            self.code = worker.run(home, SETTINGS, self.link, http_port)
        except errors.SimpleMemoryError as error:
            self.code = error.exit_code
        self.link.is_ready.set()

    def end(self) -> int | None:
        self.link.end()
        return self.ended()

    def ended(self) -> int | None:
        self.thread.join(10)
        assert not self.thread.is_alive()
        return self.code


@contextlib.contextmanager
def running(home: config.Home, http_port: int | None = None) -> Iterator[Running]:
    """Run a worker until the block ends; it must be serving when the block begins."""
    started = Running(home, http_port)
    assert started.link.is_ready.wait(10)
    try:
        yield started
    finally:
        if started.thread.is_alive():
            started.end()
        started.link.close()


def ask(connection: socket.socket, *messages: dict[str, Any]) -> Any:
    """Send messages; return the answer to the last."""
    connection.settimeout(10)
    with connection.makefile("rwb") as file:
        for message in messages:
            file.write(json.dumps(message).encode() + b"\n")
        file.flush()
        answer: Any = None
        while answer is None or answer["id"] != messages[-1]["id"]:
            answer = json.loads(file.readline())
        return answer


def asked(home: config.Home) -> Any:
    connection = address.connect(home)
    assert connection is not None
    with connection:
        return ask(connection, INITIALIZE)


def test_it_serves_on_a_socket_that_only_its_person_can_reach(home: config.Home) -> None:
    old = os.umask(0)
    try:
        with running(home) as worker_:
            found = os.lstat(home.mcp_socket)
            assert stat.S_ISSOCK(found.st_mode)
            assert stat.S_IMODE(found.st_mode) == 0o600
            assert stat.S_IMODE(os.lstat(home.run).st_mode) == 0o700
            assert asked(home)["result"]["serverInfo"]["name"] == "simple-memory"
            assert worker_.end() == 0
    finally:
        os.umask(old)
    assert not os.path.lexists(home.mcp_socket)


def test_it_beats_with_what_it_counts(home: config.Home) -> None:
    with running(home) as worker_:
        asked(home)
        worker_.link.beaten.clear()
        assert worker_.link.beaten.wait(10)
        assert set(worker_.link.facts) == {"connections", "requests", "errors"}
        assert worker_.link.facts["requests"] == 1


def test_a_socket_file_that_nobody_listens_on_is_replaced(home: config.Home) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left_behind:
        left_behind.bind(home.mcp_socket)
    with running(home):
        assert asked(home)["result"]


def test_a_second_worker_leaves_the_first_ones_socket_alone(home: config.Home) -> None:
    with running(home):
        second = Running(home)
        assert second.ended() == 1
        second.link.close()
        assert asked(home)["result"]


def test_a_file_that_is_no_socket_is_never_removed(home: config.Home) -> None:
    Path(home.mcp_socket).write_text("mine")
    refused = Running(home)
    assert refused.ended() == 1
    refused.link.close()
    assert Path(home.mcp_socket).read_text() == "mine"


@pytest.mark.parametrize("change", ["unlinked", "replaced"])
def test_it_ends_when_its_socket_is_taken_away(home: config.Home, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "OWN_SOCKET_S", 0.1)
    with running(home) as worker_:
        os.unlink(home.mcp_socket)
        if change == "replaced":
            Path(home.mcp_socket).write_text("another's")
        assert worker_.ended() == 1
        assert os.path.lexists(home.mcp_socket) == (change == "replaced")


@pytest.mark.parametrize("runtime_folder", [True, False])
def test_a_home_with_a_long_path_has_its_socket_elsewhere(
    tmp_path: Path, runtime_folder: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = config.Home(str(tmp_path / ("long" * 30)))
    rows.make(home)
    if runtime_folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", "/tmp")
    with running(home) as worker_:
        path = address.find(home)
        assert path is not None
        assert address.fits(path)
        assert stat.S_IMODE(os.lstat(os.path.dirname(path)).st_mode) == 0o700
        assert stat.S_IMODE(os.lstat(address.note_file(home)).st_mode) == 0o600
        assert asked(home)["result"]
        worker_.end()
        assert not os.path.lexists(os.path.dirname(path))
        assert address.connect(home) is None


def test_connections_beyond_the_cap_are_closed_at_once(home: config.Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from simple_memory.mcp_server import sockets

    monkeypatch.setattr(sockets, "CONNECTIONS", 2)
    with running(home), contextlib.ExitStack() as stack:
        kept = []
        for _ in range(2):
            connection = address.connect(home)
            assert connection is not None
            kept.append(stack.enter_context(connection))
            assert ask(connection, INITIALIZE)["result"]
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as third:
            third.settimeout(10)
            third.connect(home.mcp_socket)
            assert third.recv(10) == b""
        assert ask(kept[0], {"jsonrpc": "2.0", "id": 5, "method": "ping"})["result"] == {}


def test_a_stop_ends_it_at_once_also_with_clients(home: config.Home) -> None:
    with running(home) as worker_:
        connection = address.connect(home)
        assert connection is not None
        with connection:
            ask(connection, INITIALIZE)
            started = time.monotonic()
            assert worker_.end() == 0
            assert time.monotonic() - started < 2
            assert connection.recv(10) == b""


def test_a_stranger_at_the_other_end_is_not_talked_to(home: config.Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(home):
        monkeypatch.setattr(address, "peer_uid", lambda _: os.getuid() + 1)
        assert address.connect(home) is None
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stranger:
            stranger.settimeout(10)
            stranger.connect(home.mcp_socket)
            assert stranger.recv(10) == b""


# ── HTTP (faults M6) ──────────────────────────────────────────────────────────────────────────────────────────────────


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    home = config.Home(str(tmp_path_factory.mktemp("http") / "home"))
    rows.make(home)
    port = _free_port()
    with running(home, port):
        yield port, http.make_token(home)


HEADERS = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 200),
        ({"authorization": None}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": "Basic abc"}, 401),
        ({"authorization": ""}, 401),
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1.evil.example:80"}, 421),
        ({"host": "localhost.evil.example"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://127.0.0.1.evil.example"}, 403),
        ({"content-type": "text/plain"}, 400),
    ],
)
@pytest.mark.fault("M6")
def test_a_stranger_on_the_port_learns_nothing(
    served: tuple[int, str], changes: dict[str, str | None], status: int
) -> None:
    port, token = served
    wanted: dict[str, str | None] = {**HEADERS, "authorization": f"Bearer {token}", **changes}
    headers = {key: value for key, value in wanted.items() if value is not None}
    answer = httpx2.post(f"http://127.0.0.1:{port}/mcp", headers=headers, json=INITIALIZE, timeout=10, trust_env=False)
    assert answer.status_code == status
    if status == 401:
        assert answer.content == b""
    if status != 200:
        assert "simple-memory" not in answer.text


def test_without_the_token_no_path_is_told_from_another(served: tuple[int, str]) -> None:
    port, token = served
    for path in ("/", "/mcp", "/.well-known/oauth-protected-resource", "/../etc/passwd"):
        assert httpx2.get(f"http://127.0.0.1:{port}{path}", timeout=10, trust_env=False).status_code == 401
    del token


@pytest.mark.fault("M3")
def test_a_big_body_is_refused(served: tuple[int, str]) -> None:
    port, token = served
    headers = {**HEADERS, "authorization": f"Bearer {token}"}
    url = f"http://127.0.0.1:{port}/mcp"
    answer = httpx2.post(url, headers=headers, content=b"x" * (5 * 2**20), timeout=10, trust_env=False)
    assert answer.status_code == 413


@pytest.mark.anyio
@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_the_official_client_is_served_over_http_in_both_eras(served: tuple[int, str], era: str) -> None:
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    port, token = served
    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {token}"}, trust_env=False) as bearer:
        transport = streamable_http_client(f"http://127.0.0.1:{port}/mcp", http_client=bearer)
        async with Client(transport, mode=era) as client:
            assert len((await client.list_tools()).tools) == 6
            assert not (await client.call_tool("list_sessions", {})).is_error


def test_the_token_is_private_and_stays(home: config.Home) -> None:
    token = http.make_token(home)
    assert len(token) >= 32
    assert http.make_token(home) == token
    assert stat.S_IMODE(os.lstat(http.token_file(home)).st_mode) == 0o600


def test_any_free_port_is_taken_and_told(home: config.Home) -> None:
    with running(home, 0) as worker_:
        assert worker_.link.beaten.wait(10)
        url = str(worker_.link.facts["http"])
        assert httpx2.post(url, json=INITIALIZE, timeout=10, trust_env=False).status_code == 401


def test_a_port_that_is_taken_is_said(home: config.Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = Running(home, taken.getsockname()[1])
        assert refused.ended() == 1
        refused.link.close()

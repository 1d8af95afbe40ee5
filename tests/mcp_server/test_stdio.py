"""The pump between an agent's pipes and the service's socket: nothing lost, nothing kept, no longer than needed."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from simple_memory import config
from simple_memory.mcp_server import stdio


class Pumped:
    """A pump in a thread, with the agent's ends of its pipes and the service's end of its socket."""

    def __init__(self, parent: int | None = None) -> None:
        source, self.to_pump = os.pipe()
        self.from_pump, sink = os.pipe()
        ours, self.service = socket.socketpair()
        self.service.settimeout(10)
        self.pump = stdio.Pump(source, sink, ours, os.getppid() if parent is None else parent)
        self.thread = threading.Thread(target=self.pump.run, daemon=True)
        self.ends = [source, sink]
        self.thread.start()

    def ended_within(self, seconds: float) -> bool:
        self.thread.join(seconds)
        return not self.thread.is_alive()

    def close(self) -> None:
        self.service.close()
        self._close(self.from_pump, self.to_pump)
        assert self.ended_within(5)
        self._close(*self.ends)

    def _close(self, *descriptors: int) -> None:
        for descriptor in descriptors:
            with contextlib.suppress(OSError):
                os.close(descriptor)


@pytest.fixture
def pumped() -> Iterator[Pumped]:
    made = Pumped()
    yield made
    made.close()


def test_bytes_go_both_ways(pumped: Pumped) -> None:
    os.write(pumped.to_pump, b"question\n")
    assert pumped.service.recv(100) == b"question\n"
    pumped.service.sendall(b"answer\n")
    assert os.read(pumped.from_pump, 100) == b"answer\n"


def test_a_closed_pipe_reaches_the_service_and_its_last_answer_comes_back(pumped: Pumped) -> None:
    os.write(pumped.to_pump, b"question\n")
    os.close(pumped.to_pump)
    assert pumped.service.recv(100) == b"question\n"
    assert pumped.service.recv(100) == b""
    pumped.service.sendall(b"answer\n")
    pumped.service.shutdown(socket.SHUT_WR)
    assert os.read(pumped.from_pump, 100) == b"answer\n"
    assert pumped.ended_within(1)


def test_it_ends_within_a_second_of_a_closed_pipe_though_the_service_says_nothing(pumped: Pumped) -> None:
    os.close(pumped.to_pump)
    assert pumped.ended_within(1)


def test_it_ends_when_the_service_ends(pumped: Pumped) -> None:
    pumped.service.sendall(b"last words")
    pumped.service.close()
    assert pumped.ended_within(1)
    assert os.read(pumped.from_pump, 100) == b"last words"


def test_it_ends_when_the_agent_no_longer_reads(pumped: Pumped) -> None:
    os.close(pumped.from_pump)
    pumped.service.sendall(b"x")
    assert pumped.ended_within(1)


def test_it_ends_when_its_parent_is_another_than_at_the_start() -> None:
    made = Pumped(parent=os.getppid() + 1)
    assert made.ended_within(2)
    made.close()


def test_many_bytes_pass_unchanged_while_both_sides_are_slow(pumped: Pumped) -> None:
    sent = os.urandom(3 * 2**20)
    back = bytearray()

    def send() -> None:
        view = memoryview(sent)
        while view:
            view = view[os.write(pumped.to_pump, view[:100_000]) :]

    def echo() -> None:
        echoed = 0
        while echoed < len(sent):
            chunk = pumped.service.recv(10_000)
            pumped.service.sendall(chunk)
            echoed += len(chunk)

    threads = [threading.Thread(target=send), threading.Thread(target=echo)]
    for thread in threads:
        thread.start()
    while len(back) < len(sent):
        back += os.read(pumped.from_pump, 50_000)
    for thread in threads:
        thread.join(10)
    assert bytes(back) == sent


def test_what_nobody_reads_is_not_collected(pumped: Pumped) -> None:
    pumped.service.setblocking(False)
    sent = 0
    stuck = 0
    while stuck < 50:
        try:
            sent += pumped.service.send(b"x" * 65_536)
            stuck = 0
        except BlockingIOError:
            stuck += 1
            pumped.thread.join(0.005)
    assert sent < 2 * 2**20
    assert len(pumped.pump.to_agent) <= stdio.BUFFERED + stdio.CHUNK
    pumped.service.settimeout(10)


def test_the_service_is_not_started_where_the_person_stopped_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import subprocess

    started: list[object] = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: started.append(command))
    home = config.Home(str(tmp_path / "home"))
    config.make_home(home)
    Path(home.stopped).touch()
    stdio.ask_for_service(home)
    assert started == []
    os.unlink(home.stopped)
    stdio.ask_for_service(home)
    assert [command[-2:] for command in started] == [("start", "--daemon")]  # type: ignore[index]


def test_what_was_asked_of_a_server_that_is_still_being_loaded_is_waited_for(pumped: Pumped) -> None:
    pumped.pump.is_loading = True
    os.write(pumped.to_pump, b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
    os.close(pumped.to_pump)
    assert not pumped.ended_within(1)
    pumped.service.sendall(b'{"jsonrpc":"2.0","id":1,"result":{}}\n')
    assert os.read(pumped.from_pump, 100) == b'{"jsonrpc":"2.0","id":1,"result":{}}\n'
    assert pumped.ended_within(1)


def test_a_server_that_is_still_being_loaded_is_not_waited_for_where_nothing_was_asked(pumped: Pumped) -> None:
    pumped.pump.is_loading = True
    os.close(pumped.to_pump)
    assert pumped.ended_within(1)

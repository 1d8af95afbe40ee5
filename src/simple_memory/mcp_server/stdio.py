"""What agents start: a pump between their pipes and the service's socket; standard library only, so that it is at once.

An agent waits about a second for its tools, and importing an MCP library takes most of that. So this process only
carries bytes; the service, which has everything loaded, answers. Where no service runs, the server is loaded here and
asked through a socket pair by the same pump, and the service is started for the next time, unless the person stopped
it. A service that ends and comes back, as in an update, is asked again what it has not answered.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import time

from simple_memory import config
from simple_memory.mcp_server import address, ledger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = 65_536
BUFFERED = 262_144
"""Bytes held in each direction; when they are full, the side that sends is not read from."""
LOOK_S = 0.5
"""How often to look whether the agent that started this process still lives."""
RETRY_S = 0.1
"""How often to look for the service while something waits to be asked."""
RETURN_S = 5.0
"""How long a service that went may take to come back, before the server is loaded here."""
TRIES = 3
"""So many servers in a row may end without a word before it counts as the fault of what they are asked."""
DRAIN_S = 0.8
"""How long answers may still come after the agent closed its pipe …"""
LOADING_S = 5.0
"""… and how long their first byte may take where something was asked and the server is still being loaded here."""


def main() -> int:
    """Carry bytes between stdin, stdout and the service until the agent is gone. Returns the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = os.getppid()
    way = Way(config.find_home())
    try:
        pump = Pump(0, 1, way.first(), parent, way.again)
        pump.is_loading = way.is_here
        pump.run()
    finally:
        if way.is_here:
            os._exit(0)  # the server's thread may be in the middle of anything; nothing of it needs to be kept
    return 0


class Way:
    """The way to a server: the service's socket, or a server loaded here. `is_here` tells which."""

    def __init__(self, home: config.Home) -> None:
        """Take the home whose service it is."""
        self.home = home
        self.is_here = False
        self._waited_since: float | None = None

    def first(self) -> socket.socket:
        """Return a connection: to the service if it runs, else to a server here, and have the service started."""
        connection = address.connect(self.home)
        if connection is None:
            connection = self._here()
            ask_for_service(self.home)
        return connection

    def again(self) -> socket.socket | None:
        """Return a connection after the service went; None while it may still come back."""
        connection = address.connect(self.home)
        if connection is not None:
            self._waited_since = None
            return connection
        now = time.monotonic()
        self._waited_since = self._waited_since or now
        if now - self._waited_since < RETURN_S and not os.path.lexists(self.home.stopped):
            return None
        return self._here()

    def _here(self) -> socket.socket:
        self.is_here = True
        return _serve_here(self.home)


class Pump:
    """Bytes from `source` to a server, and from there to `sink`; bounded, and never blocked by one slow side."""

    def __init__(
        self,
        source: int,
        sink: int,
        connection: socket.socket,
        parent: int,
        again: Callable[[], socket.socket | None] | None = None,
    ) -> None:
        """Take two descriptors, a connected socket, and the id of the process whose end ends this one.

        `again` gives another connection when the server is gone and something is to be asked (None: not yet); without
        it the server's end is the end. `is_loading` is set where the server has yet to be loaded here.
        """
        self.source = source
        self.sink = sink
        self.connection: socket.socket | None = connection
        self.parent = parent
        self.again = again
        self.ledger = ledger.Ledger()
        self.to_service = bytearray()
        self.to_agent = bytearray()
        self.source_open = True
        self.until: float | None = None
        self.tries = 0
        self.is_loading = False

    def run(self) -> None:
        """Pump until the agent is gone, or the server for good."""
        if self.connection is not None:
            self.connection.setblocking(False)
        blocking = os.get_blocking(self.sink)
        if not os.isatty(self.sink):
            os.set_blocking(self.sink, False)
        try:
            while self._goes_on():
                self._step()
        except OSError:
            pass  # the agent no longer reads
        finally:
            os.set_blocking(self.sink, blocking)
            if self.connection is not None:
                self.connection.close()

    def _goes_on(self) -> bool:
        if os.getppid() != self.parent:
            return False
        if self.connection is None and not self.to_agent and (not self.source_open or not self._may_return()):
            return False
        return self.until is None or time.monotonic() < self.until

    def _may_return(self) -> bool:
        return self.again is not None and not self.ledger.is_overfull and self.tries <= TRIES

    def _step(self) -> None:
        if self.connection is None and self.to_service and self.source_open:
            self._reconnect()
        readers, writers = self._interests()
        readable, writable, _ = select.select(readers, writers, [], self._patience())
        if self.connection in writable:
            self._send()
        if self.sink in writable:
            self._write()
        if self.connection in readable:
            self._receive()
        if self.source in readable:
            self._read()
        if not readable and not writable:
            self.ledger.settle()

    def _interests(self) -> tuple[list[int | socket.socket], list[int | socket.socket]]:
        readers: list[int | socket.socket] = []
        writers: list[int | socket.socket] = []
        if self.source_open and len(self.to_service) < BUFFERED:
            readers.append(self.source)
        if self.connection is not None and len(self.to_agent) < BUFFERED:
            readers.append(self.connection)
        if self.connection is not None and self.to_service:
            writers.append(self.connection)
        if self.to_agent:
            writers.append(self.sink)
        return readers, writers

    def _patience(self) -> float:
        if self.until is not None:
            return max(0.0, min(LOOK_S, self.until - time.monotonic()))
        return RETRY_S if self.connection is None and self.to_service else LOOK_S

    def _read(self) -> None:
        chunk = os.read(self.source, CHUNK)
        if chunk:
            self.ledger.ask(chunk)
            self.to_service += chunk
            self._send()
        else:
            self.source_open = False
            self.ledger.settle()
            is_awaited = self.is_loading and self.ledger.has_pending
            self.until = time.monotonic() + (LOADING_S if is_awaited else DRAIN_S)
            self._shut()

    def _send(self) -> None:
        if self.connection is None:
            return
        try:
            del self.to_service[: self.connection.send(self.to_service)]
        except BlockingIOError:
            return
        except OSError:
            self.to_service.clear()  # the server is gone: what it said before may still be read, then _receive tells
        self._shut()

    def _shut(self) -> None:
        """Tell the server that no more comes, once all of it went."""
        if self.connection is not None and not self.source_open and not self.to_service:
            try:
                self.connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass

    def _receive(self) -> None:
        assert self.connection is not None
        try:
            chunk = self.connection.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if chunk:
            self.tries = 0
            if self.is_loading and self.until is not None:
                self.until = time.monotonic() + DRAIN_S
            self.is_loading = False
            self.to_agent += self.ledger.hear(chunk) if self.again is not None else chunk
            self._write()
            return
        self.connection.close()
        self.connection = None
        if self._may_return():  # if nothing waits for an answer, nothing is connected before it is needed
            replayed = self.ledger.replay()
            self.to_service[:] = replayed if self.ledger.has_pending else b""

    def _reconnect(self) -> None:
        assert self.again is not None
        self.connection = self.again()
        if self.connection is not None:
            self.tries += 1
            self.connection.setblocking(False)
            self.to_service[:] = self.ledger.replay()

    def _write(self) -> None:
        if not self.to_agent:
            return
        try:
            del self.to_agent[: os.write(self.sink, self.to_agent)]
        except BlockingIOError:
            return


def _serve_here(home: config.Home) -> socket.socket:
    """Load the server in a thread of this process; return a socket that is connected to it."""
    import threading

    ours, theirs = socket.socketpair()
    sys.stdout = sys.stderr  # stdout belongs to the protocol, whoever prints
    threading.Thread(target=_serve, args=(home, theirs), name="mcp", daemon=True).start()
    return ours


def _serve(home: config.Home, connection: socket.socket) -> None:
    try:
        import anyio

        from simple_memory.mcp_server import calls, lines, server, sockets

        anyio.run(sockets.serve, server.build(calls.Memory(home)), connection, lines.Tally())
    finally:
        connection.close()


def ask_for_service(home: config.Home) -> None:
    """Start the service in the background for the next time; never wait for it, never fail because of it."""
    if os.path.lexists(home.stopped):
        return
    import subprocess

    try:
        subprocess.Popen(
            (sys.executable, "-I", "-m", "simple_memory", "start", "--daemon"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
    except OSError:
        pass


if __name__ == "__main__":
    sys.exit(main())

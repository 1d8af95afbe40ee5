"""What agents start: a pump between their pipes and the service's socket; standard library only, so that it is at once.

An agent waits about a second for its tools, and importing an MCP library takes most of that. So this process only
carries bytes; the service, which has everything loaded, answers. Where no service runs, the server is loaded here and
asked through a socket pair by the same pump, and the service is started for the next time, unless the person stopped
it.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import time

from simple_memory import config
from simple_memory.mcp_server import address

CHUNK = 65_536
BUFFERED = 262_144
"""Bytes held in each direction; when they are full, the side that sends is not read from."""
LOOK_S = 0.5
"""How often to look whether the agent that started this process still lives."""
DRAIN_S = 0.8
"""How long answers may still come after the agent closed its pipe."""


def main() -> int:
    """Carry bytes between stdin, stdout and the service until the agent is gone. Returns the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = os.getppid()
    home = config.find_home()
    connection = address.connect(home)
    served_here = connection is None
    if connection is None:
        connection = _serve_here(home)
        ask_for_service(home)
    try:
        Pump(0, 1, connection, parent).run()
    finally:
        connection.close()
        if served_here:
            os._exit(0)  # the server's thread may be in the middle of anything; nothing of it needs to be kept
    return 0


class Pump:
    """Bytes from `source` to `connection`, and from there to `sink`; bounded, and never blocked by one slow side."""

    def __init__(self, source: int, sink: int, connection: socket.socket, parent: int) -> None:
        """Take two descriptors, a connected socket, and the id of the process whose end ends this one."""
        self.source = source
        self.sink = sink
        self.connection = connection
        self.parent = parent
        self.to_service = bytearray()
        self.to_agent = bytearray()
        self.source_open = True
        self.service_open = True
        self.until: float | None = None

    def run(self) -> None:
        """Pump until the agent or the service is gone."""
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

    def _goes_on(self) -> bool:
        if os.getppid() != self.parent:
            return False
        if not self.service_open and not self.to_agent:
            return False
        return self.until is None or time.monotonic() < self.until

    def _step(self) -> None:
        readers: list[int | socket.socket] = []
        writers: list[int | socket.socket] = []
        if self.source_open and len(self.to_service) < BUFFERED:
            readers.append(self.source)
        if self.service_open and len(self.to_agent) < BUFFERED:
            readers.append(self.connection)
        if self.to_service:
            writers.append(self.connection)
        if self.to_agent:
            writers.append(self.sink)
        wait = LOOK_S if self.until is None else max(0.0, min(LOOK_S, self.until - time.monotonic()))
        readable, writable, _ = select.select(readers, writers, [], wait)
        if self.connection in writable:
            self._send()
        if self.sink in writable:
            self._write()
        if self.connection in readable:
            self._receive()
        if self.source in readable:
            self._read()

    def _read(self) -> None:
        chunk = os.read(self.source, CHUNK)
        if chunk:
            self.to_service += chunk
            self._send()
        else:
            self.source_open = False
            self.until = time.monotonic() + DRAIN_S
            self._shut()

    def _send(self) -> None:
        try:
            del self.to_service[: self.connection.send(self.to_service)]
        except BlockingIOError:
            return
        except OSError:
            self.to_service.clear()  # the service is gone; what it said before may still be read
        self._shut()

    def _shut(self) -> None:
        """Tell the service that no more comes, once all of it went."""
        if not self.source_open and not self.to_service:
            try:
                self.connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass

    def _receive(self) -> None:
        try:
            chunk = self.connection.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if chunk:
            self.to_agent += chunk
            self._write()
        else:
            self.service_open = False

    def _write(self) -> None:
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

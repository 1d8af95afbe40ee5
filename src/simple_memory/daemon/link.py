"""A worker's side of its tie to the supervisor: signs of life out, requests and the wish to stop in.

One socket does both, a line each: JSON objects out, words in. Its end-of-file means stop, whether the supervisor died
or SIGTERM came: the signal handler shuts the reading half down, so that there is one thing to wait for, in asyncio too.
"""

from __future__ import annotations

import json
import select
import signal
import socket
from types import FrameType

from simple_memory import errors

_UNSENT_LIMIT = 64 * 1024
"""While the supervisor does not read, this much is kept for it; newer signs of life are dropped."""


class Link:
    """The tie of a worker to its supervisor. `fileno()` is readable when there is a request or a wish to stop."""

    def __init__(self, connected: socket.socket) -> None:
        """Take the worker's end of the socket pair."""
        connected.setblocking(False)
        self._socket = connected
        self._received = b""
        self._unsent = b""
        self._stop = False
        self._requests: list[str] = []

    @classmethod
    def inherited(cls, descriptor: int) -> Link:
        """Return the link on the `descriptor` that the supervisor left open for us, with signals arranged.

        SIGTERM asks to stop. SIGINT and SIGHUP are the supervisor's business: a terminal sends them to all of us.
        """
        link = cls(socket.socket(fileno=descriptor))
        link.heed_signals()
        return link

    @classmethod
    def detached(cls) -> tuple[Link, socket.socket]:
        """Return a link without a supervisor, and the other end of it, which must be kept open."""
        ours, other = socket.socketpair()
        return cls(ours), other

    def heed_signals(self) -> None:
        """Make SIGTERM a wish to stop, and ignore SIGINT and SIGHUP."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.request_stop()

    def request_stop(self) -> None:
        """Ask this worker to stop; safe in a signal handler and in any thread."""
        self._stop = True
        try:
            self._socket.shutdown(socket.SHUT_RD)
        except OSError:
            pass

    def ready(self) -> None:
        """Tell the supervisor that this worker serves."""
        self._send({"ready": True})

    def beat(self, facts: dict[str, object]) -> None:
        """Tell the supervisor that this worker lives, and how it is: plain JSON values."""
        self._send({"beat": facts})

    def failed(self, error: errors.SimpleMemoryError) -> None:
        """Tell the supervisor why this worker is about to end."""
        self._send({"failed": {"code": error.code, "message": error.message, "hint": error.hint}})

    def requests(self) -> list[str]:
        """Return what was asked since the last call: the sync worker is asked to `rescan`."""
        self._receive()
        taken, self._requests = self._requests, []
        return taken

    def stop_requested(self) -> bool:
        """Return whether this worker is to stop: asked to, or left alone."""
        self._receive()
        return self._stop

    def wait(self, seconds: float) -> bool:
        """Wait until something is asked or `seconds` have passed; return whether this worker is to stop."""
        if not self._stop and not self._requests:
            poller = select.poll()
            poller.register(self._socket, select.POLLIN)
            poller.poll(max(0.0, seconds) * 1000)
        return self.stop_requested()

    def fileno(self) -> int:
        """Return the descriptor to wait on. It stays readable once this worker is to stop."""
        return self._socket.fileno()

    def _receive(self) -> None:
        while not self._stop:
            try:
                part = self._socket.recv(65536)
            except BlockingIOError:
                return
            except OSError:
                part = b""
            if not part:
                self._stop = True
                return
            *lines, self._received = (self._received + part).split(b"\n")
            self._requests += [line.decode("utf-8", "replace") for line in lines]

    def _send(self, message: dict[str, object]) -> None:
        if len(self._unsent) < _UNSENT_LIMIT:
            self._unsent += json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"
        try:
            while self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:  # the supervisor is gone; the end-of-file says so
            self._unsent = b""

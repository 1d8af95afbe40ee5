"""The supervisor's end of `run/control.sock`: takes commands, a line each, from its own user; not what they do."""

from __future__ import annotations

import json
import os
import socket
from typing import Any

from simple_memory import config
from simple_memory.service import sockets

_CLIENTS = 32
_LONGEST_COMMAND = 4096


class Caller:
    """Somebody who is connected."""

    def __init__(self, connected: socket.socket) -> None:
        """Take the accepted socket."""
        self.socket = connected
        self.heard = b""
        self.unsent = b""
        self.is_ending = False


class ControlServer:
    """Listens at the control socket of `home`; never blocks."""

    def __init__(self, home: config.Home) -> None:
        """Open the socket. Raises OSError."""
        self._listening = sockets.listen(home.control_socket)
        self._callers: dict[int, Caller] = {}

    def waiting(self) -> dict[int, bool]:
        """Return the descriptors to wait on; True: for writing too."""
        found = {descriptor: bool(caller.unsent) for descriptor, caller in self._callers.items()}
        if len(self._callers) < _CLIENTS:
            found[self._listening.fileno()] = False
        return found

    def attend(self, descriptor: int) -> list[tuple[Caller, str]]:
        """Do what is due at `descriptor`; return the commands that arrived, each with its caller."""
        if descriptor == self._listening.fileno():
            self._accept()
            return []
        caller = self._callers.get(descriptor)
        if caller is None:
            return []
        self._send(caller)
        return [(caller, command) for command in self._read(caller)]

    def reply(self, caller: Caller, answer: dict[str, Any]) -> None:
        """Send `answer` to a caller, who may have left, and hang up once it is sent."""
        if caller.socket.fileno() in self._callers:
            caller.unsent += json.dumps(answer, separators=(",", ":")).encode("ascii") + b"\n"
            caller.is_ending = True
            self._send(caller)

    def close(self) -> None:
        """Hang up everywhere."""
        for caller in list(self._callers.values()):
            self._drop(caller)
        self._listening.close()

    def _accept(self) -> None:
        try:
            connected, _ = self._listening.accept()
        except OSError:
            return
        if sockets.peer_uid(connected) not in {None, os.getuid(), 0}:
            connected.close()
            return
        connected.setblocking(False)
        self._callers[connected.fileno()] = Caller(connected)

    def _read(self, caller: Caller) -> list[str]:
        if caller.socket.fileno() not in self._callers:
            return []
        try:
            part = caller.socket.recv(_LONGEST_COMMAND)
        except BlockingIOError:
            return []
        except OSError:
            part = b""
        if not part or len(caller.heard) > _LONGEST_COMMAND:
            self._drop(caller)
            return []
        *lines, caller.heard = (caller.heard + part).split(b"\n")
        return [line.decode("utf-8", "replace").strip() for line in lines]

    def _send(self, caller: Caller) -> None:
        try:
            while caller.unsent:
                caller.unsent = caller.unsent[caller.socket.send(caller.unsent) :]
        except BlockingIOError:
            return
        except OSError:
            caller.is_ending = True
        if caller.is_ending:
            self._drop(caller)

    def _drop(self, caller: Caller) -> None:
        self._callers.pop(caller.socket.fileno(), None)
        caller.socket.close()

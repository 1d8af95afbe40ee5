"""The server on connected sockets, and the loop that takes them; not where the sockets come from."""

from __future__ import annotations

import logging
import os
import socket
from typing import Any

import anyio
import anyio.abc

from simple_memory.mcp_server import address, lines

CONNECTIONS = 256
"""Connections at the same time; further ones are closed at once."""

_log = logging.getLogger(__name__)


async def accept(listener: socket.socket, mcp: Any, tally: lines.Tally) -> None:
    """Take connections of this user and serve each, until cancelled."""
    listener.setblocking(False)
    async with anyio.create_task_group() as group:
        while True:
            await anyio.wait_readable(listener)
            try:
                connection, _address = listener.accept()
            except BlockingIOError:
                continue
            except OSError as error:  # out of descriptors, or the client is gone already
                _log.warning("a connection could not be taken: %s", error)
                await anyio.sleep(0.1)
                continue
            if tally.connections >= CONNECTIONS or address.peer_uid(connection) not in {None, os.getuid()}:
                connection.close()
                continue
            group.start_soon(serve, mcp, connection, tally)


async def serve(mcp: Any, connection: socket.socket, tally: lines.Tally) -> None:
    """Serve one connected socket until it ends; raises nothing but cancellation."""
    connection.setblocking(False)
    stream = await anyio.abc.UNIXSocketStream.from_socket(connection)
    await lines.serve(mcp, stream, tally)

"""The service's MCP worker: one process that serves every agent session over a Unix socket, and HTTP when asked.

Reads as startup, main loop, shutdown. One rude client harms no other: each connection ends for itself.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import socket
import stat
import sys
import tempfile
from collections.abc import Callable
from typing import Any, Protocol

import anyio

from simple_memory import config, errors
from simple_memory.mcp_server import address, calls, lines, server, sockets
from simple_memory.service import ports
from simple_memory.store import sandbox

OWN_SOCKET_S = 30.0
"""How often the worker looks whether its socket still is its own."""
PATH = "/mcp"
"""Where MCP is served over HTTP."""
_BACKLOG = 64

_log = logging.getLogger(__name__)


class Link(Protocol):
    """The worker's side of its supervisor (daemon.link.Link)."""

    def ready(self) -> None:
        """Say that the worker serves."""

    def beat(self, facts: dict[str, object]) -> None:
        """Say that the worker lives."""

    def stop_requested(self) -> bool:
        """Return whether the worker shall end."""

    def fileno(self) -> int:
        """Return a descriptor that becomes readable when the worker shall end."""


def run(home: config.Home, settings: config.Settings, link: Link, http_port: int | None) -> int:
    """Serve until the link says stop. Returns the exit code: 0, or 1 where its socket was taken away.

    `http_port` 0 takes any free port. Raises ServiceFailed or HomeUnusable where the socket or the port cannot be had.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        with contextlib.ExitStack() as stack:
            listeners = [stack.enter_context(_listening(home))]
            if http_port is not None:
                listeners.append(stack.enter_context(_listening_on_loopback(http_port)))
            return anyio.run(_serve, home, settings, link, listeners)
    finally:
        sandbox.close()


async def _serve(home: config.Home, settings: config.Settings, link: Link, listeners: list[socket.socket]) -> int:
    memory = calls.Memory(home)
    mcp = server.build(memory)
    tally = lines.Tally()
    stop = anyio.Event()
    path = listeners[0].getsockname()
    found = os.lstat(path)
    port = listeners[1].getsockname()[1] if len(listeners) > 1 else None

    def facts() -> dict[str, object]:
        told: dict[str, object] = {
            "connections": tally.connections,
            "requests": tally.requests,
            "errors": tally.errors,
        }
        return told if port is None else {**told, "http": f"http://127.0.0.1:{port}{PATH}"}

    def is_ours() -> bool:
        return address.is_same(path, (found.st_dev, found.st_ino))

    try:
        async with anyio.create_task_group() as group:
            group.start_soon(sockets.accept, listeners[0], mcp, tally)
            async with anyio.create_task_group() as web:
                for listener in listeners[1:]:
                    from simple_memory.mcp_server import http  # uvicorn: only for who asks

                    web.start_soon(http.serve, http.guarded(mcp, home, PATH), listener, stop)
                link.ready()
                stopped = await _live(link, settings.heartbeat_s, facts, is_ours)
                stop.set()
            group.cancel_scope.cancel()
    finally:
        memory.close()
    return errors.EXIT_OK if stopped else errors.EXIT_ERROR


async def _live(
    link: Link, every_s: float, facts: Callable[[], dict[str, object]], is_ours: Callable[[], bool]
) -> bool:
    """Beat until the link says stop (True), or the socket is no longer ours (False)."""
    looked = anyio.current_time()
    while not link.stop_requested():
        link.beat(facts())
        if anyio.current_time() - looked >= OWN_SOCKET_S:
            looked = anyio.current_time()
            if not is_ours():
                _log.error("the socket was taken away; the worker ends")
                return False
        with anyio.move_on_after(every_s):
            await anyio.wait_readable(link.fileno())
            await anyio.sleep(0.05)  # what woke us may be something else: never spin
    return True


@contextlib.contextmanager
def _listening(home: config.Home) -> Any:
    """Give the listening Unix socket, 0600 in a folder of 0700; take its file away afterwards if it still is ours."""
    config.make_home(home)
    path = _socket_path(home)
    _remove_stale(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(path)
    except OSError as error:
        listener.close()
        raise errors.ServiceFailed(f"The socket {path} cannot be made: {error.strerror}.") from error
    finally:
        os.umask(mask)
    found = os.lstat(path)
    try:
        listener.listen(_BACKLOG)
        yield listener
    finally:
        listener.close()
        if address.is_same(path, (found.st_dev, found.st_ino)):
            os.unlink(path)
            _forget_short_folder(home, path)


def _remove_stale(path: str) -> None:
    """Remove a socket file behind which nobody listens. Raises ServiceFailed where somebody does, or for no socket."""
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise errors.ServiceFailed(f"{path} is in the way: it is no socket.", "Move it away.")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        if probe.connect_ex(path) not in {errno.ECONNREFUSED, errno.ENOENT}:
            raise errors.ServiceFailed(f"Another server listens on {path}.", "Run `simple-memory restart`.")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def _socket_path(home: config.Home) -> str:
    """Return where the socket goes: into the home, or into a short private folder that run/mcp.addr then names."""
    note = address.note_file(home)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(note)
    if address.fits(home.mcp_socket):
        return home.mcp_socket
    path = os.path.join(_short_folder(home), "mcp.sock")
    with open(os.open(note, os.O_WRONLY | os.O_CREAT | os.O_EXCL, config.FILE_MODE), "w", encoding="utf-8") as file:
        file.write(path + "\n")
    return path


def _short_folder(home: config.Home) -> str:
    name = "simple-memory-" + hashlib.sha256(os.fsencode(home.root)).hexdigest()[:12]
    folder = config.runtime_folder()
    if folder is not None and address.fits(os.path.join(folder, name, "mcp.sock")):
        folder = os.path.join(folder, name)
        config.make_private(folder)
        return folder
    return tempfile.mkdtemp(prefix="simple-memory-", dir="/tmp")  # its name is random, its mode 0700


def _forget_short_folder(home: config.Home, path: str) -> None:
    if path != home.mcp_socket:
        with contextlib.suppress(OSError):
            os.rmdir(os.path.dirname(path))
            os.unlink(address.note_file(home))


def _by_whom(port: int) -> str:
    holder = ports.holder(port)
    return f", by {holder}" if holder else ""


@contextlib.contextmanager
def _listening_on_loopback(port: int) -> Any:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(_BACKLOG)
        yield listener
    except OSError as error:
        raise errors.ServiceFailed(
            f"Port {port} on 127.0.0.1 cannot be had: {error.strerror}{_by_whom(port)}.",
            "Name another with --http PORT.",
        ) from error
    finally:
        listener.close()

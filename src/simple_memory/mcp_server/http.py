"""MCP over HTTP on loopback, for who asks for it: bearer token, Host and Origin checked; not started by default."""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import socket
from collections.abc import Iterator
from typing import Any

import anyio
import uvicorn

from simple_memory import config
from simple_memory.mcp_server import lines


def token_file(home: config.Home) -> str:
    """Return the file, 0600, that holds the token which every request must carry."""
    return os.path.join(home.run, "http.token")


def make_token(home: config.Home) -> str:
    """Return the home's token; make it if there is none."""
    path = token_file(home)
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), encoding="ascii") as file:
            if token := file.read().strip():
                os.chmod(path, config.FILE_MODE)
                return token
        os.unlink(path)
    except FileNotFoundError:
        pass
    token = secrets.token_urlsafe(32)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, config.FILE_MODE), "w", encoding="ascii") as file:
        file.write(token + "\n")
    return token


async def serve(app: Any, listener: socket.socket, stop: anyio.Event) -> None:
    """Serve `app` on a listening socket until `stop` is set; requests that run then have a second to end."""
    settings = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, ws="none", timeout_graceful_shutdown=1
    )
    server = _Uvicorn(settings)
    async with anyio.create_task_group() as group:
        group.start_soon(server.serve, [listener])
        await stop.wait()
        server.should_exit = True


class _Uvicorn(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the worker's link."""
        yield


def guarded(mcp: Any, home: config.Home, path: str) -> Any:
    """Return the server at `path` as an ASGI app behind the token: without it, 401 and not a word more."""
    app = mcp.streamable_http_app(streamable_http_path=path, max_request_body_size=lines.MESSAGE_BYTES)
    expected = f"Bearer {make_token(home)}".encode()

    async def guard(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            given = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(given, expected):
                headers = [(b"www-authenticate", b"Bearer"), (b"content-length", b"0")]
                await send({"type": "http.response.start", "status": 401, "headers": headers})
                await send({"type": "http.response.body", "body": b""})
                return
        await app(scope, receive, send)

    return guard

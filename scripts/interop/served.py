"""Serve a small memory over HTTP without a token, for the conformance suite, which knows none; for nothing else."""

from __future__ import annotations

import sys

import uvicorn

from simple_memory import config
from simple_memory.mcp_server import calls, server
from tests.mcp_server import rows


def main(folder: str, port: int) -> None:
    """Make the memory in `folder` and serve it on 127.0.0.1 until ended."""
    home = config.Home(folder)
    rows.make(home)
    app = server.build(calls.Memory(home)).streamable_http_app(streamable_http_path="/mcp")
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

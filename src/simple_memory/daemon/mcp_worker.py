"""The process that serves MCP to every session; what it serves, and how, is the MCP server's (mcp_server/worker.py)."""

from __future__ import annotations

from simple_memory import config
from simple_memory.daemon import link as links


def run(home: config.Home, settings: config.Settings, link: links.Link, http_port: int | None) -> int:
    """Serve on the home's socket (and on loopback at `http_port`) until `link` says stop; return the exit code."""
    from simple_memory.mcp_server import worker

    return int(worker.run(home, settings, link, http_port))

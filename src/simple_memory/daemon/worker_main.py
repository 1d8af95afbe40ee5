"""What every worker process does around its work: ties itself to its supervisor, and says why it could not go on."""

from __future__ import annotations

from simple_memory import config, errors
from simple_memory.daemon import link as links
from simple_memory.daemon import tether


def run(name: str, home: config.Home, *, descriptor: int, parent: int, http_port: int) -> int:
    """Be the worker `name` until its supervisor ends it; return the exit code. A negative `http_port` means none."""
    if not tether.tie_to_parent(parent):
        return errors.EXIT_ERROR
    link = links.Link.inherited(descriptor)
    try:
        settings = config.load_settings(home)
        if name == "sync":
            from simple_memory.daemon import sync_worker

            return sync_worker.run(home, settings, link)
        from simple_memory.daemon import mcp_worker

        return mcp_worker.run(home, settings, link, http_port if http_port >= 0 else None)
    except errors.SimpleMemoryError as error:
        link.failed(error)
        return error.exit_code

"""`mcp`: serve one agent on standard input and output. What agents run; the work is in mcp_server.stdio."""

from __future__ import annotations

from simple_memory.mcp_server import stdio

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def run_quickly(arguments: list[str]) -> int | None:
    """Serve at once, before anything parses arguments; None where there are some to parse."""
    return None if arguments else stdio.main()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none: agents start it, and the environment says which home it is."""
    parser.epilog = "Agents start this. Register its absolute path with yours; see the guide."


def run(_arguments: argparse.Namespace) -> int:
    """Serve until the agent is gone. Returns the exit code."""
    return stdio.main()

"""`disconnect`: take the MCP server out of the agents' settings; parses and plans, `connect` shows, asks and writes."""

from __future__ import annotations

import argparse

from simple_memory.cli import connect
from simple_memory.connect import agents, changes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("agents", nargs="*", metavar="AGENT", help=f"{', '.join(agents.NAMES)}; all if none")
    parser.add_argument("--yes", action="store_true", help="write without asking")
    parser.add_argument("--json", action="store_true", help="answer as JSON; without --yes nothing is written")


def run(arguments: argparse.Namespace) -> int:
    """Take the server out wherever it is registered. Returns 1 where that did not work."""
    chosen = agents.chosen(arguments.agents) if arguments.agents else list(agents.AGENTS)
    planned = changes.to_disconnect(chosen)
    if not arguments.agents:  # those that never knew of us are not worth a word
        planned = [change for change in planned if change.is_needed or change.error]
    return connect.carry_out(planned, arguments, done="disconnected", kept="not connected", verb="disconnect")

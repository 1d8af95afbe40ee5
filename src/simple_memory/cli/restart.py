"""`restart`: ends the service and starts it in the background, as it ran unless told otherwise."""

from __future__ import annotations

from simple_memory import config, errors
from simple_memory.cli import start
from simple_memory.service import control

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--force", action="store_true", help="kill what does not end by itself")
    start.add_service_arguments(parser)
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """End the service and start it."""
    told = arguments.sync_only or arguments.mcp_only or arguments.http is not None or arguments.stand_in
    options = start.options_from(arguments) if told else None
    start.tell(control.restart(config.find_home(), options, force=arguments.force), as_json=arguments.json)
    return errors.EXIT_OK

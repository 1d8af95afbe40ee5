"""`stop`: ends the service of this home, makes sure, and says what was ended."""

from __future__ import annotations

from simple_memory import config, errors
from simple_memory.cli import output
from simple_memory.service import control

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--force", action="store_true", help="kill what does not end by itself")
    parser.add_argument(
        "--timeout", type=float, default=control.STOP_S, metavar="S", help="wait so long (default: %(default)g s)"
    )
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """End the service."""
    stopped = control.stop(config.find_home(), force=arguments.force, timeout=arguments.timeout)
    if arguments.json:
        output.emit_json({"stopped": stopped.pids, "forced": stopped.forced})
    else:
        output.say(sentence(stopped))
    return errors.EXIT_OK


def sentence(stopped: control.Stopped) -> str:
    """Return what was ended, for people."""
    if not stopped.pids:
        return "Simple Memory is not running: nothing to stop."
    named = ", ".join(f"{name} {pid}" for name, pid in stopped.pids.items())
    return f"{'Killed' if stopped.forced else 'Stopped'}: {named}."

"""`start`: the service, in the foreground with a live line of activity, or in the background until it is stopped."""

from __future__ import annotations

import os
import sys

from simple_memory import __version__, config, errors
from simple_memory.cli import output
from simple_memory.service import control, launch, runfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

DEFAULT_HTTP_PORT = 7313


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "--daemon", "--background", dest="daemon", action="store_true", help="return once it serves; it stays"
    )
    add_service_arguments(parser)
    parser.add_argument("--json", action="store_true", help="answer as JSON (with --daemon)")


def add_service_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what `start` and `restart` take alike."""
    import argparse

    only = parser.add_mutually_exclusive_group()
    only.add_argument("--sync-only", action="store_true", help="read transcripts, serve no agents")
    only.add_argument("--mcp-only", action="store_true", help="serve agents, read no transcripts")
    parser.add_argument(
        "--http",
        nargs="?",
        type=_port,
        const=DEFAULT_HTTP_PORT,
        metavar="PORT",
        help=f"serve MCP over HTTP on 127.0.0.1 too (default: {DEFAULT_HTTP_PORT})",
    )
    parser.add_argument("--stand-in", action="append", default=[], help=argparse.SUPPRESS)
    parser.add_argument("--pace", type=float, default=1.0, help=argparse.SUPPRESS)


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise ValueError(text)
    return port


def options_from(arguments: argparse.Namespace) -> launch.Options:
    """Return how the service is asked to run. Raises UsageError."""
    workers = ["sync"] if arguments.sync_only else ["mcp"] if arguments.mcp_only else list(runfile.WORKERS)
    if arguments.http is not None and "mcp" not in workers:
        raise errors.UsageError("--http needs the mcp worker.", "Leave out --sync-only.")
    return launch.Options(workers, arguments.http, arguments.stand_in, arguments.pace)


def run(arguments: argparse.Namespace) -> int:
    """Start the service."""
    home, options = config.find_home(), options_from(arguments)
    if not arguments.daemon:
        return _be_the_service(home, options)
    tell(control.start(home, options), as_json=arguments.json)
    return errors.EXIT_OK


def _be_the_service(home: config.Home, options: launch.Options) -> int:
    """Become the supervisor: same process, same terminal, and nothing of the command line left in memory."""
    control.make_way(home)
    sys.stdout.flush()
    command = launch.supervisor(home, options, ready=None, foreground=True)
    os.execve(command[0], command, config.service_environment(home))  # noqa: S606 # our own interpreter, by its path


def tell(started: control.Started, *, as_json: bool) -> None:
    """Write how a start in the background ended."""
    if as_json:
        output.emit_json(
            {
                "outcome": started.outcome,
                "supervisor": {"pid": started.pid},
                "workers": {name: {"pid": pid} for name, pid in started.workers.items()},
                "preparing": started.preparing,
            }
        )
        return
    if started.outcome == control.ALREADY:
        output.say(f"Simple Memory is already running, pid {started.pid}.")
        return
    workers = ", ".join(f"{name} {pid}" for name, pid in started.workers.items())
    again = ""
    if started.before:
        older = f"instead of version {started.before}" if started.before != __version__ else "as it is installed now"
        again = f" again, {older}"
    output.say(f"Simple Memory runs{again}: supervisor {started.pid}, {workers}.")
    if started.preparing:
        output.say(f"Still preparing: {', '.join(started.preparing)}. `simple-memory status` shows when it serves.")

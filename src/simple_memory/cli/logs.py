"""`logs`: what the service wrote down, of the supervisor and both workers together or of one."""

from __future__ import annotations

import sys
import time

from simple_memory import config, errors
from simple_memory.cli import output
from simple_memory.service import logs

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

DEFAULT_COUNT = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("-n", type=int, metavar="N", dest="count", help=f"the last N lines (default: {DEFAULT_COUNT})")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with new lines, until Ctrl-C")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--sync", action="store_true", help="only the sync worker's")
    only.add_argument("--mcp", action="store_true", help="only the mcp worker's")
    parser.add_argument("--since", metavar="T", help="only lines since then: 90s, 10m, 2h, 3d, or a date and time")
    parser.add_argument("--json", action="store_true", help="answer as JSON: an object per line")


def run(arguments: argparse.Namespace) -> int:
    """Show log lines."""
    home = config.find_home()
    names = ("sync",) if arguments.sync else ("mcp",) if arguments.mcp else logs.NAMES
    since = logs.parse_since(arguments.since, time.time()) if arguments.since else ""
    count = arguments.count if arguments.count is not None else sys.maxsize if since else DEFAULT_COUNT
    if count < 0:
        raise errors.UsageError("-n takes a number of lines, not a negative one.")
    follower = logs.Follower(home, names) if arguments.follow else None  # first, so that no line falls in between
    shown = logs.last_lines(home, names, count, since)
    for line in shown:
        _show(line, as_json=arguments.json)
    if follower is not None:
        _follow(follower, set(shown), as_json=arguments.json)
    elif not shown and not arguments.json:
        output.talk(f"There is nothing in {output.safe(home.logs)} yet.")
    return errors.EXIT_OK


def _follow(follower: logs.Follower, shown: set[str], *, as_json: bool) -> None:
    """Show new lines for ever; those of `shown` were shown."""
    while True:
        for line in follower.new_lines():
            if line not in shown:
                _show(line, as_json=as_json)
        shown.clear()
        sys.stdout.flush()
        time.sleep(logs.FOLLOW_S)


def _show(line: str, *, as_json: bool) -> None:
    if not as_json:
        output.say(output.safe(line))
        return
    at, _, rest = line.partition(" ")
    name, _, text = rest.partition(" ")
    output.emit_json({"time": at, "name": name, "text": text})

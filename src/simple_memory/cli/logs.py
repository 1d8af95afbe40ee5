"""`logs`: what the service wrote down, of the supervisor and both workers together or of one."""

from __future__ import annotations

import sys
import time

from simple_memory import config, errors
from simple_memory.cli import output
from simple_memory.service import log_lines, logs

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

DEFAULT_COUNT = 50
_COLOURS = {"warning": "yellow", "error": "red"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("-n", type=int, metavar="N", dest="count", help=f"the last N lines (default: {DEFAULT_COUNT})")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with new lines, until Ctrl-C")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--sync", action="store_true", help="only the sync worker's")
    only.add_argument("--mcp", action="store_true", help="only the mcp worker's")
    parser.add_argument("--since", metavar="T", help="only lines since then: 90s, 10m, 2h, 3d, or a date and time")
    parser.add_argument("--level", choices=log_lines.LEVELS, help="only lines that are as grave as that, or graver")
    parser.add_argument("--json", action="store_true", help="answer as JSON: an object per line")


def run(arguments: argparse.Namespace) -> int:
    """Show log lines."""
    home = config.find_home()
    names = ("sync",) if arguments.sync else ("mcp",) if arguments.mcp else logs.NAMES
    since = logs.parse_since(arguments.since, time.time()) if arguments.since else ""
    count = _count(arguments.count, since)
    follower = logs.Follower(home, names) if arguments.follow else None  # first, so that no line falls in between
    least = arguments.level or log_lines.LEVELS[0]
    shown = logs.last_lines(home, names, count, since, least)
    if not shown and follower is None and not arguments.json:
        what = f"of level {least} or graver " if arguments.level else ""
        output.talk(f"There is nothing {what}in {output.safe(home.logs)} yet.")
    _show_all(shown, follower, least, as_json=arguments.json)
    return errors.EXIT_OK


def _count(asked: int | None, since: str) -> int:
    """Return how many lines are shown at most: where nobody asked, all since a time, else a few."""
    if asked is None:
        return sys.maxsize if since else DEFAULT_COUNT
    if asked < 0:
        raise errors.UsageError("-n takes a number of lines, not a negative one.")
    return asked


def _show_all(shown: list[str], follower: logs.Follower | None, least: str, *, as_json: bool) -> None:
    for line in shown:
        _show(line, as_json=as_json)
    if follower is not None:
        _follow(follower, set(shown), least, as_json=as_json)


def _follow(follower: logs.Follower, shown: set[str], least: str, *, as_json: bool) -> None:
    """Show new lines of the level `least` or graver, for ever; those of `shown` were shown."""
    while True:
        for line in follower.new_lines():
            if line not in shown and logs.is_grave(line, least):
                _show(line, as_json=as_json)
        shown.clear()
        sys.stdout.flush()
        time.sleep(logs.FOLLOW_S)


def _show(line: str, *, as_json: bool) -> None:
    entry = log_lines.read(line)
    if as_json:
        told = {"time": entry.time, "level": entry.level, "name": entry.name, "text": entry.text, "facts": entry.facts}
        output.emit_json(told)
        return
    text = f"{entry.time} {entry.level:<7} {entry.name:<10} {entry.sentence()}"
    colour = _COLOURS.get(entry.level)
    output.say(output.paint(output.safe(text), colour) if colour else output.safe(text))

"""`status`: how the service and the memory are; the exit code says it too."""

from __future__ import annotations

import sys
import time

from simple_memory import config
from simple_memory.cli import output
from simple_memory.service import status, status_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

EVERY_S = 1.0

_COLOURS = {"running": "green", "starting": "yellow", "stopping": "yellow", "stopped": "dim"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--watch", action="store_true", help="show it again every second, until Ctrl-C")
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run_quickly(given: list[str]) -> int | None:
    """Run without argparse (half of this command's time) where `given` has nothing but its own flags; None: cannot."""
    if any(option not in {"--json", "--watch"} for option in given):
        return None
    return _run(as_json="--json" in given, watches="--watch" in given)


def run(arguments: argparse.Namespace) -> int:
    """Show the status once, or until interrupted."""
    return _run(as_json=arguments.json, watches=arguments.watch)


def _run(*, as_json: bool, watches: bool) -> int:
    home = config.find_home()
    answer = status.report(home)
    _show(answer, as_json=as_json, again=watches)
    while watches:
        time.sleep(EVERY_S)
        answer = status.report(home)
        _show(answer, as_json=as_json, again=True)
    return status.EXIT_CODES[answer["state"]]


def _show(answer: dict[str, Any], *, as_json: bool, again: bool) -> None:
    if as_json:
        output.emit_json(answer)
        return
    shown = [output.safe(line) for line in status_text.lines(answer)]
    shown[0] = output.paint(shown[0], "bold" if answer["state"] in _COLOURS else "red")
    text = "\n".join(shown)
    if again and sys.stdout.isatty():
        text = f"\x1b[H\x1b[J{text}"
    output.say(text)
    sys.stdout.flush()

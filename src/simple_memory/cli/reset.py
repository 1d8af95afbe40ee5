"""`reset`: erase the memory and start over. Stops only the service of this home."""

from __future__ import annotations

import argparse
import os
import shutil

from simple_memory import config, errors
from simple_memory.cli import consent, output
from simple_memory.service import control


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--force", action="store_true", help="do not ask, and end a service that does not stop by itself"
    )
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Ask, stop the service, and remove database and index; settings, logs and backups stay."""
    home = config.find_home()
    there = [path for path in _memory_of(home) if os.path.lexists(path)]
    if not there:
        return _answer(arguments, home, [], stopped=False)
    if not (arguments.yes or arguments.force or _agreed(home)):
        raise errors.UsageError("Nothing was erased.", "`simple-memory reset --yes` erases without asking.")
    stopped = control.is_running(home)
    if stopped:
        control.stop(home, force=arguments.force)
    for path in there:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
    return _answer(arguments, home, there, stopped=stopped)


def _memory_of(home: config.Home) -> list[str]:
    return [home.database, home.database + "-wal", home.database + "-shm", home.index]


def _agreed(home: config.Home) -> bool:
    lost = "Sessions whose transcripts the agent has deleted cannot be read again."
    return consent.is_given("erase", about=f"This erases the whole memory in {output.safe(home.root)}. {lost}")


def _answer(arguments: argparse.Namespace, home: config.Home, erased: list[str], *, stopped: bool) -> int:
    if arguments.json:
        output.emit_json({"home": home.root, "erased": erased, "service_stopped": stopped})
    elif not erased:
        output.say(f"There is no memory in {output.safe(home.root)}: nothing to erase.")
    else:
        output.say(f"Erased the memory in {output.safe(home.root)}. `simple-memory start` reads the transcripts again.")
    return errors.EXIT_OK

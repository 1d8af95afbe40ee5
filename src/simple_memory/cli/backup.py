"""`backup`: a checked copy of the database, the list of copies, and putting one in place."""

from __future__ import annotations

import argparse
import datetime
import os

from simple_memory import config, errors
from simple_memory.cli import alone, output, render
from simple_memory.store import backup


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--list", action="store_true", help="show the backups, newest first")
    either.add_argument(
        "--restore", metavar="FILE", help="put this backup in place; the database that is there is moved aside"
    )
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Make, list or restore."""
    home = config.find_home()
    if arguments.list:
        return _list(home, as_json=arguments.json)
    if arguments.restore:
        return _restore(home, os.path.abspath(arguments.restore), as_json=arguments.json)
    made = backup.make(home, backup.Kind.MANUAL, datetime.datetime.now(datetime.UTC))
    if arguments.json:
        output.emit_json({"backup": _as_json(made)})
    else:
        output.say(f"Backed up, {render.bytes_of(made.size_bytes)}, every page checked: {output.safe(made.path)}")
    return errors.EXIT_OK


def _list(home: config.Home, *, as_json: bool) -> int:
    found = backup.find(home)
    if as_json:
        output.emit_json({"backups": [_as_json(one) for one in found]})
        return errors.EXIT_OK
    if not found:
        output.talk("There is no backup yet: the service makes one a day, `simple-memory backup` now.")
        return errors.EXIT_OK
    rows = [("MADE", "KIND", "MB", "FILE")]
    rows += [
        (render.when(one.made_at), one.kind.value, f"{one.size_bytes / 1e6:,.1f}", output.safe(one.path))
        for one in found
    ]
    for line in render.columns(rows, frozenset({2})):
        output.say(line)
    return errors.EXIT_OK


def _restore(home: config.Home, path: str, *, as_json: bool) -> int:
    held = backup.check(path)
    with alone.without_service(home):
        report = alone.run("simple_memory.upkeep", "restore", path)
    answer = {"restored": path, "messages": held.messages, "sessions": held.sessions, **report}
    if as_json:
        output.emit_json(answer)
        return errors.EXIT_OK
    output.say(
        f"Restored {held.messages:,} messages of {held.sessions:,} sessions; {report['messages_read_again']:,} newer "
        "ones were read from the transcripts."
    )
    again = report["forgotten_again"]
    if again["sessions"] or again["lines"]:
        output.say(
            f"Forgotten again, as it was after this backup was made: {render.amount(again['sessions'], 'session')}, "
            f"{render.amount(again['lines'], 'line')}."
        )
    for sentence in report["lost"]:
        output.talk(output.safe(sentence))
    if report["aside"]:
        output.say(f"The database that was there is in {output.safe(report['aside'])}.")
    return errors.EXIT_OK


def _as_json(one: backup.Backup) -> dict[str, object]:
    return {"path": one.path, "kind": one.kind.value, "made_at": one.made_at, "size_bytes": one.size_bytes}

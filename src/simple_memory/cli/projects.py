"""`projects`: list projects; parses, asks the reader, shows a table or JSON."""

from __future__ import annotations

import argparse

from simple_memory import config, errors
from simple_memory.cli import output, render
from simple_memory.store import connection, reader


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """List, and show the projects, the one that was worked in last first."""
    found = reader.list_projects(connection.open_reader(config.find_home()))
    if arguments.json:
        output.emit_json({"projects": [row._asdict() for row in found]})
        return errors.EXIT_OK
    if not found:
        output.talk("There is no project in the memory yet.")
        return errors.EXIT_OK
    rows = [("PROJECT", "SESSIONS", "MESSAGES", "LAST", "DIRECTORY")]
    rows += [
        (
            render.one_line(row.name, 30),
            f"{row.sessions:,}",
            f"{row.messages:,}",
            render.when(row.ended_at),
            output.safe(row.project),
        )
        for row in found
    ]
    lines = render.columns(rows, frozenset({1, 2}))
    for line in (output.paint(lines[0], "dim"), *lines[1:]):
        output.say(line)
    return errors.EXIT_OK

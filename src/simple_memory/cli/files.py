"""`files`: show which sessions touched a file; parses, asks the reader, shows a table or JSON."""

from __future__ import annotations

import argparse

from simple_memory import config, errors, redaction
from simple_memory.cli import output, render
from simple_memory.store import connection, reader

MOST = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("path", metavar="PATH", help="a file: its whole path, or the end of it")
    parser.add_argument("--project", metavar="P", help="only in this project")
    parser.add_argument("--limit", type=render.Counted(MOST), default=50, metavar="N", help="calls at most")
    parser.add_argument("--reveal", action="store_true", help="show keys and tokens, which are hidden otherwise")
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Look the file up, and show the tool calls that named it, newest first."""
    database = connection.open_reader(config.find_home())
    found = reader.file_touches(database, arguments.path, project=arguments.project, limit=arguments.limit)
    found = found if arguments.reveal else redaction.hide(found)
    if arguments.json:
        output.emit_json({"path": arguments.path, "touches": [touch._asdict() for touch in found]})
        return errors.EXIT_OK
    if not found:
        output.talk(f"No tool was ever given {output.safe(arguments.path)!r}.")
        return errors.EXIT_OK
    several = len({touch.path for touch in found}) > 1
    if not several:
        output.say(output.paint(output.safe(found[0].path), "bold"))
    rows = [_row(touch, with_path=several) for touch in found]
    for line in render.columns(rows):
        output.say(line)
    return errors.EXIT_OK


def _row(touch: reader.FileTouch, *, with_path: bool) -> tuple[str, ...]:
    row = (
        render.when(touch.timestamp),
        render.one_line(touch.tool or "?", 24),
        render.cite(touch.session, touch.position),
        render.one_line(touch.title, 48),
    )
    return (*row, output.safe(touch.path)) if with_path else row

"""`stats`: how much there is, and with --space what takes the room."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import asdict

from simple_memory import config, errors
from simple_memory.cli import output, render
from simple_memory.store import connection, reader, space

_SHOWN = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--space", action="store_true", help="what takes the room: folders, tables, kinds, projects")
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Count, and show."""
    home = config.find_home()
    database = connection.open_reader(home)
    counted = reader.counters(database)._asdict()
    folders = {name: _size(os.path.join(home.root, name)) for name in ("index", "backups", "aside", "logs")}
    sizes = {"database": sum(_size(home.database + ending) for ending in ("", "-wal", "-shm")), **folders}
    tables = space.by_table(database) if arguments.space else []
    kinds = space.by_kind(database) if arguments.space else []
    projects = space.by_project(database) if arguments.space else []
    if arguments.json:
        shown = {
            "files": sizes,
            "tables": [asdict(one) for one in tables],
            "kinds": [asdict(one) for one in kinds],
            "projects": [asdict(one) for one in projects],
        }
        output.emit_json({"counts": counted, "space": shown if arguments.space else None})
        return errors.EXIT_OK
    for name, number in counted.items():
        output.say(
            f"{name.replace('_', ' '):<18} {number:,}" if isinstance(number, int) else f"last read          {number}"
        )
    if arguments.space:
        _table("FILES", [(name, _mb(size)) for name, size in sizes.items()])
        _table("TABLE", [(one.name, _mb(one.stored_bytes), f"{one.rows:,}") for one in tables])
        _table("TEXTS BY KIND", [(one.name, _mb(one.stored_bytes), f"{one.rows:,}") for one in kinds])
        _table(
            "ARCHIVE BY PROJECT",
            [(one.project or "(none)", _mb(one.archived_bytes), f"of {_mb(one.transcript_bytes)}") for one in projects],
        )
    return errors.EXIT_OK


def _table(title: str, rows: Sequence[tuple[str, ...]]) -> None:
    output.say("")
    output.say(output.paint(title, "dim"))
    shown = [(output.safe(row[0]), *row[1:]) for row in rows[:_SHOWN]]
    for line in render.columns(shown, frozenset({1, 2})):
        output.say(f"  {line}")
    if len(rows) > _SHOWN:
        output.say(f"  … and {len(rows) - _SHOWN:,} more")


def _shown(value: int | str | None) -> str:
    return f"{value:,}" if isinstance(value, int) else value or "never"


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _size(path: str) -> int:
    """Return the bytes of a file, or of all files in a folder."""
    if not os.path.isdir(path):
        return os.path.getsize(path) if os.path.exists(path) else 0
    return sum(os.lstat(os.path.join(folder, name)).st_size for folder, _, files in os.walk(path) for name in files)

"""`stats`: how much there is, and with --space what takes the room."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from simple_memory import config, errors
from simple_memory.cli import output, render
from simple_memory.store import connection, reader, space

if TYPE_CHECKING:
    import apsw

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
    taken = _room(home, database) if arguments.space else None
    if arguments.json:
        output.emit_json({"counts": counted, "space": taken})
        return errors.EXIT_OK
    output.say("\n".join(render.columns([(name.replace("_", " "), _shown(value)) for name, value in counted.items()])))
    if taken is not None:
        _show(taken)
    return errors.EXIT_OK


def _room(home: config.Home, database: apsw.Connection) -> dict[str, Any]:
    folders = {name: _size(os.path.join(home.root, name)) for name in ("index", "backups", "aside", "logs")}
    return {
        "files": {"database": sum(_size(home.database + ending) for ending in ("", "-wal", "-shm")), **folders},
        "tables": [asdict(one) for one in space.by_table(database)],
        "kinds": [asdict(one) for one in space.by_kind(database)],
        "projects": [asdict(one) for one in space.by_project(database)],
    }


def _show(taken: dict[str, Any]) -> None:
    _table("FILES", [(name, _mb(size)) for name, size in taken["files"].items()])
    for title, key in (("TABLE", "tables"), ("TEXTS BY KIND", "kinds")):
        _table(title, [(one["name"], _mb(one["stored_bytes"]), f"{one['rows']:,}") for one in taken[key]])
    projects = [
        (one["project"] or "(none)", _mb(one["archived_bytes"]), f"of {_mb(one['transcript_bytes'])}")
        for one in taken["projects"]
    ]
    _table("ARCHIVE BY PROJECT", projects)


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

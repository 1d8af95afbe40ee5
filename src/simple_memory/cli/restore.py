"""`restore`: an agent's own files of a session again, where the agent looks for them or in another folder."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from simple_memory import config, errors
from simple_memory.cli import output, render
from simple_memory.store import archive, archived, connection, reader
from simple_memory.upkeep import placing, retention

if TYPE_CHECKING:
    import argparse

    import apsw

_SHOWN = 20
"""Files that are named; of more, the rest is counted."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "session", nargs="?", metavar="SESSION", help="the session's id or the beginning of it, or its title"
    )
    parser.add_argument("--all-deleted", action="store_true", help="everything that its agent has deleted")
    parser.add_argument("--to", metavar="DIR", help="write below this folder instead of where the agent had it")
    parser.add_argument(
        "--touch", action="store_true", help="give the files today's time, so that their agent keeps them for longer"
    )
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Write the files, and say what became of each."""
    if bool(arguments.session) == arguments.all_deleted:
        raise errors.UsageError(
            "Name a session, or say --all-deleted.", "`simple-memory sessions --deleted` lists them."
        )
    database = connection.open_reader(config.find_home())
    session = None if arguments.all_deleted else reader.resolve_session(database, arguments.session)
    files = archived.deleted_files(database) if session is None else archived.files_of_session(database, session)
    placed = [(file, _place(database, file, arguments)) for file in files]
    refused = [put for _, put in placed if put.outcome is placing.Outcome.DIFFERS]
    _tell_of_gaps([archive.count_gaps(database, file.transcript_id) for file in files])
    if arguments.json:
        output.emit_json(_as_json(placed))
    else:
        _tell([put for _, put in placed], session)
        _warn(placed, looks_at_age=not arguments.to and not arguments.touch)
    return errors.EXIT_ERROR if refused else errors.EXIT_OK


def _tell_of_gaps(counted: list[tuple[int, int, int]]) -> None:
    """Say what of the files is not as it was."""
    blanks, secrets, dropped = (sum(numbers) for numbers in zip(*counted, strict=True)) if counted else (0, 0, 0)
    if blanks:
        output.talk(f"Not exact: blanks stand where {blanks:,} lines were forgotten.")
    if secrets:
        output.talk(f"Not exact: marks stand where {secrets:,} keys and tokens were hidden when they were read.")
    if dropped:
        output.talk(f"Not exact: marks stand where {dropped:,} images or long tool outputs were dropped by `shrink`.")


def _place(database: apsw.Connection, file: archived.ArchivedFile, arguments: argparse.Namespace) -> placing.Placed:
    target = file.path
    if arguments.to:
        roots = [os.path.join(folder, "projects") for folder in config.claude_config_dirs()]
        target = os.path.join(os.path.abspath(arguments.to), archived.layout_of(file.path, roots))
    mtime_ns = time.time_ns() if arguments.touch else file.mtime_ns
    gaps = archive.gaps(database, file.transcript_id, file.generation)
    return placing.place(target, archived.pieces(database, file), mtime_ns, gaps)


def _as_json(placed: list[tuple[archived.ArchivedFile, placing.Placed]]) -> dict[str, object]:
    files = [
        {
            "session": file.session,
            "path": put.path,
            "outcome": put.outcome.value,
            "size_bytes": put.size_bytes,
            "forgotten_bytes": file.forgotten_bytes,
            "redacted_bytes": file.redacted_bytes,
            "dropped_bytes": file.dropped_bytes,
        }
        for file, put in placed
    ]
    return {"files": files, **{outcome.value: _count(placed, outcome) for outcome in placing.Outcome}}


def _count(placed: Iterable[tuple[archived.ArchivedFile, placing.Placed]], outcome: placing.Outcome) -> int:
    return sum(put.outcome is outcome for _, put in placed)


def _tell(placed: list[placing.Placed], session: str | None) -> None:
    of = f" of session {output.safe(session)}" if session else ""
    if not placed:
        output.say(f"Nothing to restore{of}." if session else "Nothing is deleted: nothing to restore.")
        return
    written = [put for put in placed if put.outcome is placing.Outcome.WRITTEN]
    refused = [put for put in placed if put.outcome is placing.Outcome.DIFFERS]
    there = len(placed) - len(written) - len(refused)
    size = sum(put.size_bytes for put in written)
    output.say(f"{render.amount(len(written), 'file')}{of} restored, {render.bytes_of(size)}; {there:,} there already.")
    for put in written[:_SHOWN]:
        output.say(f"  {output.safe(put.path)}")
    if len(written) > _SHOWN:
        output.say(f"  … and {len(written) - _SHOWN:,} more")
    for put in refused:
        output.talk(f"Another file is in its place, and stays: {output.safe(put.path)}")
    if refused:
        output.talk("`--to DIR` writes to another folder.")


def _warn(placed: list[tuple[archived.ArchivedFile, placing.Placed]], *, looks_at_age: bool) -> None:
    """Say so where files are not exact, or the agent's own clean-up would take them again."""
    blank = [put for file, put in placed if file.forgotten_bytes]
    if blank:
        output.talk(f"{len(blank):,} files are not what they were: blanks stand where you had something forgotten.")
    if not looks_at_age:
        return
    now = time.time_ns()
    old = [file for file, put in placed if retention.is_overdue(put.path, file.mtime_ns, now)]
    if old:
        output.talk(
            f"Their agent deletes what is older than {retention.keeps_days(old[0].path)} days when it starts: "
            f"{len(old):,} of these are. `--touch` gives new files today's time."
        )

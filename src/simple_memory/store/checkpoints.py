"""How far each transcript is read: checkpoints in and out of the database."""

from __future__ import annotations

from typing import Any, cast

import apsw
import msgspec

from simple_memory import model
from simple_memory.store import asking, paths

_COUNTED = (model.Role.USER, model.Role.ASSISTANT)
_COLUMNS = (
    "generation", "device", "inode", "size", "mtime_ns", "offset", "head_digest", "last_digest", "tail", "skipping",
    "lines", "quarantined", "first_at", "last_at", "project", "branch", "version", "title", "title_rank",
)  # fmt: skip
"""The table's columns but for its key; each is a field of Checkpoint."""
_SELECT = f"""
SELECT transcript.path, transcript.id, transcript.session_id, transcript.state, {", ".join(_COLUMNS)}
FROM transcript JOIN checkpoint ON checkpoint.transcript_id = transcript.id
"""  # noqa: S608
_SAVE = f"""
INSERT INTO checkpoint (transcript_id, {", ".join(_COLUMNS)}) VALUES ({", ".join("?" * (len(_COLUMNS) + 1))})
ON CONFLICT (transcript_id) DO UPDATE SET {", ".join(f"{column} = excluded.{column}" for column in _COLUMNS)}
"""  # noqa: S608


class Checkpoint(msgspec.Struct):
    """What is known of one transcript: who it is on disk, and how far it is read.

    `offset` counts bytes read and archived; `tail` is what stands after them, a line that is not finished.
    `skipping`: `offset` stands inside a line that is too long to parse. `transcript_id` 0: not in the store yet.
    """

    path: str
    transcript_id: int = 0
    session_id: int | None = None
    state: str = "present"
    generation: int = 0
    device: int = 0
    inode: int = 0
    size: int = 0
    mtime_ns: int = 0
    offset: int = 0
    head_digest: bytes = b""
    last_digest: bytes = b""
    tail: bytes = b""
    skipping: bool = False
    lines: int = 0
    quarantined: int = 0
    first_at: str | None = None
    last_at: str | None = None
    project: str | None = None
    branch: str | None = None
    version: str | None = None
    title: str | None = None
    title_rank: int = 0

    def take(self, reading: model.Reading) -> None:
        """Take what a record tells of its session, for sessions that several transcripts hold."""
        message = reading.message
        if message and message.timestamp and message.role in _COUNTED:
            self._saw(message.timestamp)
        if self.project is None:
            self.project = reading.project
        if reading.branch:
            self.branch = reading.branch
        if reading.version:
            self.version = reading.version
        if reading.title and reading.names_its_session():
            self.title_rank, self.title = model.better_title((self.title_rank, self.title), reading.title)

    def _saw(self, timestamp: str) -> None:
        if self.first_at is None or timestamp < self.first_at:
            self.first_at = timestamp
        if self.last_at is None or timestamp > self.last_at:
            self.last_at = timestamp


def load_all(connection: apsw.Connection) -> dict[str, Checkpoint]:
    """Return every checkpoint by its transcript's path."""
    return {checkpoint.path: checkpoint for checkpoint in map(_of, connection.execute(_SELECT))}


def load_on_disk(connection: apsw.Connection) -> dict[str, Checkpoint]:
    """Return every checkpoint but those of deleted transcripts, by its transcript's path."""
    found = map(_of, connection.execute(_SELECT + " WHERE transcript.state <> 'deleted'"))
    return {checkpoint.path: checkpoint for checkpoint in found}


def load(connection: apsw.Connection, path: str) -> Checkpoint | None:
    """Return the checkpoint of the transcript at `path`, whatever its state; None where there is none."""
    rows = connection.execute(_SELECT + " WHERE transcript.path = ?", (paths.path_to_text(path),))
    return next(map(_of, rows), None)


def count_deleted(connection: apsw.Connection) -> int:
    """Return how many transcripts are deleted."""
    return int(asking.one(connection, "SELECT count(*) FROM transcript WHERE state = 'deleted'")[0])


def _of(row: Any) -> Checkpoint:
    path, *rest = row
    checkpoint = Checkpoint(paths.path_from_text(path), *cast("Any", rest))
    checkpoint.skipping = bool(checkpoint.skipping)
    return checkpoint


def insert(connection: apsw.Connection, checkpoint: Checkpoint, place: model.Place, now: str) -> None:
    """Store a transcript that was not known, and set `checkpoint.transcript_id`."""
    connection.execute(
        "INSERT INTO transcript (agent, path, form, session_id, state, first_seen) VALUES (?, ?, ?, ?, ?, ?)",
        (
            place.agent,
            paths.path_to_text(checkpoint.path),
            place.form.value,
            checkpoint.session_id,
            checkpoint.state,
            now,
        ),
    )
    checkpoint.transcript_id = connection.last_insert_rowid()


def save(connection: apsw.Connection, checkpoint: Checkpoint) -> None:
    """Store how far a known transcript is read."""
    values = [getattr(checkpoint, column) for column in _COLUMNS]
    connection.execute(_SAVE, (checkpoint.transcript_id, *values))


def set_state(connection: apsw.Connection, transcript_id: int, state: str, now: str) -> None:
    """Store whether a transcript is present, deleted or unreadable; `now` is kept as the time of a deletion."""
    connection.execute(
        "UPDATE transcript SET state = ?, deleted_at = ? WHERE id = ?",
        (state, now if state == "deleted" else None, transcript_id),
    )

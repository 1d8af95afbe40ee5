"""Exports: the transcripts' own bytes as lines of JSON, and taking such lines into an empty store; no file is opened.

The first line tells of the export, the last that it is whole. Between them each transcript is told, then its bytes of
every generation in order: as text where they are UTF-8, else in base 64. docs/export.md is the promise.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import Any

import apsw

from simple_memory import __version__, errors, moments, redaction
from simple_memory.store import archive, archived, paths

FORMAT = 1
PIECE_BYTES = 256 * 1024
"""Bytes of a transcript in one line of an export, about: whole lines where they are not longer."""


def lines(connection: apsw.Connection, files: list[archived.ArchivedFile], *, reveal: bool) -> Iterator[dict[str, Any]]:
    """Yield the lines of an export of `files`. Without `reveal` keys and tokens are hidden, and it is not exact."""
    made_at = moments.now()
    yield {"simple_memory_export": FORMAT, "version": __version__, "made_at": made_at, "redacted": not reveal}
    for file in files:
        ((form,),) = connection.execute("SELECT form FROM transcript WHERE id = ?", (file.transcript_id,)).fetchall()
        about = {
            "path": paths.path_to_text(file.path),
            "agent": file.agent,
            "form": form,
            "session": file.session,
            "mtime_ns": file.mtime_ns,
        }
        yield {"transcript": about if reveal else redaction.hide(about)}
        for generation in archive.generations(connection, file.transcript_id):
            for piece in _pieces(archive.read_transcript(connection, file.transcript_id, generation)):
                yield {"generation": generation, **_as_json(piece, reveal=reveal)}
    yield {"end": True, "transcripts": len(files)}


def _pieces(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes again, cut after line ends where there are any."""
    waiting = b""
    for part in content:
        waiting += part
        while len(waiting) >= PIECE_BYTES and (end := waiting.rfind(b"\n") + 1):
            yield waiting[:end]
            waiting = waiting[end:]
    if waiting:
        yield waiting


def _as_json(piece: bytes, *, reveal: bool) -> dict[str, str]:
    try:
        text = piece.decode("utf-8")
    except UnicodeDecodeError:
        if reveal:
            return {"base64": base64.b64encode(piece).decode("ascii")}
        text = piece.decode("utf-8", "replace")
    return {"text": text if reveal else redaction.redact(text)}


class Taker:
    """Takes the lines of an export into an empty store, as its archive alone; rows are made of that afterwards."""

    def __init__(self, connection: apsw.Connection) -> None:
        """Take the writer's connection of a store that holds nothing."""
        self._connection = connection
        self._packer = archive.Packer()
        self._transcript = 0
        self._offsets: dict[int, int] = {}
        self._is_begun = self._is_whole = False
        self.redacted = False
        self.sessions: dict[str, str | None] = {}

    def take(self, line: dict[str, Any]) -> None:
        """Take the next line. Raises UsageError for what is no line of an export."""
        try:
            if not self._is_begun:
                self._begin(line)
            elif "transcript" in line:
                self._finish()
                self._add(line["transcript"])
            elif "end" in line:
                self._finish()
                self._is_whole = True
            else:
                self._append(int(line["generation"]), _bytes_of(line))
        except (KeyError, TypeError, ValueError, apsw.ConstraintError) as error:
            raise _foreign() from error

    def end(self) -> None:
        """Raise UsageError unless the export was whole."""
        if not self._is_whole:
            raise errors.UsageError("The export is cut off: its last line is missing.", "Make it again.")

    def _begin(self, line: dict[str, Any]) -> None:
        if line["simple_memory_export"] != FORMAT:
            raise errors.UsageError(
                f"The export has format {line['simple_memory_export']!r}, and this version reads {FORMAT}.",
                "Use the version that wrote it, or a newer one.",
            )
        self.redacted = bool(line["redacted"])
        self._is_begun = True

    def _add(self, told: dict[str, Any]) -> None:
        self._connection.execute(
            "INSERT INTO transcript (agent, path, form, state, first_seen) VALUES (?, ?, ?, 'present', '')",
            (told["agent"], told["path"], told["form"]),
        )
        self._transcript = self._connection.last_insert_rowid()
        self._offsets = {0: 0}
        self.sessions[paths.path_from_text(told["path"])] = told["session"]
        self._connection.execute(
            """
            INSERT INTO checkpoint (transcript_id, device, inode, size, mtime_ns, offset, head_digest, last_digest)
            VALUES (?, 0, 0, 0, ?, 0, x'', x'')
            """,
            (self._transcript, int(told["mtime_ns"])),
        )

    def _append(self, generation: int, content: bytes) -> None:
        offset = self._offsets.get(generation, 0)
        archive.add(self._connection, self._transcript, generation, self._packer.frames(content, offset))
        self._offsets[generation] = offset + len(content)

    def _finish(self) -> None:
        """Let the checkpoint of the transcript that is complete say so."""
        if self._transcript:
            latest = max(self._offsets)
            self._connection.execute(
                "UPDATE checkpoint SET generation = ?, offset = ?, size = ? WHERE transcript_id = ?",
                (latest, self._offsets[latest], self._offsets[latest], self._transcript),
            )


def _bytes_of(line: dict[str, Any]) -> bytes:
    if "base64" in line:
        return base64.b64decode(line["base64"], validate=True)
    return str(line["text"]).encode("utf-8")


def _foreign() -> errors.UsageError:
    return errors.UsageError(
        "This is no export of Simple Memory.", "`simple-memory export --all --to FILE` makes one (format jsonl)."
    )


def known_sessions(connection: apsw.Connection) -> set[str]:
    """Return the ids of all sessions."""
    return {str(session) for (session,) in connection.execute("SELECT session FROM session")}

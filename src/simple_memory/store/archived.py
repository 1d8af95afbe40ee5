"""Which files the archive can give back, by session or because their agent deleted them; not giving them back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apsw

from simple_memory import errors
from simple_memory.store import archive, paths, snapshot


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file of an agent as the archive has it last.

    `path` is where the agent had it, `session` None for a file that told of none. `size_bytes` is what we hold,
    `mtime_ns` the time that the file had when it was last looked at. `forgotten_bytes` of it are blanks now,
    `redacted_bytes` marks of secrets, `dropped_bytes` marks of what was dropped for its size. `generation` is the
    latest.
    """

    transcript_id: int
    path: str
    session: str | None
    agent: str
    state: str
    size_bytes: int
    mtime_ns: int
    generation: int
    forgotten_bytes: int
    redacted_bytes: int
    dropped_bytes: int


_SELECT = """
SELECT transcript.id, transcript.path, session.session, transcript.agent, transcript.state,
    checkpoint.offset + length(checkpoint.tail), checkpoint.mtime_ns, checkpoint.generation, (
        SELECT coalesce(sum(gap.length), 0) FROM gap
        WHERE gap.transcript_id = transcript.id AND gap.generation = checkpoint.generation AND gap.kind IS NULL
    ), (
        SELECT coalesce(sum(gap.length), 0) FROM gap
        WHERE gap.transcript_id = transcript.id AND gap.generation = checkpoint.generation
            AND gap.kind NOT IN ('image', 'output')
    ), (
        SELECT coalesce(sum(gap.length), 0) FROM gap
        WHERE gap.transcript_id = transcript.id AND gap.generation = checkpoint.generation
            AND gap.kind IN ('image', 'output')
    )
FROM transcript
JOIN checkpoint ON checkpoint.transcript_id = transcript.id
LEFT JOIN session ON session.id = transcript.session_id
"""


def files_of_session(connection: apsw.Connection, session: str) -> list[ArchivedFile]:
    """Return every file of a session (its whole id): transcript, sub-agents, off-loaded outputs, journals.

    Of a sub-agent, only its own. In the order of their paths.
    """
    with snapshot.view(connection):
        own = _ask(connection, "session.session = ?1 OR session.session LIKE ?2 ESCAPE '\\'", session, _below(session))
        found = {file.path: file for file in own}
        for file in own:
            if file.session == session and file.path.endswith(".jsonl"):
                folder = file.path.removesuffix(".jsonl") + "/"
                beside = _ask(
                    connection, "substr(transcript.path, 1, length(?1)) = ?1", paths.path_to_text(folder).strip("\x01")
                )
                found.update((inner.path, inner) for inner in beside)
    return [found[path] for path in sorted(found)]


def deleted_files(connection: apsw.Connection) -> list[ArchivedFile]:
    """Return every file that its agent has deleted, in the order of their paths."""
    with snapshot.view(connection):
        return sorted(_ask(connection, "transcript.state = 'deleted'"), key=lambda file: file.path)


def transcripts_present(connection: apsw.Connection) -> list[ArchivedFile]:
    """Return the transcripts of main sessions that their agent still has, as far as we know."""
    with snapshot.view(connection):
        return _ask(connection, "transcript.state = 'present' AND transcript.form = 'lines' AND session.kind = 'main'")


def every_file(connection: apsw.Connection) -> list[ArchivedFile]:
    """Return every file that was ever read, in the order in which they were first seen; no test transcript of ours."""
    with snapshot.view(connection):
        return sorted(_ask(connection, "transcript.agent <> 'canary'"), key=lambda file: file.transcript_id)


def _ask(connection: apsw.Connection, condition: str, *values: str) -> list[ArchivedFile]:
    rows: list[Any] = connection.execute(f"{_SELECT} WHERE {condition}", values).fetchall()
    return [ArchivedFile(row[0], paths.path_from_text(row[1]), *row[2:]) for row in rows]


def _below(session: str) -> str:
    """Return the LIKE pattern of the sub-agents of a session."""
    escaped = session.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}/%"


def layout_of(path: str, roots: list[str]) -> str:
    """Return the part of `path` that the agent's layout gives: below one of `roots`, else below a `projects` folder."""
    for root in roots:
        if path.startswith(root.rstrip("/") + "/"):
            return path[len(root.rstrip("/")) + 1 :]
    before, found, below = path.rpartition("/projects/")
    return below if found and before else path.lstrip("/")


def pieces(connection: apsw.Connection, file: ArchivedFile) -> Iterator[bytes]:
    """Yield the bytes of a file in order, digests checked. Raises StoreDamaged where it is not whole."""
    held = 0
    for piece in archive.read_transcript(connection, file.transcript_id):
        held += len(piece)
        yield piece
    if held != file.size_bytes:
        raise errors.StoreDamaged(
            f"The archive of {file.path} holds {held:,} bytes, and should hold {file.size_bytes:,}.",
            "`simple-memory doctor --verify` looks at all of it.",
        )

"""The session that a chunk's transcript holds: found or made, and told what the transcript told before; no messages."""

from __future__ import annotations

import apsw

from simple_memory import model
from simple_memory.store import asking, checkpoints, session_rows


class ChunkSession:
    """Finds the session of one chunk, over one writer connection."""

    def __init__(
        self,
        connection: apsw.Connection,
        sessions: session_rows.SessionRows,
        checkpoint: checkpoints.Checkpoint,
        place: model.Place,
        *,
        project: str | None,
    ) -> None:
        """Take how far the chunk's transcript is read, and the first `project` that a reading of the chunk tells."""
        self._connection = connection
        self._sessions = sessions
        self._checkpoint = checkpoint
        self._place = place
        self._project = project

    def is_told_by(self, reading: model.Reading) -> bool:
        """Return whether a reading makes a session, and tells which."""
        message = reading.message
        if message is None or not (message.ordered or self._place.form == model.Form.WHOLE):
            return False
        return bool(
            self._place.session or (self._place.lane and (reading.session or not self._place.parent_from_records))
        )

    def find(self, reading: model.Reading) -> session_rows.SessionRow:
        """Return the session that `reading` tells, made if it is new, with the transcript tied to it."""
        name, parent = self._name_and_parent(reading)
        session = self._sessions.by_name(name)
        if session and self._has_another_transcript(session):
            if self._place.id_is_unique:
                session.kinship |= session_rows.SEVERAL_TRANSCRIPTS
                session.unsettled = 1
                self._sessions.touch(session)
            else:  # two foreign files of one name are two sessions
                name = f"{name}@{self._place.folder}"
                session = self._sessions.by_name(name)
        if session is None:
            project = self._checkpoint.project or self._project
            session = self._sessions.create(name, self._place, parent or reading.forked_from, project)
        self._tie(session)
        return session

    def _name_and_parent(self, reading: model.Reading) -> tuple[str, str | None]:
        place = self._place
        if place.parent_from_records:
            return f"{reading.session}/{place.lane}", reading.session
        return place.session or "", place.parent

    def _has_another_transcript(self, session: session_rows.SessionRow) -> bool:
        """Return whether lines of `session` stand in another transcript too, where this one has lines."""
        if self._place.form != model.Form.LINES:
            return False
        (others,) = asking.one(
            self._connection,
            "SELECT count(*) FROM transcript WHERE session_id = ? AND form = 'lines' AND id <> ?",
            (session.id, self._checkpoint.transcript_id),
        )
        return bool(others)

    def _tie(self, session: session_rows.SessionRow) -> None:
        """Tie the transcript to `session`, and tell that what was read of it before."""
        checkpoint = self._checkpoint
        checkpoint.session_id = session.id
        self._connection.execute(
            "UPDATE transcript SET session_id = ? WHERE id = ?", (session.id, checkpoint.transcript_id)
        )
        if checkpoint.project and session.project_guess:
            self._sessions.tell_project(session, checkpoint.project)
        session.branch = checkpoint.branch or session.branch
        session.version = checkpoint.version or session.version
        session.name(checkpoint.title_rank, checkpoint.title or "")
        self._sessions.touch(session)

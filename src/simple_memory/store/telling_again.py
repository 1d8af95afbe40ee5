"""What sessions tell of themselves once some of their lines are forgotten: the facts beside their messages."""

from __future__ import annotations

import json
from typing import Any

import apsw

from simple_memory.store import checkpoints, retelling


def tell_again(connection: apsw.Connection, told: list[tuple[checkpoints.Checkpoint, str]]) -> None:
    """Let transcripts that lost lines, and their sessions, tell only what the rest of the lines tells.

    `told` are checkpoints with the id of a transcript and what its lines tell, each with the folder that stands for the
    project where no line tells one.
    """
    with connection:
        for checkpoint, folder in told:
            connection.execute(
                """
                UPDATE checkpoint SET (
                    first_at, last_at, project, branch, version, title, title_rank
                ) = (?, ?, ?, ?, ?, ?, ?) WHERE transcript_id = ?
                """,
                (
                    *(checkpoint.first_at, checkpoint.last_at, checkpoint.project, checkpoint.branch),
                    *(checkpoint.version, checkpoint.title, checkpoint.title_rank, checkpoint.transcript_id),
                ),
            )
            connection.execute(
                """
                UPDATE session SET branch = NULL, version = NULL, model = NULL, project_guess = 1
                WHERE id = (SELECT session_id FROM transcript WHERE id = ?)
                """,
                (checkpoint.transcript_id,),
            )
            _guess_project(connection, checkpoint.transcript_id, folder)
        sessions: list[Any] = connection.execute(
            """
            SELECT DISTINCT session_id FROM transcript
            WHERE id IN (SELECT value FROM json_each(?)) AND session_id IS NOT NULL
            """,
            (json.dumps([checkpoint.transcript_id for checkpoint, _ in told]),),
        ).fetchall()
        for (session_id,) in sessions:
            retelling.retell(connection, session_id)
        connection.execute("DELETE FROM project WHERE id NOT IN (SELECT project_id FROM session)")
        connection.execute("UPDATE counter SET projects = (SELECT count(*) FROM project)")


def _guess_project(connection: apsw.Connection, transcript_id: int, folder: str) -> None:
    retelling.know_project(connection, folder)
    connection.execute(
        """
        UPDATE session SET project_id = (SELECT id FROM project WHERE path = ?)
        WHERE id = (SELECT session_id FROM transcript WHERE id = ?)
        """,
        (folder, transcript_id),
    )

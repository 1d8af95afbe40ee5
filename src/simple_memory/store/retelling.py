"""What a session is called and where it belongs, told anew from all that tells of it; not which messages count in it.

A chunk alone knows its own transcript. Where several transcripts hold one session, or a summary stands in another
session's transcript, only the whole tells, and it tells the same whatever was read first.
"""

from __future__ import annotations

import os
from typing import Any

import apsw

from simple_memory import model
from simple_memory.store import asking


def has_loose_summaries(connection: apsw.Connection) -> bool:
    """Return whether there is a summary that has not found its session."""
    query = "SELECT EXISTS (SELECT 1 FROM message WHERE kind = 'summary' AND name IS NOT NULL)"
    return bool(asking.one(connection, query)[0])


def attach_summaries(connection: apsw.Connection) -> bool:
    """Give every summary whose message has been seen to that message's session; return whether there was one.

    Its leaf moves from `name` to `parent_uuid`, so that it is found again when the message comes to count elsewhere.
    """
    rows = connection.execute(
        """
        SELECT summary.id, summary.session_id, summary.name, coalesce(summary.origin, summary.uuid), (
            SELECT leaf.session_id FROM message AS leaf
            WHERE coalesce(leaf.origin, leaf.uuid) = +summary.name AND leaf.copy_of IS NULL
                AND leaf.session_id IS NOT NULL
        ) AS owner
        FROM message AS summary WHERE summary.kind = 'summary' AND summary.name IS NOT NULL
        """
    ).fetchall()
    owners: set[Any] = set()
    for message_id, session_id, leaf, identity, owner in rows:
        if owner is None:
            continue
        owners.add(owner)
        twin = connection.execute(
            "SELECT id FROM message WHERE coalesce(origin, uuid) = ? AND session_id = ? AND id <> ?",
            (identity, owner, message_id),
        ).fetchone()
        if twin:  # the agent wrote the same summary into several transcripts
            connection.execute("DELETE FROM message WHERE id = ?", (message_id,))
        kept = twin[0] if twin else message_id
        connection.execute(
            "UPDATE message SET session_id = ?, parent_uuid = ?, name = NULL WHERE id = ?", (owner, leaf, kept)
        )
        if twin or session_id != owner:
            connection.execute("INSERT OR IGNORE INTO reindex (message_id) VALUES (?)", (message_id,))
    for owner in owners:
        _name_by_summaries(connection, owner)
    return bool(owners)


def loosen_summaries(connection: apsw.Connection, session_id: int) -> None:
    """Let the summaries of a session look for theirs again: some of its messages count in another one now."""
    connection.execute(
        """
        UPDATE message SET name = parent_uuid
        WHERE session_id = ? AND position IS NULL AND kind = 'summary' AND name IS NULL
        """,
        (session_id,),
    )
    if connection.changes():
        retell(connection, session_id)


def retell(connection: apsw.Connection, session_id: int) -> None:
    """Say anew what all transcripts of a session tell of it: project, branch, version, model and title."""
    rows: list[Any] = connection.execute(
        """
        SELECT path, first_at, last_at, project, branch, version, title_rank, title
        FROM transcript JOIN checkpoint ON transcript_id = transcript.id WHERE session_id = ?
        """,
        (session_id,),
    ).fetchall()
    by_start = sorted(rows, key=lambda row: (row[1] is None, row[1] or "", row[0]))
    by_end = sorted(rows, key=lambda row: (row[2] or "", row[0]))
    project = next((row[3] for row in by_start if row[3]), None)
    branch = next((row[4] for row in reversed(by_end) if row[4]), None)
    version = next((row[5] for row in reversed(by_end) if row[5]), None)
    best: tuple[int, str | None] = (int(model.NO_TITLE), None)
    for row in [*(row for row in by_start if row[6] == model.FIRST_PROMPT), *by_end]:
        best = model.better_title(best, (row[6], row[7] or ""))
    connection.execute(
        """
        UPDATE session SET title_rank = ?1, title = ?2, branch = coalesce(?3, branch), version = coalesce(?4, version),
            model = coalesce((
                SELECT model FROM message
                WHERE session_id = ?5 AND role = 'assistant' AND model <> '<synthetic>' ORDER BY position DESC LIMIT 1
            ), model)
        WHERE id = ?5
        """,
        (*best, branch, version, session_id),
    )
    if project:
        _tell_project(connection, session_id, project)
    _name_by_summaries(connection, session_id)


def project_name(path: str) -> str:
    """Return what people call the project at `path`: its last part."""
    return os.path.basename(path.rstrip("/\\").replace("\\", "/")) or path


def know_project(connection: apsw.Connection, path: str) -> None:
    """Have a row for the project at `path`."""
    connection.execute("INSERT OR IGNORE INTO project (path, name) VALUES (?, ?)", (path, project_name(path)))


def _tell_project(connection: apsw.Connection, session_id: int, path: str) -> None:
    know_project(connection, path)
    connection.execute(
        "UPDATE session SET project_guess = 0, project_id = (SELECT id FROM project WHERE path = ?) WHERE id = ?",
        (path, session_id),
    )
    connection.execute("DELETE FROM project WHERE id NOT IN (SELECT project_id FROM session)")
    connection.execute("UPDATE counter SET projects = (SELECT count(*) FROM project)")


def _name_by_summaries(connection: apsw.Connection, session_id: int) -> None:
    """Name a session after its summaries, if nothing better names it: of several after the greatest text."""
    (best,) = asking.one(
        connection,
        """
        SELECT max(text) FROM message
        WHERE session_id = ? AND position IS NULL AND kind = 'summary' AND name IS NULL
        """,
        (session_id,),
    )
    if best is not None:
        connection.execute(
            "UPDATE session SET title = ?1, title_rank = ?2 WHERE id = ?3 AND title_rank <= ?2",
            (model.title_of(best), int(model.SUMMARY), session_id),
        )

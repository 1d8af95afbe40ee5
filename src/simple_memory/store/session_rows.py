"""The sessions and projects that a transaction writes to: loaded once, changed in memory, written back at its end."""

from __future__ import annotations

from typing import Any, cast

import apsw
import msgspec

from simple_memory import model
from simple_memory.store import retelling

_COLUMNS = (
    "id", "session", "agent", "project_id", "parent", "kind", "title", "title_rank", "project_guess", "started_at",
    "ended_at",
    "shown", "messages", "prompts", "turns", "tool_calls", "tool_results", "input_tokens", "output_tokens",
    "cache_read_tokens", "cache_write_tokens", "next_position", "model", "branch", "version", "kinship",
    "own_started_at", "unsettled",
)  # fmt: skip
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM session"  # noqa: S608 — names of ours
_UPDATE = f"UPDATE session SET {', '.join(f'{column} = ?' for column in _COLUMNS[3:])} WHERE id = ?"  # noqa: S608
SHARES_MESSAGES = 1
SEVERAL_TRANSCRIPTS = 2
"""What `kinship` may hold, added up."""
MOST_KEPT = 2000
"""Sessions kept in memory between transactions."""


class SessionRow(msgspec.Struct):
    """One row of the table `session`, in the order of its columns."""

    id: int
    session: str
    agent: str
    project_id: int
    parent: str | None
    kind: str
    title: str | None = None
    title_rank: int = 0
    project_guess: int = 0
    started_at: str | None = None
    ended_at: str | None = None
    shown: int = 0
    messages: int = 0
    prompts: int = 0
    turns: int = 0
    tool_calls: int = 0
    tool_results: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    next_position: int = 0
    model: str | None = None
    branch: str | None = None
    version: str | None = None
    kinship: int = 0
    own_started_at: str | None = None
    unsettled: int = 0

    def saw(self, timestamp: str | None) -> None:
        """Widen the time from start to end so that it holds `timestamp`."""
        if timestamp is None:
            return
        if self.started_at is None or timestamp < self.started_at:
            self.started_at = timestamp
        if self.ended_at is None or timestamp > self.ended_at:
            self.ended_at = timestamp

    def may_rank_otherwise(self, timestamp: str | None) -> bool:
        """Return whether a message of its own may change in which session those that it shares count (see lineage)."""
        is_first = self.own_started_at is None or (timestamp is not None and timestamp < self.own_started_at)
        return is_first or bool(self.kinship & SEVERAL_TRANSCRIPTS)

    def name(self, rank: int, title: str) -> None:
        """Take `title` if it is better than what there is."""
        self.title_rank, self.title = model.better_title((self.title_rank, self.title), (rank, title))


def _row_of(row: object) -> SessionRow:
    return SessionRow(*cast("Any", row))


class SessionRows:
    """Sessions and projects by id and name, over one writer connection."""

    def __init__(self, connection: apsw.Connection) -> None:
        """Take the writer's connection; nothing is read yet."""
        self._connection = connection
        self._by_id: dict[int, SessionRow] = {}
        self._by_name: dict[str, SessionRow] = {}
        self._projects: dict[str, int] = {}
        self._changed: set[int] = set()
        self.new_main = 0
        self.new_subagents = 0
        self.new_projects = 0

    def by_id(self, session_id: int) -> SessionRow:
        """Return a session that is known to exist."""
        found = self._by_id.get(session_id)
        if found is None:
            row = self._connection.execute(f"{_SELECT} WHERE id = ?", (session_id,)).fetchone()
            found = self._keep(_row_of(row))
        return found

    def by_name(self, name: str) -> SessionRow | None:
        """Return the session of that name, or None."""
        found = self._by_name.get(name)
        if found is None:
            row = self._connection.execute(f"{_SELECT} WHERE session = ?", (name,)).fetchone()
            found = self._keep(_row_of(row)) if row else None
        return found

    def create(self, name: str, place: model.Place, parent: str | None, project: str | None) -> SessionRow:
        """Make a session; `project` None: the place's folder stands for it until a record tells."""
        project_id = self._project(project or place.folder or "unknown")
        self._connection.execute(
            "INSERT INTO session (session, agent, project_id, parent, kind, project_guess) VALUES (?, ?, ?, ?, ?, ?)",
            (name, place.agent, project_id, parent, place.kind, int(project is None)),
        )
        if place.kind == "main":
            self.new_main += 1
        else:
            self.new_subagents += 1
        row = SessionRow(
            id=self._connection.last_insert_rowid(),
            session=name,
            agent=place.agent,
            project_id=project_id,
            parent=parent,
            kind=place.kind,
            project_guess=int(project is None),
        )
        return self._keep(row)

    def touch(self, row: SessionRow) -> None:
        """Have `row` written by the next `flush`."""
        self._changed.add(row.id)

    def tell_project(self, row: SessionRow, project: str) -> None:
        """Put a session whose project was a guess where a record says it belongs."""
        guessed = row.project_id
        row.project_id, row.project_guess = self._project(project), 0
        self.touch(row)
        if guessed == row.project_id:
            return
        self._connection.execute("UPDATE session SET project_id = ? WHERE id = ?", (row.project_id, row.id))
        self._connection.execute(
            "DELETE FROM project WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM session WHERE project_id = ?1)", (guessed,)
        )
        if self._connection.changes():
            self.new_projects -= 1
            self._projects = {path: kept for path, kept in self._projects.items() if kept != guessed}

    def flush(self) -> None:
        """Write the changed sessions back."""
        rows = [msgspec.structs.astuple(self._by_id[session_id]) for session_id in self._changed]
        self._connection.executemany(_UPDATE, [(*row[3:], row[0]) for row in rows])
        self._changed.clear()

    def forget_counts(self) -> None:
        """Start counting new sessions and projects from zero; and keep memory bounded."""
        self.new_main = self.new_subagents = self.new_projects = 0
        if len(self._by_id) > MOST_KEPT:
            self.drop()

    def drop(self) -> None:
        """Forget every session that is kept in memory (after their rows were changed elsewhere)."""
        self._projects.clear()
        self._by_id.clear()
        self._by_name.clear()
        self._changed.clear()

    def _keep(self, row: SessionRow) -> SessionRow:
        self._by_id[row.id] = self._by_name[row.session] = row
        return row

    def _project(self, path: str) -> int:
        known = self._projects.get(path)
        if known is not None:
            return known
        row = self._connection.execute("SELECT id FROM project WHERE path = ?", (path,)).fetchone()
        if row is None:
            self._connection.execute(
                "INSERT INTO project (path, name) VALUES (?, ?)", (path, retelling.project_name(path))
            )
            self.new_projects += 1
            row = (self._connection.last_insert_rowid(),)
        self._projects[path] = row[0]
        return int(row[0])

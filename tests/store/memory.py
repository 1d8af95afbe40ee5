"""A memory made row by row, for tests of what reads; not how transcripts become rows."""

from __future__ import annotations

from typing import Any

from simple_memory import config
from simple_memory.store import connection, indexer, packing

HEAP = 15_000_000
LONG = 1000


class Memory:
    """One home with a database that a test fills. `index()` brings the index up to it."""

    def __init__(self, home: config.Home) -> None:
        config.make_home(home)
        self.home = home
        self.writer = connection.open_writer(home)
        self.writer.execute(
            "INSERT INTO transcript (id, agent, path, form, state, first_seen)"
            " VALUES (1, 'claude-code', '/nowhere', 'whole', 'present', '2026-01-01T00:00:00.000Z')"
        )
        self.indexer = indexer.Indexer(self.writer, home.index, HEAP)
        self._positions: dict[int, int] = {}

    def project(self, path: str) -> int:
        name = path.rpartition("/")[2]
        self.writer.execute("INSERT OR IGNORE INTO project (path, name) VALUES (?, ?)", (path, name))
        return self._one("SELECT id FROM project WHERE path = ?", path)

    def session(self, session: str, *, project: str = "/home/ada/shop", deleted: bool = False, **columns: Any) -> int:
        values = {"session": session, "agent": "claude-code", "kind": "main", "project_id": self.project(project)}
        values |= columns
        session_id = self._insert("session", values)
        self.writer.execute(
            "INSERT INTO transcript (agent, path, form, session_id, state, first_seen)"
            " VALUES ('claude-code', ?, 'lines', ?, ?, '2026-01-01T00:00:00.000Z')",
            (f"/transcripts/{session}", session_id, "deleted" if deleted else "present"),
        )
        return session_id

    def say(
        self, session_id: int | None, text: str = "", *, role: str = "user", kind: str = "prompt", **columns: Any
    ) -> int:
        position = self._positions.get(session_id or 0, 0)
        values = {
            "session_id": session_id,
            "position": position,
            "turn": 1,
            "role": role,
            "kind": kind,
            "text": text,
            "timestamp": f"2026-01-01T10:{position // 60:02}:{position % 60:02}.000Z",
            "transcript_id": 1,
            "generation": 0,
            "offset": 0,
            "length": 0,
        }
        values |= columns
        if values["position"] is not None:
            self._positions[session_id or 0] = position + 1
        message_id = self._insert("message", values)
        self.writer.execute("UPDATE message SET uuid = coalesce(uuid, 'uuid-' || id) WHERE id = ?", (message_id,))
        return message_id

    def reply(self, session_id: int, text: str, **columns: Any) -> int:
        return self.say(session_id, text, role="assistant", kind="reply", **columns)

    def call(
        self,
        session_id: int,
        name: str = "Bash",
        given: str = '{"command": "ls"}',
        result: str | None = "",
        *,
        path: str | None = None,
        extra: str | None = None,
        **columns: Any,
    ) -> tuple[int, int]:
        """Add a call and its result as two messages; return their ids. Long results are packed."""
        asked = self.say(session_id, role="assistant", kind="tool_call")
        answered = self.say(session_id, kind="tool_result")
        told, beyond = result or "", extra or ""
        packed = packing.pack(told, beyond) if len(told) + len(beyond) > LONG else None
        values = {
            "session_id": session_id,
            "call_id": f"call-{asked}",
            "message_id": asked,
            "result_message_id": answered,
            "name": name,
            "input": given,
            "path": path,
            "result": packing.cut(told) if packed else result,
            "extra": packing.cut(beyond) if packed else extra,
            "packed": packed,
            "result_chars": len(told),
        }
        self._insert("tool_call", values | columns)
        return asked, answered

    def copy(self, message_id: int, session_id: int) -> int:
        """Add the same message to another session, as a copy of the row that counts."""
        row: Any = self.writer.execute(
            "SELECT text, role, kind, uuid FROM message WHERE id = ?", (message_id,)
        ).fetchone()
        text, role, kind, uuid = row
        return self.say(session_id, text, role=role, kind=kind, uuid=uuid, copy_of=message_id)

    def index(self) -> None:
        while self.indexer.catch_up(5.0):
            pass

    def close(self) -> None:
        self.indexer.close()
        self.writer.close()

    def _insert(self, table: str, values: dict[str, Any]) -> int:
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        self.writer.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))
        return self.writer.last_insert_rowid()

    def _one(self, sql: str, *bindings: Any) -> int:
        row: Any = self.writer.execute(sql, bindings).fetchone()
        return int(row[0])

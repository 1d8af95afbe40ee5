"""What search asks the store: the rows that a filter means, and what to show of a hit; not what matches or its rank."""

# ruff: noqa: S608 - what is put into statements here are constants of this module; values are bound

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import apsw

from simple_memory.records import NamedTuple
from simple_memory.store import lengths, naming, packing, tool_input

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Standing(NamedTuple):
    """Where a message stands in its session, and whether it is what a tool was given, or gave back."""

    position: int
    is_tool: bool


class Place(NamedTuple):
    """Where a message stands. `session` is the agent's id, "" for a summary of a session that was never seen."""

    id: int
    session: str
    agent: str
    project: str
    title: str | None
    position: int | None
    uuid: str | None
    role: str
    kind: str
    timestamp: str | None


class Text(NamedTuple):
    """One text of a message. `beginning` is at hand; `whole` gives all of it, which may mean unpacking."""

    beginning: str
    is_whole: bool
    whole: Callable[[], str]


class HitStore:
    """Reads what stands behind hits, over one reader connection."""

    def __init__(self, connection: apsw.Connection) -> None:
        """Take an open reader connection."""
        self._connection = connection
        self._long = packing.LongTexts(lambda: connection, scattered=True)

    # ── what filters mean ──

    def sessions_in(self, paths: list[str], sessions: Collection[int]) -> frozenset[int]:
        """Return which of the sessions with these row ids belong to projects, which are named by their directories."""
        ids = set(self.project_ids(paths))
        rows: list[Any] = self._connection.execute(
            "SELECT id, project_id FROM session WHERE id IN (SELECT value FROM json_each(?))", (_listed(sessions),)
        ).fetchall()
        return frozenset(id_ for id_, project in rows if project in ids)

    def project_ids(self, paths: list[str]) -> list[int]:
        """Return the row ids of projects by their directories."""
        import json

        return self._ids("SELECT id FROM project WHERE path IN (SELECT value FROM json_each(?))", json.dumps(paths))

    def agents(self, wanted: str) -> list[str]:
        """Return the agents that `wanted` names: the one of that name, else those whose names begin with it."""
        known = self.every_agent()
        lowered = wanted.lower()
        return [name for name in known if name == lowered] or [name for name in known if name.startswith(lowered)]

    def every_agent(self) -> list[str]:
        """Return every agent that a session is of, in order."""
        return self._different("agent")

    def session_id(self, session: str) -> int:
        """Return the row id of a session by its id, 0 where there is none."""
        return next(iter(self._ids("SELECT id FROM session WHERE session = ?", session)), 0)

    def lineage_ids(self, session: str) -> list[int]:
        """Return the row ids of a session and of its sub-agents."""
        return self._ids("SELECT id FROM session WHERE session = ?1 OR (parent = ?1 AND kind = 'subagent')", session)

    def originals(self, session_id: int) -> list[int]:
        """Return the ids of the messages that stand in a session as copies: the rows that count, in other sessions."""
        return self._ids(
            "SELECT copy_of FROM message WHERE session_id = ? AND copy_of IS NOT NULL ORDER BY copy_of", session_id
        )

    def sessions_on_branch(self, branch: str) -> list[int]:
        """Return the row ids of the sessions that were last on `branch`, or on one whose last part it is."""
        ids: list[int] = []
        for name in self.branches():
            if name == branch or name.endswith(f"/{branch}"):
                ids.extend(self._ids("SELECT id FROM session WHERE branch = ?", name))
        return ids

    def branches(self) -> list[str]:
        """Return every branch that a session was last on, in order."""
        return self._different("branch")

    def _different(self, column: str) -> list[str]:
        """Return the values of a column of `session` that has an index; costs as much as there are different ones."""
        rows: list[Any] = self._connection.execute(
            f"""
            WITH RECURSIVE known (value) AS (
                SELECT min({column}) FROM session WHERE {column} IS NOT NULL
                UNION ALL
                SELECT (SELECT min({column}) FROM session WHERE {column} IS NOT NULL AND {column} > known.value)
                FROM known WHERE known.value IS NOT NULL
            )
            SELECT value FROM known WHERE value IS NOT NULL
            """
        ).fetchall()
        return [row[0] for row in rows]

    def sessions_with_file(self, path: str) -> list[int]:
        """Return the row ids of the sessions where a tool was given `path`, or a path that ends with it."""
        name = path.rpartition("/")[2]
        if name == path:
            return self._ids(
                f"SELECT DISTINCT session_id FROM tool_call WHERE path IS NOT NULL AND {naming.NAME} = ?", name
            )
        rows: list[Any] = self._connection.execute(
            f"""
            SELECT DISTINCT session_id FROM tool_call WHERE path IS NOT NULL AND {naming.NAME} = ?1
            AND (path = ?2 OR substr(path, -length(?2) - 1) = '/' || ?2)
            """,
            (name, path),
        ).fetchall()
        return [row[0] for row in rows]

    def _ids(self, sql: str, binding: str | int) -> list[int]:
        rows: list[Any] = self._connection.execute(sql, (binding,)).fetchall()
        return [row[0] for row in rows]

    def saying(self, ids: list[int], part: str) -> list[int]:
        """Return those of the messages `ids` where what was said holds `part`, which is in small letters."""
        rows: list[Any] = self._connection.execute(
            "SELECT id, text, packed FROM message WHERE id IN (SELECT value FROM json_each(?))", (_listed(ids),)
        ).fetchall()
        return [id_ for id_, text, packed in rows if part in (self._long.first(text, packed) or "").lower()]

    # ── what to show ──

    def titles(self, sessions: Sequence[int]) -> dict[int, str | None]:
        """Return the titles of the sessions with these row ids."""
        rows: list[Any] = self._connection.execute(
            "SELECT id, title FROM session WHERE id IN (SELECT value FROM json_each(?))", (_listed(sessions),)
        ).fetchall()
        return dict(rows)

    def standings(self, ids: Sequence[int]) -> dict[int, Standing]:
        """Return how messages stand in their sessions, by id; what stands beside the order is left out."""
        rows: list[Any] = self._connection.execute(
            """
            SELECT id, position, kind IN ('tool_call', 'tool_result') FROM message
            WHERE id IN (SELECT value FROM json_each(?)) AND position IS NOT NULL
            """,
            (_listed(ids),),
        ).fetchall()
        return {id_: Standing(position, bool(is_tool)) for id_, position, is_tool in rows}

    def title_notes(self, ids: Sequence[int]) -> set[int]:
        """Return which of the messages `ids` are notes that tell a title, or another word about their session."""
        return set(
            self._ids(
                """
                SELECT id FROM message INDEXED BY message_by_note
                WHERE role = 'note' AND kind <> 'queued_prompt' AND id IN (SELECT value FROM json_each(?))
                """,
                _listed(ids),
            )
        )

    def lengths(self, ids: Sequence[int]) -> dict[int, int]:
        """Return how many characters each of the messages `ids` has, about (lengths.py)."""
        return lengths.lengths(self._connection, ids)

    def days(self, ids: Sequence[int]) -> dict[int, str]:
        """Return the day of each of the messages `ids` that has a time, as YYYY-MM-DD, UTC."""
        rows: list[Any] = self._connection.execute(
            """
            SELECT id, substr(timestamp, 1, 10) FROM message
            WHERE id IN (SELECT value FROM json_each(?)) AND timestamp IS NOT NULL
            """,
            (_listed(ids),),
        ).fetchall()
        return dict(rows)

    def places(self, ids: list[int], within: int | None = None) -> dict[int, Place]:
        """Return where messages stand, by id; ids that the store does not have are left out.

        `within` is the row id of a session: a message that stands there as a copy is told with its place there.
        """
        columns = """
            session.session, session.agent, project.path, session.title, message.position, message.uuid,
            message.role, message.kind, message.timestamp
            FROM message
            LEFT JOIN session ON session.id = message.session_id
            LEFT JOIN project ON project.id = session.project_id
        """
        listed = _listed(ids)
        rows: list[Any] = self._connection.execute(
            f"SELECT message.id, {columns} WHERE message.id IN (SELECT value FROM json_each(?))", (listed,)
        ).fetchall()
        if within is not None:
            rows += self._connection.execute(
                f"""
                SELECT message.copy_of, {columns}
                WHERE message.session_id = ? AND message.copy_of IN (SELECT value FROM json_each(?))
                """,
                (within, listed),
            ).fetchall()
        return {row[0]: Place(row[0], row[1] or "", row[2] or "", row[3] or "", *row[4:]) for row in rows}

    def texts(self, ids: Sequence[int], *, tools: bool) -> dict[int, list[Text]]:
        """Return by id the texts of messages: what was said, and with `tools` what tools were given and gave back."""
        listed = (_listed(ids),)
        rows: list[Any] = self._connection.execute(
            "SELECT id, text, packed, name FROM message WHERE id IN (SELECT value FROM json_each(?))", listed
        ).fetchall()
        found = {id_: [self._text(text, packed, self._long.first)] for id_, text, packed, _ in rows}
        for id_, _, _, name in rows:
            found[id_].append(_plain(name or ""))
        if tools:
            self._add_tool_texts(found, listed)
        return {id_: [text for text in texts if text.beginning] for id_, texts in found.items()}

    def _add_tool_texts(self, found: dict[int, list[Text]], listed: tuple[str]) -> None:
        calls: list[Any] = self._connection.execute(
            """
            SELECT message_id, name, input, input_packed FROM tool_call
            WHERE message_id IN (SELECT value FROM json_each(?)) ORDER BY id
            """,
            listed,
        ).fetchall()
        for id_, name, words, packed in calls:
            found[id_].append(_given(name or "", self._text(words, packed, self._long.first)))
        results: list[Any] = self._connection.execute(
            """
            SELECT result_message_id, result, extra, packed FROM tool_call
            WHERE result_message_id IN (SELECT value FROM json_each(?)) ORDER BY id
            """,
            listed,
        ).fetchall()
        for id_, result, extra, packed in results:
            found[id_].append(self._text(result, packed, self._long.first))
            found[id_].append(self._text(extra, packed, self._long.second))

    def _text(
        self, plain: str | None, packed: bytes | None, unpack: Callable[[str | None, bytes | None], str | None]
    ) -> Text:
        return Text(plain or "", packed is None, lambda: unpack(plain, packed) or "")


def _listed(ids: Collection[int]) -> str:
    return f"[{','.join(map(str, ids))}]"  # JSON, without its module


def _plain(text: str) -> Text:
    return Text(text, is_whole=True, whole=lambda: text)


def _given(name: str, words: Text) -> Text:
    def told(text: str) -> str:
        return "\n".join((name, *tool_input.words(text)))

    return Text(told(words.beginning), words.is_whole, lambda: told(words.whole()))

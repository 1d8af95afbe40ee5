"""The messages of a chunk as rows: which session each stands in, which are copies, which were there before."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import apsw
import msgspec

from simple_memory import model
from simple_memory.store import (
    asking,
    checkpoints,
    chunk_session,
    fresh,
    identities,
    packing,
    session_rows,
    tool_rows,
    whole_rows,
)

_NEXT_ID = "SELECT 1 + max(indexed_to, coalesce((SELECT max(id) FROM message), 0)) FROM index_state"
"""Never an id that the index has seen: what is deleted and numbered anew would not be indexed."""
_COUNTED = (model.Role.USER, model.Role.ASSISTANT)
_NO_MODELS = frozenset({None, "", "<synthetic>"})
_MADE_BY_US = ("line:", "file:")
"""Identities that are no id of the agent's: such records are never copies of one another in different sessions."""


class Written(msgspec.Struct):
    """What is new over the whole store."""

    messages: int = 0
    system_messages: int = 0
    tool_calls: int = 0
    tool_results: int = 0


class MessageRows:
    """Writes messages, and with them their tool calls, results, media and tokens, over one writer connection."""

    def __init__(self, connection: apsw.Connection, sessions: session_rows.SessionRows) -> None:
        """Take the writer's connection and the sessions that the transaction changes."""
        self._connection = connection
        self._sessions = sessions
        self._inserts = whole_rows.inserts(connection)
        self.fresh = fresh.Fresh()

    def write(
        self, readings: Sequence[tuple[model.Reading, int, int]], checkpoint: checkpoints.Checkpoint, place: model.Place
    ) -> Written:
        """Write the messages of `readings` (reading, offset, length), which stand in the transcript of `checkpoint`."""
        one = _ChunkWriter(
            self._connection, self._sessions, readings, checkpoint, place, news=self.fresh, inserts=self._inserts
        )
        return one.run()


class _ChunkWriter:
    """One chunk on its way into the tables."""

    def __init__(
        self,
        connection: apsw.Connection,
        sessions: session_rows.SessionRows,
        readings: Sequence[tuple[model.Reading, int, int]],
        checkpoint: checkpoints.Checkpoint,
        place: model.Place,
        *,
        news: fresh.Fresh,
        inserts: whole_rows.Inserts,
    ) -> None:
        self._connection = connection
        self._inserts = inserts
        self._sessions = sessions
        self._fresh = news
        self._readings = readings
        self._checkpoint = checkpoint
        self._written = Written()
        self._rows: list[tuple[object, ...]] = []
        self._media: list[tuple[int, str, str | None, int]] = []
        messages = [reading.message for reading, _, _ in readings if reading.message]
        self._known = identities.load(connection, [identity for m in messages if (identity := m.origin or m.uuid)])
        self._tools = tool_rows.ToolRows(
            connection,
            {call.call_id for m in messages for call in m.calls} | {r.call_id for m in messages for r in m.results},
        )
        self._responses = tool_rows.ResponseRows(connection, {m.usage.response for m in messages if m.usage})
        self._next_id: int = asking.one(connection, _NEXT_ID)[0]
        news.begin_at(self._next_id)
        project = next((reading.project for reading, _, _ in readings if reading.project), None)
        self._chunk_session = chunk_session.ChunkSession(connection, sessions, checkpoint, place, project=project)

    def run(self) -> Written:
        """Take the readings in order; what comes before anything makes a session waits for it."""
        session = self._sessions.by_id(self._checkpoint.session_id) if self._checkpoint.session_id else None
        if session is not None:
            self._sessions.touch(session)  # else it is touched when it is found
        waiting: list[tuple[model.Reading, int, int]] = []
        for reading, offset, length in self._readings:
            if session is None and self._chunk_session.is_told_by(reading):
                session = self._chunk_session.find(reading)
                self._attach_early(session)
                for early in waiting:
                    self._take(early[0], session, early[1], early[2])
                waiting = []
            if session is None:
                waiting.append((reading, offset, length))
            else:
                self._take(reading, session, offset, length)
        for reading, offset, length in waiting:
            self._checkpoint.take(reading)
            if reading.message:
                self._insert(reading.message, None, None, offset, length)
        self._flush()
        return self._written

    def _flush(self) -> None:
        self._connection.executemany(self._inserts.message, self._rows)
        self._connection.executemany(
            "INSERT INTO media (message_id, kind, media_type, size_bytes) VALUES (?, ?, ?, ?)", self._media
        )
        self._tools.flush(self._inserts.tool_call)
        self._responses.flush(self._inserts.response)
        self._written.tool_calls = self._tools.calls
        self._written.tool_results = self._tools.results

    # ── the session ──

    def _attach_early(self, session: session_rows.SessionRow) -> None:
        """Give `session` what was read of the transcript before anything made a session."""
        early: list[Any] = self._connection.execute(
            """
            SELECT id, coalesce(origin, uuid) FROM message
            WHERE session_id IS NULL AND transcript_id = ? ORDER BY id
            """,
            (self._checkpoint.transcript_id,),
        ).fetchall()
        for message_id, identity in early:
            self._attach(message_id, identity, session)

    def _attach(self, message_id: int, identity: str, session: session_rows.SessionRow) -> None:
        """Give an early message to `session`, unless that has the same one already."""
        self._fresh.give_up()
        self._connection.execute("UPDATE OR IGNORE message SET session_id = ? WHERE id = ?", (session.id, message_id))
        is_new = bool(self._connection.changes())
        if not is_new:
            self._connection.execute("DELETE FROM message WHERE id = ?", (message_id,))
        self._connection.execute("INSERT OR IGNORE INTO reindex (message_id) VALUES (?)", (message_id,))
        rows = self._known.get(identity, [])
        for row in [row for row in rows if row.id == message_id]:
            rows.remove(row)
            if is_new:
                rows.append(identities.Known(message_id, session.id, None, row.generation))

    # ── one reading ──

    def _tell(self, reading: model.Reading, session: session_rows.SessionRow) -> None:
        """Take what a reading tells of its session as a whole."""
        self._checkpoint.take(reading)
        if session.kinship & session_rows.SEVERAL_TRANSCRIPTS:
            session.unsettled = 1
        if reading.project and session.project_guess:
            self._sessions.tell_project(session, reading.project)
        if reading.branch:
            session.branch = reading.branch
        if reading.version:
            session.version = reading.version
        if reading.forked_from and not session.parent:
            session.parent = reading.forked_from
        if reading.title and reading.names_its_session():
            session.name(*reading.title)

    def _take(self, reading: model.Reading, session: session_rows.SessionRow, offset: int, length: int) -> None:
        self._tell(reading, session)
        message = reading.message
        if message is None:
            return
        identity = message.origin or message.uuid or ""
        known = self._known.setdefault(identity, [])
        here = identities.row_in(known, session) if known else None
        if here is not None:
            renamed = self._renamed(message, here, session, (offset, length))
            if renamed is None:
                return
            identity, message = renamed
            known = self._known[identity]
        copy_of = None
        if known and message.role != model.Role.NOTE and not identity.startswith(_MADE_BY_US):
            copy_of = self._copy(known, session)
        message_id = self._insert(message, session, copy_of, offset, length)
        known.append(identities.Known(message_id, session.id, copy_of, self._checkpoint.generation))

    def _renamed(
        self, message: model.Message, here: identities.Known, session: session_rows.SessionRow, span: tuple[int, int]
    ) -> tuple[str, model.Message] | None:
        """Return a record whose identity is taken in its session under another one; None: it is stored already."""
        identity = self._identity_of_another(message, here, session, span)
        if not identity:
            return None
        known = self._known.setdefault(identity, identities.load(self._connection, [identity]).get(identity, []))
        if identities.row_in(known, session):
            return None
        return identity, msgspec.structs.replace(message, origin=identity)

    def _identity_of_another(
        self, message: model.Message, here: identities.Known, session: session_rows.SessionRow, span: tuple[int, int]
    ) -> str:
        """Return under which identity to store a record whose own is taken in its session; "": it is stored already."""
        identity = message.origin or message.uuid or ""
        if identity.startswith("file:"):
            self._replace_text(here.id, message, *span)
            return ""
        if identity.startswith("line:"):
            if message.role == model.Role.NOTE or here.generation != self._checkpoint.generation:
                return ""
            return f"{identity}#{span[0]}"  # the same words twice in one transcript, by writers that give no ids
        if self._is_same(here, message, session):
            return ""
        calls = [call.call_id for call in message.calls] + [result.call_id for result in message.results]
        content = "\n".join([message.text, *calls])
        return f"{identity}~{hashlib.sha256(content.encode()).hexdigest()[:16]}"

    def _is_same(self, here: identities.Known, message: model.Message, session: session_rows.SessionRow) -> bool:
        """Return whether a record says what the row `here` says already, as far as words and calls tell."""
        stored = self._connection.execute("SELECT text, kind FROM message WHERE id = ?", (here.id,)).fetchone()
        if stored is None:  # in this chunk, not yet in the table
            stored = next((row[11], row[5]) for row in self._rows if row[0] == here.id)
        if stored != (_plain(message), message.kind):
            return False
        return here.copy_of is not None or self._tools.holds(message, session)

    def _replace_text(self, message_id: int, message: model.Message, offset: int, length: int) -> None:
        self._fresh.give_up()
        text, packed = self._packed(message, offset, length)
        self._connection.execute("UPDATE message SET text = ?, packed = ? WHERE id = ?", (text, packed, message_id))
        self._connection.execute("INSERT OR IGNORE INTO reindex (message_id) VALUES (?)", (message_id,))

    def _packed(self, message: model.Message, offset: int, length: int) -> tuple[str, bytes | None]:
        """Return the text as its row keeps it, and the whole one packed where that is long."""
        if not _is_long(message):
            return message.text, None
        if message.kind != "tool_output":
            return packing.cut(message.text), packing.pack(message.text)
        place = (self._checkpoint.transcript_id, self._checkpoint.generation, offset)
        return packing.cut(message.text), packing.pack_file(message.text, place, length)

    def _copy(self, known: list[identities.Known], session: session_rows.SessionRow) -> int:
        """Return the row that counts, of a message that stands in other sessions too; lineage may settle otherwise."""
        for row in known:
            if row.session_id is not None:
                kin = self._sessions.by_id(row.session_id)
                kin.kinship |= session_rows.SHARES_MESSAGES
                kin.unsettled = 1
                self._sessions.touch(kin)
        session.kinship |= session_rows.SHARES_MESSAGES
        session.unsettled = 1
        return next((row.id for row in known if row.copy_of is None), known[0].id)

    def _insert(
        self,
        message: model.Message,
        session: session_rows.SessionRow | None,
        copy_of: int | None,
        offset: int,
        length: int,
    ) -> int:
        message_id = self._next_id
        self._next_id += 1
        if session is not None:
            message = self._count(message, message_id, session, copy_of, offset)
        else:
            self._fresh.take(message_id, None, message, [], [])
        text, packed = self._packed(message, offset, length)
        ordered = session is not None and message.ordered
        self._rows.append(
            (  # as whole_rows.MESSAGE names them
                message_id,
                session.id if session else None,
                session.next_position - 1 if session and ordered else None,
                session.turns if session and ordered else None,
                message.role._value_,  # `value` is a call, which a first import makes for every message
                message.kind,
                message.uuid,
                message.origin,
                message.parent_uuid,
                message.timestamp,
                message.model,
                text,
                packed,
                copy_of,
                message.leaf or message.name,
                message.title_rank,
                int(message.is_sidechain),
                self._checkpoint.transcript_id,
                self._checkpoint.generation,
                offset,
                length,
            )
        )
        if message.media:
            self._media.extend((message_id, media.kind, media.media_type, media.size_bytes) for media in message.media)
        return message_id

    def _count(
        self,
        message: model.Message,
        message_id: int,
        session: session_rows.SessionRow,
        copy_of: int | None,
        offset: int,
    ) -> model.Message:
        """Count a message in its session; return it with what belongs in its text."""
        session.next_position += message.ordered
        counted = message.role in _COUNTED
        if counted:
            session.shown += 1
            session.saw(message.timestamp)
            session.turns += message.kind in model.STARTS_A_TURN
            if message.model not in _NO_MODELS:
                session.model = message.model
        if copy_of is not None:
            self._fresh.skip(message_id)
            return message
        if session.kinship and session.may_rank_otherwise(message.timestamp):
            session.unsettled = 1
        session.messages += counted
        session.prompts += counted and message.kind == "prompt"
        self._written.messages += counted
        self._written.system_messages += message.role is model.Role.SYSTEM
        if not (message.calls or message.results or message.usage):
            self._fresh.take(message_id, session, message, [], [])
            return message
        return self._count_parts(message, message_id, session, offset)

    def _count_parts(
        self, message: model.Message, message_id: int, session: session_rows.SessionRow, offset: int
    ) -> model.Message:
        """Take what a message carries into the other tables; return it with the words that fit in none."""
        line = (self._checkpoint.transcript_id, self._checkpoint.generation, offset)
        calls: list[fresh.Called] = []
        results: list[fresh.Answered] = []
        again: list[model.ToolResult] = []
        for call in message.calls:
            row = self._tools.add_call(call, message_id, session, line)
            if row is not None:
                calls.append((row, call))
                if row.id and row.result_message_id is not None:
                    self._fresh.give_up()  # the result came first, without its tool's name
        for result in message.results:
            row = self._tools.add_result(result, message_id, session, message.timestamp, line)
            if row is None:
                again.append(result)
            else:
                results.append((row, result))
        if message.usage:
            self._responses.add(message.usage, message_id, session, self._sessions)
        if again:  # a second result of one call: its words stay with the message
            words = [text for result in again for text in (result.text, result.extra) if text]
            message = msgspec.structs.replace(message, text="\n".join([message.text, *words]).strip())
        self._fresh.take(message_id, session, message, calls, results)
        return message


def _is_long(message: model.Message) -> bool:
    return message.role == model.Role.ATTACHMENT and len(message.text) > packing.LONG_TEXT


def _plain(message: model.Message) -> str:
    return packing.cut(message.text) if _is_long(message) else message.text

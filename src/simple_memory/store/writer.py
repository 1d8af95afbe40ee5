"""Writing what was read: rows, archive and checkpoint of a chunk in one transaction. The only way into the tables."""

from __future__ import annotations

import collections
from collections.abc import Callable

import apsw
import msgspec

from simple_memory import model
from simple_memory.store import (
    archive,
    beside,
    checkpoints,
    fresh,
    journal,
    lineage,
    message_rows,
    session_rows,
    tombstones,
    unmoved,
)
from simple_memory.store import connection as opening

BESIDE_BYTES = 1024 * 1024
"""A transaction with so many bytes of transcripts is written to the disk in a thread of its own."""

_UNCHECKED = "PRAGMA ignore_check_constraints = ON"
"""SQLite makes a table of the words that a CHECK lists, anew for every row: 40 % of what a message's row costs. What is
written here is of our own closed sets, which a test compares with these lists, and `doctor` checks what is stored."""


class Chunk(msgspec.Struct):
    """What one step of reading brought of one transcript.

    `checkpoint` says how far it is read once this chunk is written. `frames` are the archive's, `packing` gives more of
    them, of `packing_bytes` bytes, which are made meanwhile;
    `readings` are (reading, offset, length); `bad` are (offset, length, reason). `closing` are the last frames of the
    generation before, where the transcript was rewritten: the line that was never finished. `gaps` are
    what is not as it was, blanks for forgotten lines and marks for secrets: so it stands in the frames, and in the
    checkpoint's unfinished line.
    """

    checkpoint: checkpoints.Checkpoint
    place: model.Place
    frames: list[archive.Frame] = []
    packing: Callable[[], list[archive.Frame]] | None = None
    packing_bytes: int = 0
    readings: list[tuple[model.Reading, int, int]] = []
    bad: list[tuple[int, int, str]] = []
    closing: list[archive.Frame] = []
    gaps: list[tombstones.Gap] = []
    started_at: int = 0  # the offset of its first byte


class PackingFailed(Exception):
    """The bytes of the transcript at `path` could not be packed, for `why`: told while another one may be written."""

    def __init__(self, path: str, why: Exception) -> None:
        """Take whose bytes they are, and what happened."""
        super().__init__(f"{type(why).__name__}: {why}")
        self.path = path


class Counts(msgspec.Struct):
    """What a transaction adds to the counters row. The names are its columns."""

    messages: int = 0
    system_messages: int = 0
    sessions: int = 0
    subagents: int = 0
    projects: int = 0
    tool_calls: int = 0
    tool_results: int = 0
    transcripts: int = 0
    deleted_at_source: int = 0
    quarantined: int = 0
    unknown_records: int = 0
    archived_bytes: int = 0


class Writer:
    """Takes chunks into the database. Call `begin`, any number of `write`, then `commit`; on any error `rollback`."""

    def __init__(self, connection: apsw.Connection) -> None:
        """Take the writer's connection (connection.open_writer)."""
        self._connection = connection
        connection.execute(_UNCHECKED)
        self._sessions = session_rows.SessionRows(connection)
        self._messages = message_rows.MessageRows(connection, self._sessions)
        self._counts = Counts()
        self._kinds: collections.Counter[tuple[str, str, int]] = collections.Counter()
        self._frames = _Frames(connection)
        self._beside = beside.Beside("store-commit")
        self._version = connection.pragma("data_version")
        self._watched = unmoved.Watched(connection.filename)

    def begin(self) -> None:
        """Start a transaction that may write (BEGIN IMMEDIATE).

        Raises connection.Overtaken, and starts none, where another process wrote since this writer was made: the lock
        forbids it, and it would still lose nothing.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        if self._connection.pragma("data_version") != self._version:
            self._connection.execute("ROLLBACK")
            raise opening.Overtaken

    def look(self) -> None:
        """Raise unmoved.Moved where the database is not at its path any more."""
        self._watched.look()

    def shorten_journal(self) -> int:
        """Empty the journal as far as readers let it be; return the bytes that are left (see journal.shorten)."""
        return journal.shorten(self._connection)

    def close(self) -> None:
        """Undo what is not committed, and close the connection."""
        self.rollback()
        self._beside.close()
        self._connection.close()
        self._watched.let_go()

    def rollback(self) -> None:
        """Undo the transaction, and forget what was kept of it in memory."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._sessions.drop()
        self._sessions.forget_counts()
        self._forget()

    def _forget(self) -> None:
        self._frames.forget()
        self._counts = Counts()
        self._kinds.clear()
        self._messages.fresh = fresh.Fresh()

    def commit(self, now: str | None, meanwhile: Callable[[fresh.Fresh], None] = lambda _: None) -> Counts:
        """Write sessions and counters, end the transaction, and return what was added.

        `now` is the time of it; None: nothing of any agent was read, the time of the last sync stays.
        `meanwhile` gets what was written, for the index. Much is written to the disk in a thread while it runs: it may
        not touch the store, and what it did is worth nothing where this raises.
        """
        self._frames.add_all()
        counts = self._counts
        self._sessions.flush()
        counts.sessions += self._sessions.new_main
        counts.subagents += self._sessions.new_subagents
        counts.projects += self._sessions.new_projects
        add_counts(self._connection, counts, now)
        self._connection.executemany(
            """
            INSERT INTO record_kind (agent, type, understood, records) VALUES (?, ?, ?, ?)
            ON CONFLICT (agent, type) DO UPDATE SET records = records + excluded.records
            """,
            [(*key, number) for key, number in self._kinds.items()],
        )
        news = self._messages.fresh
        if counts.archived_bytes < BESIDE_BYTES:
            self._end()
            meanwhile(news)
        else:
            with self._beside.doing(self._end):
                meanwhile(news)
        self._sessions.forget_counts()
        self._forget()
        return counts

    def _end(self) -> None:
        self._connection.execute("COMMIT")  # whose cursor is freed here, not while the next statement runs

    def write(self, chunk: Chunk, now: str, *, counts: bool = True) -> None:
        """Write one chunk. `chunk.checkpoint` gets the id of a new transcript, and of the session that it holds.

        Without `counts` neither the transcript nor its bytes are counted.
        """
        checkpoint = chunk.checkpoint
        if checkpoint.transcript_id == 0:
            checkpoints.insert(self._connection, checkpoint, chunk.place, now)
            self._counts.transcripts += counts
        written = self._messages.write(chunk.readings, checkpoint, chunk.place)
        self._counts.messages += written.messages
        self._counts.system_messages += written.system_messages
        self._counts.tool_calls += written.tool_calls
        self._counts.tool_results += written.tool_results
        kinds = collections.Counter([(reading.type, reading.understood) for reading, _, _ in chunk.readings])
        for (type_, understood), number in kinds.items():
            self._kinds[chunk.place.agent, type_, int(understood)] += number
            self._counts.unknown_records += 0 if understood else number
        self._write_archive(chunk, now, counts=counts)
        checkpoints.save(self._connection, checkpoint)

    def _write_archive(self, chunk: Chunk, now: str, *, counts: bool) -> None:
        checkpoint = chunk.checkpoint
        place = (checkpoint.transcript_id, checkpoint.generation)
        archive.add(self._connection, *place, chunk.frames)
        archive.add(self._connection, checkpoint.transcript_id, checkpoint.generation - 1, chunk.closing)
        if chunk.packing is not None:
            self._frames.take(checkpoint, chunk.packing)
        if counts:
            self._counts.archived_bytes += chunk.packing_bytes
            self._counts.archived_bytes += sum(frame.length for frame in (*chunk.frames, *chunk.closing))
        self._connection.executemany(
            """
            INSERT INTO quarantine (transcript_id, generation, offset, length, reason, seen_at)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [(*place, *bad, now) for bad in chunk.bad],
        )
        self._counts.quarantined += len(chunk.bad)
        self._connection.execute(
            "DELETE FROM gap WHERE transcript_id = ? AND generation = ? AND offset >= ?", (*place, chunk.started_at)
        )  # those of the line that was not finished
        self._connection.executemany(
            "INSERT OR REPLACE INTO gap (transcript_id, generation, offset, length, kind) VALUES (?, ?, ?, ?, ?)",
            [(*place, *gap) for gap in chunk.gaps],
        )

    def settle(self) -> bool:
        """Decide what only the whole can tell (see lineage), in a transaction of its own.

        Return whether anything changed.
        """
        if not lineage.is_unsettled(self._connection):
            return False
        self.begin()
        try:
            changed = lineage.settle(self._connection)
            self._connection.execute("COMMIT")
        finally:
            self.rollback()  # nothing to undo after COMMIT, but what is kept in memory is old now
        return changed

    def set_state(self, checkpoint: checkpoints.Checkpoint, state: str, now: str) -> None:
        """Say whether a transcript is present, deleted or unreadable; what was stored stays."""
        checkpoints.set_state(self._connection, checkpoint.transcript_id, state, now)
        self._counts.deleted_at_source += (state == "deleted") - (checkpoint.state == "deleted")
        checkpoint.state = state


class _Frames:
    """Frames that are being made beside, until they are stored: the latest step's wait for the next one."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._waiting: tuple[checkpoints.Checkpoint, int, Callable[[], list[archive.Frame]]] | None = None

    def take(self, checkpoint: checkpoints.Checkpoint, packing: Callable[[], list[archive.Frame]]) -> None:
        """Take what gives the frames of a transcript's generation, and store those that were taken before."""
        self.add_all()
        self._waiting = (checkpoint, checkpoint.generation, packing)

    def add_all(self) -> None:
        """Store all that were taken. Raises PackingFailed."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return
        checkpoint, generation, packing = waiting
        try:
            made = packing()
        except Exception as error:
            raise PackingFailed(checkpoint.path, error) from error
        archive.add(self._connection, checkpoint.transcript_id, generation, made)

    def forget(self) -> None:
        """Let go of what was taken."""
        self._waiting = None


def add_counts(connection: apsw.Connection, counts: Counts, now: str | None) -> None:
    """Add to the counters row, and note the time of this sync unless it is None."""
    names = Counts.__struct_fields__
    assignments = ", ".join(f"{name} = {name} + ?" for name in names)
    bindings = (*msgspec.structs.astuple(counts), now)
    connection.execute(f"UPDATE counter SET {assignments}, last_sync_at = coalesce(?, last_sync_at)", bindings)  # noqa: S608

"""A store in a test: the engine over a folder of transcripts, without an index, and all that the store then tells.

Not a test. What a store tells (`Memory.tell`) is free of ids, so that two stores can be compared whatever the order in
which they were filled.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import apsw
import pytest

from simple_memory import config
from simple_memory.sources import claude_code, source
from simple_memory.store import archive, connection, documents, indexed, indexer, lineage, paths
from simple_memory.sync import engine

Rows = list[tuple[Any, ...]]
Told = dict[str, Rows]

VIEWS = {
    "projects": "SELECT project, name, sessions, messages, started_at, ended_at FROM projects",
    "sessions": "SELECT * FROM sessions",
    "messages": """
        SELECT m.session, m.position, m.turn, m.uuid, m.parent_uuid, m.role, m.kind, m.timestamp, m.model, m.text,
            m.is_sidechain, counts.session, counts.position
        FROM messages AS m LEFT JOIN messages AS counts ON counts.id = m.copy_of
    """,
    "tool_calls": """
        SELECT t.session, t.call_id, t.name, t.input, t.path, t.result, t.extra, t.result_chars, t.is_error,
            t.output_name, t.ended_at, called.session, called.position, answered.session, answered.position
        FROM tool_calls AS t LEFT JOIN messages AS called ON called.id = t.message_id
            LEFT JOIN messages AS answered ON answered.id = t.result_message_id
    """,
    "attachments": "SELECT session, position, kind, name, media_type, size_bytes, timestamp, text FROM attachments",
    "notes": "SELECT session, position, kind, timestamp, text FROM notes",
    "transcripts": """
        SELECT agent, path, session, form, state, generation, read_bytes, size_bytes, lines, quarantined
        FROM transcripts
    """,
    "counter": """
        SELECT messages, system_messages, sessions, subagents, projects, tool_calls, tool_results, transcripts,
            deleted_at_source, quarantined, unknown_records, archived_bytes FROM counter
    """,
    "record_kind": "SELECT agent, type, understood, records FROM record_kind",
    "quarantine": """
        SELECT transcript.path, generation, offset, length, reason
        FROM quarantine JOIN transcript ON transcript.id = quarantine.transcript_id
    """,
}
"""What is promised of a store, and the counts beside it."""

FROM_TABLES = """
    WITH counted AS (SELECT role FROM message WHERE copy_of IS NULL AND session_id IS NOT NULL)
    SELECT
        (SELECT count(*) FROM counted WHERE role IN ('user', 'assistant')),
        (SELECT count(*) FROM counted WHERE role = 'system'),
        (SELECT count(*) FROM session WHERE kind = 'main'),
        (SELECT count(*) FROM session WHERE kind = 'subagent'),
        (SELECT count(*) FROM project),
        (SELECT count(DISTINCT call_id) FROM tool_call WHERE message_id IS NOT NULL),
        (SELECT count(DISTINCT call_id) FROM tool_call WHERE result_message_id IS NOT NULL),
        (SELECT count(*) FROM transcript),
        (SELECT count(*) FROM transcript WHERE state = 'deleted'),
        (SELECT count(*) FROM quarantine),
        (SELECT coalesce(sum(records), 0) FROM record_kind WHERE understood = 0),
        (SELECT coalesce(sum(length), 0) FROM frame)
"""
"""The counter row, counted anew."""
RECOUNTED = (
    "session", "shown", "messages", "prompts", "tool_calls", "tool_results", "input_tokens", "output_tokens",
    "cache_read_tokens", "cache_write_tokens",
)  # fmt: skip


class Rooted(claude_code.ClaudeCode):
    """Claude Code whose transcripts are in one folder, whatever the environment says."""

    def __init__(self, claude: Path) -> None:
        """Take the agent's folder."""
        self._projects = str(claude / "projects")

    def roots(self) -> list[str]:
        """Return that folder's projects."""
        return [self._projects]


class NoIndex:
    """An index that is always caught up and never asked; it holds what it is offered against what the store tells."""

    taken = 0
    commits = 0
    is_lively = False

    def __init__(self, writer: apsw.Connection, folder: str, heap_bytes: int) -> None:
        """Take what the real one takes."""
        self._writer = writer

    def is_open(self) -> bool:
        """Return that it is ready."""
        return True

    def look(self) -> None:
        """Find nothing wrong."""

    def is_committing(self) -> bool:
        """Return that nothing is under way."""
        return False

    def has_come_to(self, message_id: int) -> bool:
        """Return that it wants to see every document."""
        return True

    def offer(self, made: list[documents.Document], above: int, up_to: int) -> bool:
        """Check that `made` is what would be read; return that it was taken."""
        assert made == documents.read_documents(self._writer, above, 1 << 40)
        assert up_to == indexed.last_message(self._writer)
        NoIndex.taken += 1
        return True

    def catch_up(self, seconds: float, *, in_bulk: bool = False, soon: bool = False) -> bool:
        """Return that nothing is left to do."""
        return False

    def has_much(self) -> bool:
        """Nothing waits for a commit."""
        return False

    def pending(self) -> int:
        """Return that nothing waits."""
        return 0

    def close(self) -> None:
        """Let nothing go."""


class PlainEngine(engine.Engine):
    """The engine with NoIndex in the index's place."""

    def open(self) -> None:
        """Open as the engine does."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(indexer, "Indexer", NoIndex)
            super().open()


class Memory:
    """A store under `root`/memory that reads the transcripts under `claude`. `heard` is what the engine reported."""

    def __init__(
        self, root: Path, claude: Path, *, sources: tuple[source.Source, ...] | None = None, **settings: Any
    ) -> None:
        """Make the home; `settings` are changed in config.Settings."""
        self.home = config.Home(str(root / "memory"))
        self.claude = claude
        self.heard: list[tuple[str, dict[str, object]]] = []
        self._sources = sources or (Rooted(claude),)
        self._settings = config.Settings()
        for name, value in settings.items():
            setattr(self._settings, name, value)
        config.make_home(self.home)
        self.engine = self._engine()

    def _engine(self) -> PlainEngine:
        return PlainEngine(
            self.home,
            self._settings,
            report=lambda name, facts: self.heard.append((name, facts)),
            sources=self._sources,
        )

    def __enter__(self) -> Self:
        self.engine.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()

    def restart(self) -> None:
        """End the engine and start another."""
        self.engine.close()
        self.engine = self._engine()
        self.engine.open()

    def sync(self, *, verify: bool = False) -> Self:
        """Look at every transcript and read all there is to read."""
        self.engine.rescan(verify=verify)
        return self.drain()

    def note(self, *paths: Path | str) -> Self:
        """Read these files, as if the watcher had named them."""
        self.engine.note([str(path) for path in paths])
        return self.drain()

    def drain(self) -> Self:
        """Work until nothing is left to do."""
        while self.engine.work(0.5):
            pass
        return self

    @contextlib.contextmanager
    def reader(self) -> Iterator[apsw.Connection]:
        """Give a reader's connection."""
        opened = connection.open_reader(self.home)
        try:
            yield opened
        finally:
            opened.close()

    def ask(self, sql: str, *values: Any) -> Rows:
        """Return the rows of a query."""
        with self.reader() as opened:
            return list(opened.execute(sql, values))

    def one(self, sql: str, *values: Any) -> Any:
        """Return the only value of a query that gives one."""
        ((value,),) = self.ask(sql, *values)
        return value

    def tell(self, *leave_out: str) -> Told:
        """Return all that the store promises to tell, without ids; `leave_out` names what is not compared."""
        with self.reader() as opened:
            return {name: sorted(opened.execute(sql), key=repr) for name, sql in VIEWS.items() if name not in leave_out}

    def generations(self) -> dict[str, list[bytes]]:
        """Return, by path, the archived bytes of every generation of every transcript."""
        with self.reader() as opened:
            return {
                paths.path_from_text(path): [
                    b"".join(archive.read_transcript(opened, number, generation))
                    for generation in archive.generations(opened, number)
                ]
                for number, path in list(opened.execute("SELECT id, path FROM transcript"))
            }

    def latest(self) -> dict[str, bytes]:
        """Return, by path, the archived bytes of every transcript as they were last."""
        return {path: generations[-1] for path, generations in self.generations().items()}


def once(root: Path, claude: Path, **settings: Any) -> tuple[Told, dict[str, bytes]]:
    """Return what a new store tells after one pass over `claude`, and its archive; it is made below `root`."""
    root.mkdir(parents=True, exist_ok=True)
    with Memory(root, claude, **settings) as memory:
        memory.sync()
        assert_counts_hold(memory)
        return memory.tell(), memory.latest()


def differences(found: Told, wanted: Told) -> list[str]:
    """Return, line by line, where two stores differ: what only one of them tells."""
    lines: list[str] = []
    for name in wanted:
        ours = found.get(name, [])
        lines.extend(f"+ {name}: {row!r}" for row in ours if row not in wanted[name])
        lines.extend(f"- {name}: {row!r}" for row in wanted[name] if row not in ours)
        if not lines and ours != wanted[name]:
            lines.append(f"{name}: {len(ours)} rows instead of {len(wanted[name])}")
    return lines


def assert_same(found: Told, wanted: Told) -> None:
    """Check that two stores tell the same; where not, say what only one of them tells."""
    different = differences(found, wanted)
    assert not different, "\n".join([f"{len(different)} differences", *different[:20]])


def assert_counts_hold(memory: Memory) -> None:
    """Check that every count which is kept equals the same count of the tables."""
    kept = memory.tell("messages", "tool_calls", "attachments", "notes")
    with memory.reader() as opened:
        assert kept["counter"] == list(opened.execute(FROM_TABLES)), "the counter row"
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with _scratch(memory) as copy:
        query = f"SELECT {', '.join(RECOUNTED)} FROM session ORDER BY id"
        before = list(copy.execute(query))
        for (session_id,) in list(copy.execute("SELECT id FROM session")):
            lineage.recount(copy, session_id)
        assert before == list(copy.execute(query)), "the counts of sessions"


@contextlib.contextmanager
def _scratch(memory: Memory) -> Iterator[apsw.Connection]:
    """Give a copy of the store in memory, to be written at will."""
    copy = apsw.Connection(":memory:")
    try:
        with memory.reader() as opened, copy.backup("main", opened, "main") as backup:
            backup.step()
        yield copy
    finally:
        copy.close()


def lay_out(claude: Path, files: dict[str, bytes]) -> None:
    """Write `files` (path below projects/ → bytes)."""
    for name, content in files.items():
        path = claude / "projects" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def every_file(claude: Path) -> dict[str, bytes]:
    """Return the bytes of every file under projects/, by its whole path."""
    return {str(path): path.read_bytes() for path in sorted((claude / "projects").rglob("*")) if path.is_file()}


Change = Callable[[], None]

"""What a wish to forget means in this store: which sessions go whole, which lines of others; no writing."""

from __future__ import annotations

import datetime
import fnmatch
import json
from collections.abc import Callable, Iterator
from typing import Any

import apsw
import msgspec

from simple_memory import errors, moments
from simple_memory.store import archive, lookup, paths, tombstones

_PLACES = """
SELECT transcript.id, transcript.path, session.session, checkpoint.generation, checkpoint.offset
FROM transcript JOIN checkpoint ON checkpoint.transcript_id = transcript.id
LEFT JOIN session ON session.id = transcript.session_id ORDER BY transcript.id
"""


Blank = tuple[str, int, int]
"""The place of a forgotten line: the path of the transcript as it is stored, generation, offset."""


class Wish(msgspec.Struct, frozen=True):
    """What is to be forgotten; what is given must all hold. `path` is a glob, times are ISO 8601 UTC."""

    session: str | None = None
    project: str | None = None
    path: str | None = None
    since: str | None = None
    until: str | None = None
    phrase: str | None = None

    @property
    def has_span(self) -> bool:
        """Whether only a part of time is meant."""
        return bool(self.since or self.until)


class _Session(msgspec.Struct, frozen=True):
    """One session that a wish may mean."""

    id: int
    session: str
    started_at: str | None
    ended_at: str | None
    kind: str
    project: str


class Plan(msgspec.Struct):
    """What a wish means. `gaps` are (offset, length) of lines, by transcript and generation."""

    wish: Wish
    sessions: dict[int, str] = {}  # whole sessions: row id → the agent's id
    transcripts: dict[int, str] = {}  # whole transcripts: row id → path
    gaps: dict[tuple[int, int], list[tuple[int, int]]] = {}
    lines: list[bytes] = []  # the lines in the gaps
    touched: list[str] = []  # sessions that lose lines
    responses: list[bytes] = []  # answers of models that lost the record that counted, by tool_rows.response_key


def plan(connection: apsw.Connection, wish: Wish) -> Plan:
    """Return what `wish` means. Raises UsageError for an empty one, NotFound or Ambiguous for what it names."""
    _refuse_empty(wish)
    made = Plan(wish)
    chosen = _sessions(connection, wish)
    if wish.phrase is None:
        made.sessions = {one.id: one.session for one in chosen if _is_within(wish, one.started_at, one.ended_at)}
        made.transcripts = _transcripts(connection, list(made.sessions))
    if wish.phrase is not None or wish.has_span:
        _add_lines(connection, made, [one.id for one in chosen if one.id not in made.sessions])
    return made


def _refuse_empty(wish: Wish) -> None:
    if not any(msgspec.structs.astuple(wish)):
        raise errors.UsageError(
            "Say what to forget.", "A session, --project, --path, --since, --until or --phrase; several narrow it down."
        )
    if wish.phrase is not None and not wish.phrase.strip():
        raise errors.UsageError("The phrase is empty.", "Give the words that are to be forgotten.")


def plan_again(connection: apsw.Connection, blanks: frozenset[Blank] = frozenset()) -> Plan:
    """Return what the store holds although its tombstones say that it was forgotten, as an old copy does.

    `blanks` are the places of forgotten lines in a later state of the store: where it has only the beginning of such a
    line, that goes too, although no digest tells it.
    """
    known = tombstones.load(connection)
    made = Plan(Wish())
    rows: list[Any] = connection.execute("SELECT id, session, parent, kind FROM session ORDER BY id").fetchall()
    for row_id, session, parent, kind in rows:
        if known.hides_session(session) or (kind == "subagent" and parent and known.hides_session(parent)):
            made.sessions[row_id] = session
    made.transcripts = _transcripts(connection, list(made.sessions))
    transcripts: list[Any] = connection.execute(_PLACES).fetchall()
    for transcript_id, path, session, generation, offset in transcripts:
        if known.hides_path(paths.path_from_text(path)):
            made.transcripts[transcript_id] = path
        elif transcript_id not in made.transcripts:
            unfinished = offset if (path, generation, offset) in blanks else None
            _add_hidden_lines(connection, made, known, (transcript_id, session, generation, unfinished))
    return made


def blanks(connection: apsw.Connection) -> frozenset[Blank]:
    """Return where lines of the store's transcripts were forgotten."""
    rows: list[Any] = connection.execute(
        "SELECT transcript.path, gap.generation, gap.offset FROM gap JOIN transcript ON transcript.id = transcript_id"
    ).fetchall()
    return frozenset(rows)


def _add_hidden_lines(
    connection: apsw.Connection,
    made: Plan,
    known: tombstones.Tombstones,
    place: tuple[int, str | None, int, int | None],
) -> None:
    transcript_id, session, latest, unfinished = place
    for generation in archive.generations(connection, transcript_id):
        hidden = [
            (offset, line)
            for offset, line in lines_of(connection, transcript_id, generation)
            if known.hides_line(line) or (generation == latest and offset == unfinished)
        ]
        _take_lines(made, (transcript_id, generation), session, hidden)


def _sessions(connection: apsw.Connection, wish: Wish) -> list[_Session]:
    """Return the sessions that are meant, whenever they were."""
    rows: list[Any] = connection.execute(
        """
        SELECT session.id, session.session, session.started_at, session.ended_at, session.kind, project.path
        FROM session JOIN project ON project.id = session.project_id ORDER BY session.id
        """
    ).fetchall()
    found = [_Session(*row) for row in rows]
    if wish.session:
        name = lookup.resolve_session(connection, wish.session)
        found = [one for one in found if one.session == name or _is_subagent_of(name, one)]
    if wish.project:
        projects = _projects(connection, wish.project)
        found = [one for one in found if one.project in projects]
    if wish.path:
        found = _at(connection, wish.path, found)
    return found


def _is_subagent_of(name: str, one: _Session) -> bool:
    return one.kind == "subagent" and one.session.startswith(name + "/")


def _projects(connection: apsw.Connection, wanted: str) -> set[str]:
    projects = set(lookup.resolve_project(connection, wanted))
    if not projects:
        raise errors.NotFound(f"No project matches {wanted!r}.", "`simple-memory projects` lists them.")
    return projects


def _at(connection: apsw.Connection, glob: str, sessions: list[_Session]) -> list[_Session]:
    """Return those sessions whose project, or one of whose transcripts, matches a glob."""
    paths = dict[int, list[str]]()
    for session_id, path in connection.execute("SELECT session_id, path FROM transcript"):
        paths.setdefault(session_id, []).append(path)
    return [one for one in sessions if any(matches(path, glob) for path in (one.project, *paths.get(one.id, [])))]


def matches(path: str, glob: str) -> bool:
    """Return whether a path, or a folder above it, matches a glob."""
    return fnmatch.fnmatchcase(path, glob) or fnmatch.fnmatchcase(path, glob.rstrip("/") + "/*")


def _is_within(wish: Wish, started: str | None, ended: str | None) -> bool:
    if not wish.has_span:
        return True
    if not started or not ended:
        return False
    return (not wish.since or started >= wish.since) and (not wish.until or ended < wish.until)


def _transcripts(connection: apsw.Connection, sessions: list[int]) -> dict[int, str]:
    rows: list[Any] = connection.execute(
        "SELECT id, path FROM transcript WHERE session_id IN (SELECT value FROM json_each(?))", (json.dumps(sessions),)
    ).fetchall()
    return dict(rows)


def _add_lines(connection: apsw.Connection, made: Plan, sessions: list[int]) -> None:
    wish = made.wish
    everywhere = not (wish.session or wish.project or wish.path)
    rows: list[Any] = connection.execute(
        """
        SELECT transcript.id, session.session FROM transcript
        LEFT JOIN session ON session.id = transcript.session_id
        WHERE session_id IN (SELECT value FROM json_each(?1)) OR (?2 AND session_id IS NULL)
        ORDER BY transcript.id
        """,
        (json.dumps(sessions), everywhere),
    ).fetchall()
    is_wanted = _line_test(wish)
    for transcript_id, session in rows:
        for generation in archive.generations(connection, transcript_id):
            found = [
                (offset, line) for offset, line in lines_of(connection, transcript_id, generation) if is_wanted(line)
            ]
            _take_lines(made, (transcript_id, generation), session, found)


def _take_lines(made: Plan, where: tuple[int, int], session: str | None, found: list[tuple[int, bytes]]) -> None:
    """Let lines (offset, line) of a transcript and generation go."""
    if found:
        made.gaps[where] = [(offset, len(line)) for offset, line in found]
        made.lines.extend(line for _, line in found)
        if session and session not in made.touched:
            made.touched.append(session)


def _line_test(wish: Wish) -> Callable[[bytes], bool]:
    raw = (wish.phrase or "").encode("utf-8", "replace")  # no phrase: nothing, which every line holds
    phrase = tombstones.plain(wish.phrase or "")

    def is_wanted(line: bytes) -> bool:
        if raw not in line and phrase not in tombstones.plain(line.decode("utf-8", "replace")):
            return False
        if not wish.has_span:
            return True
        time = time_of(line)
        return _is_within(wish, time, time)

    return is_wanted


class _Timed(msgspec.Struct):
    timestamp: Any = None


def time_of(line: bytes) -> str | None:
    """Return the time of a record as the store writes times; None where it tells none."""
    try:
        told = msgspec.json.decode(line, type=_Timed).timestamp
        if not isinstance(told, str):
            return None
        moment = datetime.datetime.fromisoformat(told)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return moments.iso(moment)


def lines_of(connection: apsw.Connection, transcript_id: int, generation: int) -> Iterator[tuple[int, bytes]]:
    """Yield (offset, line) of a generation, the unfinished last line too."""
    offset = 0
    rest = b""
    for piece in archive.read_transcript(connection, transcript_id, generation):
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            if line.strip():
                yield offset, line
            offset += len(line) + 1
    if rest.strip():
        yield offset, rest

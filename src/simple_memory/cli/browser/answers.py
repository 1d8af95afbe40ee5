"""Answering what the browser asks, from the store and the index; reads only, and hides keys and tokens."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from simple_memory import config, errors, redaction
from simple_memory.cli import output, render, resume
from simple_memory.cli.browser import apart, asking
from simple_memory.cli.browser.entries import Entry
from simple_memory.cli.browser.window import PAGE
from simple_memory.search import backlog, passages, query, retrieve, times, words
from simple_memory.service import ask
from simple_memory.store import connection, reader

if TYPE_CHECKING:
    import apsw

HITS = 30
"""Sessions on one page of the list."""


class Answers:
    """Answers questions about one home. For one thread; opens the store at the first question."""

    def __init__(self, home: config.Home, *, reveal: bool = False) -> None:
        """Take the home; `reveal` shows keys and tokens."""
        self._home = home
        self._reveal = reveal
        self._searcher = retrieve.Searcher(home)
        self._connection: apsw.Connection | None = None

    def close(self) -> None:
        """Close the store."""
        self._searcher.close()
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def answer(self, question: asking.Question) -> asking.Answer:
        """Return the answer. Raises what reader and searcher raise."""
        try:
            if isinstance(question, asking.Find):
                return self._find(question)
            if isinstance(question, asking.Open):
                return self._open(question)
            if isinstance(question, asking.More):
                return self._more(question)
            if isinstance(question, asking.Watch):
                return self._watch(question)
            if isinstance(question, asking.Resume):
                return resume.look(self._database(), question.session)
            return self._choices()
        except errors.StoreError:
            self.close()
            raise

    def _database(self) -> apsw.Connection:
        if self._connection is None:
            self._connection = connection.open_reader(self._home)
        return self._connection

    # ── the list ──

    def _find(self, question: asking.Find) -> asking.Found:
        filters = question.filters
        if filters.parent is not None or not (question.text.strip() or filters.need_a_search):
            return self._sessions(question)
        answer = self._searcher.search(self._request(question.text, filters)._replace(after=question.after, limit=HITS))
        items = tuple(self._item(hit) for hit in answer.hits)
        return asking.Found(items, answer.total, answer.next, tuple(map(output.safe, answer.notes)))

    def _request(self, text: str, filters: asking.Filters) -> retrieve.Request:
        return retrieve.Request(
            query=text,
            project=filters.project,
            agent=filters.agent,
            role=filters.role,
            scope="conversation" if filters.scope == "conversation" else "tools" if filters.scope == "tools" else "all",
            since=filters.since,
            reveal=self._reveal,
        )

    def _item(self, hit: retrieve.Hit) -> asking.Item:
        said_by = hit.role if hit.kind in {"prompt", "reply"} else f"{hit.role} {hit.kind}"
        return asking.Item(
            session=hit.session,
            agent=output.safe(hit.agent),
            project=output.safe(hit.project),
            title=self._title(hit.title),
            cite=render.cite(hit.session, hit.position),
            position=hit.position,
            said_by=output.safe(said_by),
            when=render.when(hit.timestamp),
            snippet=_safe_snippet(hit.snippet),
            more=hit.more,
        )

    def _title(self, title: str | None) -> str:
        shown = title if self._reveal else redaction.hide(title)
        return render.one_line(shown, 200) or "(no title)"

    def _sessions(self, question: asking.Find) -> asking.Found:
        filters = question.filters
        now = datetime.datetime.now().astimezone()
        found, following = reader.list_sessions(
            self._database(),
            project=filters.project,
            agent=filters.agent,
            kind="main" if filters.parent is None else "subagent",
            parent=filters.parent,
            since=times.parse_time(filters.since, now) if filters.since else None,
            limit=HITS,
            after=question.after,
        )
        notes = () if question.after else backlog.read(self._database(), self._home).notes
        return asking.Found(tuple(self._session_item(row) for row in found), None, following, tuple(notes))

    def _session_item(self, row: reader.SessionRow) -> asking.Item:
        return asking.Item(
            session=row.session,
            agent=output.safe(row.agent),
            project=output.safe(row.project),
            title=self._title(row.title),
            cite=render.cite(row.session, None),
            position=None,
            said_by="",
            when=render.when(row.ended_at),
            snippet="",
            shown=row.shown,
        )

    # ── a session ──

    def _open(self, question: asking.Open) -> asking.Opened:
        database = self._database()
        row = reader.session_row(database, question.session)
        last = reader.last_position(database, row.session)
        at = question.position
        first = 0 if at is None else max(0, min(at, last) - PAGE // 2)
        entries = self._entries(row.session, first, question.text)
        is_preview = question.lane == "preview"
        hits = () if is_preview else self._hits(row.session, question.text)
        subagents = (
            0 if is_preview else len(reader.list_sessions(database, kind="subagent", parent=row.session, limit=1000)[0])
        )
        title, cite = self._title(row.title), render.cite(row.session, at)
        return asking.Opened(row, title, cite, subagents, hits, entries, at, last)

    def _hits(self, session: str, text: str) -> tuple[int, ...]:
        if not query.parse(text).sought:
            return ()
        request = self._request(text, asking.Filters())._replace(
            session=session, limit=retrieve.MOST_HITS, group="none"
        )
        return self._searcher.positions(request)

    def _entries(self, session: str, first: int, text: str, *, before: int | None = None) -> tuple[Entry, ...]:
        found = reader.read_session(self._database(), session, first=first, count=PAGE)
        sought = self._sought(text)
        return tuple(
            apart.take_apart(message, sought, reveal=self._reveal)
            for message in found
            if message.position is not None and (before is None or message.position < before)
        )

    def _sought(self, text: str) -> list[passages.Sought]:
        parsed = query.parse(text)
        return words.sought_marks(parsed) if parsed.clauses else []

    def _more(self, question: asking.More) -> asking.Page:
        last = reader.last_position(self._database(), question.session)
        if question.side == "after":
            return asking.Page("after", self._entries(question.session, question.position, question.text), last)
        return asking.Page("before", self._before(question), last)

    def _before(self, question: asking.More) -> tuple[Entry, ...]:
        """Return the messages before a position. Where many were forgotten, go back further until there are some."""
        first = question.position
        while first > 0:
            first = max(0, first - PAGE)
            entries = self._entries(question.session, first, question.text, before=question.position)
            if entries:
                return entries
        return ()

    def _watch(self, question: asking.Watch) -> asking.Seen:
        database = self._database()
        counted = reader.counters(database)
        last = -1 if question.session is None else reader.last_position(database, question.session)
        behind = backlog.read(database, self._home)
        mark = f"{counted.messages} {counted.system_messages} {counted.tool_results} {behind.indexed_to}"
        return asking.Seen(mark, question.session, last, ask.is_running(self._home))

    def _choices(self) -> asking.Chosen:
        rows = reader.list_projects(self._database())
        projects = tuple((row.project, output.safe(row.name), render.amount(row.sessions, "session")) for row in rows)
        return asking.Chosen(projects, tuple(reader.list_agents(self._database())))


def _safe_snippet(snippet: str) -> str:
    """Return a snippet with what a terminal obeys escaped; its marks stay."""
    pieces = snippet.replace(passages.MARK_END, passages.MARK_START).split(passages.MARK_START)
    marks = (passages.MARK_START, passages.MARK_END)
    return "".join(
        output.safe(piece) + (marks[at % 2] if at < len(pieces) - 1 else "") for at, piece in enumerate(pieces)
    )

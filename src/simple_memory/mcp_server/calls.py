"""What the tools do: arguments in, one answer out. Nothing that goes wrong here leaves it as an exception.

Every call opens its own reader connection, so that calls can run in any thread; searchers are kept and lent out.
"""

from __future__ import annotations

import contextlib
import datetime
import difflib
import logging
import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simple_memory import config, errors
from simple_memory.mcp_server import answers, arguments, facts, fence
from simple_memory.search import retrieve, table, times
from simple_memory.store import changes, reader, sandbox
from simple_memory.store import connection as opening

if TYPE_CHECKING:
    import apsw

QUERY_SECONDS = 4.0
"""How long one SQL statement may take."""
QUERY_CELL_CHARS = 7_000
PROJECTS_SHOWN = 8

_log = logging.getLogger(__name__)

_IN_TOOLS = (
    ("`simple-memory sessions`", "list_sessions"),
    ("`simple-memory projects`", "list_sessions"),
    ("`simple-memory status`", "memory_status"),
)
"""What a hint for people says, and what it says to a model."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool says: text for every client; `facts`, where given, hold all of it again as JSON."""

    text: str
    is_error: bool = False
    facts: dict[str, Any] | None = None


class Memory:
    """The memory as the tools see it: one home, read-only, safe to call from several threads."""

    def __init__(
        self,
        home: config.Home,
        *,
        now: Callable[[], datetime.datetime] | None = None,
        open_searcher: Callable[[config.Home], retrieve.Searcher] = retrieve.Searcher,
    ) -> None:
        """Take the home, a clock (aware datetimes) by which "yesterday" is understood, and what opens a searcher."""
        self.home = home
        self._now = now or (lambda: datetime.datetime.now(datetime.UTC).astimezone())
        self._open_searcher = open_searcher
        self._searchers: queue.LifoQueue[retrieve.Searcher] = queue.LifoQueue()

    def call(self, name: str, given: dict[str, Any] | None) -> Answer:
        """Answer one tool call. Errors come as answers too, in one line that says what to do."""
        try:
            taken = arguments.check(name, given)
            answer = _CALLS[name](self, taken)
            return answer if isinstance(answer, Answer) else Answer(answer)
        except errors.SimpleMemoryError as error:
            return Answer(self.explain(error), is_error=True)
        except Exception as error:  # the outermost loop of a call: whatever it is, the server goes on
            _log.exception("tool %s failed", name)
            return Answer(f"{name} failed inside ({type(error).__name__}); the log says more.", is_error=True)

    def explain(self, error: errors.SimpleMemoryError) -> str:
        """Return an error as one line for a model: no paths of ours, no commands that only a person can run."""
        text = f"{error.message} {error.hint}"
        for told, better in _IN_TOOLS:
            text = text.replace(told, better)
        return self._masked(text)

    def without_paths(self, told: dict[str, Any]) -> dict[str, Any]:
        """Return facts whose sentences name no path of ours."""
        hints = [self._masked(str(hint)) for hint in told["hints"]]
        last_error = told["last_error"]
        return {**told, "hints": hints, "last_error": self._masked(str(last_error)) if last_error else None}

    def _masked(self, text: str) -> str:
        text = text.replace(f" at {self.home.database}", "").replace(self.home.database, "the memory's database")
        return fence.line(text.replace(self.home.root, "the home folder"), 600)

    @contextlib.contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """Lend a reader connection of one's own. Raises a StoreError where there is nothing to read."""
        connection = opening.open_reader(self.home)
        try:
            yield connection
        finally:
            connection.close(force=True)

    @contextlib.contextmanager
    def searching(self) -> Iterator[retrieve.Searcher]:
        """Lend a searcher; one that raised is not lent again."""
        try:
            searcher = self._searchers.get_nowait()
        except queue.Empty:
            searcher = self._open_searcher(self.home)
        try:
            yield searcher
        except BaseException:
            searcher.close()
            raise
        self._searchers.put(searcher)

    def know_project(self, named: str | None) -> None:
        """Raise NotFound, with the projects that there are, where `named` names none of them."""
        if not named:
            return
        with self.reading() as connection:
            if reader.resolve_project(connection, named):
                return
            known = reader.list_projects(connection)
        near = difflib.get_close_matches(named, [row.name for row in known], n=PROJECTS_SHOWN, cutoff=0.4)
        names = list(dict.fromkeys([*near, *(row.name for row in known)]))[:PROJECTS_SHOWN]
        told = ", ".join(fence.line(name, 40) for name in names)
        more = f" and {len(known) - len(names)} more" if len(known) > len(names) else ""
        raise errors.NotFound(f"No project matches {fence.line(named, 60)!r}.", f"Projects: {told}{more}.")

    def close(self) -> None:
        """Close what is kept open."""
        while not self._searchers.empty():
            self._searchers.get_nowait().close()

    def time(self, text: str | None, name: str) -> str | None:
        """Return what a person's words for a time mean, as ISO 8601 UTC. Raises UsageError for words that mean none."""
        if not text:
            return None
        meant = times.parse_time(text, self._now(), end=name == "until")
        if meant is None:
            raise errors.UsageError(
                f"{name} is no time: {fence.line(text, 40)!r}.", 'Say "yesterday", "2 weeks ago", "3d" or 2026-01-31.'
            )
        return meant


def _search(memory: Memory, taken: dict[str, Any]) -> str:
    memory.know_project(taken["project"])
    session = _resolved(memory, taken["session"])
    request = retrieve.Request(
        query=taken["query"],
        project=taken["project"],
        agent=taken["agent"],
        role=taken["role"],
        scope=taken["scope"],
        since=memory.time(taken["since"], "since"),
        until=memory.time(taken["until"], "until"),
        session=session,
        exclude_session=_resolved(memory, taken["exclude_session"]),
        limit=taken["limit"],
        group=taken["group"] if session is None else "none",
        after=taken["after"],
    )
    with memory.searching() as searcher:
        return answers.search(taken["query"], searcher.search(request))


def _resolved(memory: Memory, session: str | None) -> str | None:
    if not session:
        return None
    with memory.reading() as connection:
        return reader.resolve_session(connection, arguments.split_citation(session)[0])


def _read(memory: Memory, taken: dict[str, Any]) -> str:
    named, position = arguments.split_citation(taken["session"])
    around = taken["around"] if taken["around"] is not None else position
    if taken["first"] is not None:
        around = None
    count: int = taken["count"]
    first = taken["first"] or 0 if around is None else max(0, around - count // 2)
    with memory.reading() as connection:
        session = reader.resolve_session(connection, named)
        row = reader.session_row(connection, session)
        found = reader.read_session(connection, session, first=first, count=count + 1)
    beside = sum(message.position is None for message in found)
    more = len(found) - beside > count
    shown = found[: beside + count]
    return answers.session(row, shown, around=around, full=taken["detail"] == "full", more=more)


def _list(memory: Memory, taken: dict[str, Any]) -> str:
    memory.know_project(taken["project"])
    with memory.reading() as connection:
        found, following = reader.list_sessions(
            connection,
            project=taken["project"],
            agent=taken["agent"],
            kind=None if taken["kind"] == "all" else taken["kind"],
            since=memory.time(taken["since"], "since"),
            until=memory.time(taken["until"], "until"),
            limit=taken["limit"],
            after=taken["after"],
        )
    return answers.sessions(found, following)


def _file_history(memory: Memory, taken: dict[str, Any]) -> str:
    memory.know_project(taken["project"])
    with memory.reading() as connection:
        touches = changes.find(connection, taken["path"], project=taken["project"], limit=taken["limit"])
    return answers.file_history(taken["path"], touches, taken["limit"])


def _query(memory: Memory, taken: dict[str, Any]) -> str:
    def hits(words: str) -> list[list[Any]]:
        with memory.searching() as searcher:
            return table.rows(searcher, words)

    result = sandbox.run(
        memory.home,
        taken["sql"],
        max_rows=taken["limit"],
        max_bytes=answers.BYTES * 2,
        seconds=QUERY_SECONDS,
        cell_chars=QUERY_CELL_CHARS,
        search=hits,
    )
    return answers.rows(result)


def _status(memory: Memory, _taken: dict[str, Any]) -> Answer:
    told = memory.without_paths(facts.look(memory.home))
    return Answer(answers.status(told), facts=told)


_CALLS: dict[str, Callable[[Memory, dict[str, Any]], str | Answer]] = {
    "search_memory": _search,
    "read_session": _read,
    "list_sessions": _list,
    "file_history": _file_history,
    "query_memory": _query,
    "memory_status": _status,
}


def offered() -> tuple[str, ...]:
    """Return the names of the tools that can be called."""
    return tuple(_CALLS)

"""From the filters of a request and of its query to conditions on rows: who is meant, which time; not the matching."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simple_memory import errors
from simple_memory.search import matching, query
from simple_memory.store import hits, index, lookup

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from typing import NoReturn

    import apsw

ROLES = ("user", "assistant", "system", "attachment", "note")


class Resolver:
    """Collects conditions. What is asked for and not known is said in `notes`, and matches nothing."""

    def __init__(self, connection: apsw.Connection, store: hits.HitStore, now: Callable[[], datetime.datetime]) -> None:
        """Take a reader connection, the rows behind it, and the time that "yesterday" is relative to."""
        self._connection = connection
        self._store = store
        self._now = now
        self._tags: list[tuple[str, ...]] = []
        self._refused_tags: list[str] = []
        self._sessions: list[tuple[int, ...]] = []
        self._refused_sessions: list[int] = []
        self._refused_messages: list[int] = []
        self._within: tuple[int, tuple[int, ...]] | None = None
        self._since: int | None = None
        self._until: int | None = None
        self.notes: list[str] = []

    def add(self, filters: Iterable[query.Filter]) -> None:
        """Add filters. Several of one name are alternatives; filters of different names must all hold."""
        grouped: dict[tuple[str, bool], list[str]] = {}
        for condition in filters:
            grouped.setdefault((condition.name, condition.negated), []).append(condition.value)
        for (name, negated), values in grouped.items():
            self._add(name, values, negated)

    def exclude_session(self, session: str) -> None:
        """Leave out a session (its id), its sub-agents, and the messages that it shares with others."""
        ids = self._store.lineage_ids(session)
        self._refused_sessions.extend(ids)
        for id_ in ids:
            self._refused_messages.extend(self._store.originals(id_))

    def conditions(self, scope: str) -> matching.Conditions:
        """Return what all of it came to."""
        return matching.Conditions(
            scope=scope,
            tags=tuple(self._tags),
            refused_tags=tuple(self._refused_tags),
            sessions=tuple(self._sessions),
            refused_sessions=tuple(self._refused_sessions),
            within=self._within,
            refused_messages=tuple(self._refused_messages),
            since_ms=self._since,
            until_ms=self._until,
        )

    @property
    def within(self) -> int | None:
        """The row id of the one session that was asked for, if one was."""
        return None if self._within is None else self._within[0]

    def _add(self, name: str, values: list[str], negated: bool) -> None:
        if name in {"role", "kind", "tool", "agent", "project"}:
            tags = [tag for value in values for tag in self._tags_of(name, value)]
            if negated:
                self._refused_tags.extend(tags)
            elif name == "agent" and self._is_everything(tags):
                self._refused_tags.append(index.tag("agent", ""))
            else:
                self._tags.append(tuple(tags))
        elif name in {"branch", "file"}:
            self._add_sessions([id_ for value in values for id_ in self._sessions_of(name, value)], negated)
        elif name == "session":
            self._add_session(values, negated)
        elif name in {"since", "until"} and not negated:
            self._add_time(name, values[-1])

    def _is_everything(self, tags: list[str]) -> bool:
        """Return whether these are all agents: to refuse what has none costs a half of demanding them."""
        return set(tags) == {index.tag("agent", agent) for agent in self._store.every_agent()}

    def _tags_of(self, name: str, value: str) -> list[str]:
        if name == "project":
            paths = lookup.resolve_project(self._connection, value)
            if not paths:
                self._unknown("project", value)
            return [index.tag("project", id_) for id_ in self._store.project_ids(paths)]
        if name == "agent":
            agents = self._store.agents(value)
            if not agents:
                self._unknown("agent", value)
            return [index.tag("agent", agent) for agent in agents]
        lowered = value.lower()
        if name == "role" and lowered not in ROLES:
            self.notes.append(f"There is no role {value!r}: it is one of {', '.join(ROLES)}.")
        return [index.tag(name, lowered if name in {"role", "tool"} else value)]

    def _sessions_of(self, name: str, value: str) -> list[int]:
        find: Callable[[str], list[int]] = (
            self._store.sessions_on_branch if name == "branch" else self._store.sessions_with_file
        )
        found = find(value)
        if not found:
            self._unknown(name, value)
        return found

    def _add_sessions(self, ids: list[int], negated: bool) -> None:
        if negated:
            self._refused_sessions.extend(ids)
        else:
            self._sessions.append(tuple(ids))

    def _add_session(self, values: list[str], negated: bool) -> None:
        found: list[str] = []
        for value in values:
            try:
                found.append(lookup.resolve_session(self._connection, value))
            except errors.NotFound as error:
                self.notes.append(error.message)
        if negated:
            for session in found:
                self.exclude_session(session)
        elif len(found) == 1:
            id_ = self._store.session_id(found[0])
            self._within = (id_, tuple(self._store.originals(id_)))
        else:
            self._sessions.append(tuple(self._store.session_id(session) for session in found))

    def _add_time(self, name: str, value: str) -> None:
        from simple_memory.search import times
        from simple_memory.store import documents

        meant = documents.to_ms(times.parse_time(value, self._now(), end=name == "until"))
        if meant is None:
            self.notes.append(f"{name}:{value} is no time and was left out; say 2026-01-31, yesterday, 3d or 2w.")
        elif name == "since":
            self._since = meant
        else:
            self._until = meant

    def _unknown(self, what: str, value: str) -> None:
        self.notes.append(f"No {what} matches {value!r}.")


def demand_time(name: str, value: str) -> NoReturn:
    """Raise UsageError for a time that is none."""
    raise errors.UsageError(f"{name}: {value!r} is no time.", 'Say "2026-01-31", "yesterday", "3d" or "2 weeks ago".')

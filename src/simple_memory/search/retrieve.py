"""Searching: from a request to an answer, over the index and the store, read-only. The ranking itself is rank.py's."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Iterable, Iterator

from simple_memory import config, errors, redaction
from simple_memory.records import NamedTuple
from simple_memory.search import (
    backlog,
    branches,
    conditions,
    excerpts,
    halves,
    matches,
    matching,
    options,
    query,
    rank,
    titles,
    words,
)
from simple_memory.store import connection as opening
from simple_memory.store import hits as hit_store
from simple_memory.store import index, indexed, lookup, segments, snapshot, unmoved, vocabulary

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from typing import Literal

    import apsw
    import tantivy

    from simple_memory.search import explain

    Scope = Literal["conversation", "tools", "all"]
    Grouping = Literal["session", "none"]

WINDOW = 200
"""Matches that are grouped at once; more are taken while they fill no page."""
WINDOW_BY_TIME = 800
"""The newest matches that are grouped at once: they stand close together, in few sessions."""
LARGEST_WINDOW = 12_800
MOST_HITS = 1000
"""Hits of one page, at most."""
NOTHING_ASKED = "Nothing was asked: give words, or a filter such as project:NAME or since:yesterday."
"""The note of an answer to a request that asks for nothing."""
SIGNS_ALONE = "Signs are not looked for by themselves: give a word or a number that stands with them."
"""The note of an answer to a request of signs and pictures without a letter or digit."""


class Request(NamedTuple):
    """What is asked. `query` is what was typed; the rest are filters beside those in it.

    `since` and `until` are times as people write them; `near` is a project that is preferred; `after` is the `next` of
    the page before. `reveal` shows keys and tokens, which are hidden otherwise; `explain` tells why a hit ranks so.
    """

    query: str
    project: str | None = None
    agent: str | None = None
    role: str | None = None
    scope: Scope = "all"
    since: str | None = None
    until: str | None = None
    session: str | None = None
    exclude_session: str | None = None
    near: str | None = None
    limit: int = 10
    group: Grouping = "session"
    after: str | None = None
    reveal: bool = False
    explain: bool = False


class Hit(NamedTuple):
    """One answer. `snippet` has its matches between U+0002 and U+0003; `more` counts further matches in the session.

    `reasons` add up to the score; () unless they were asked for.
    """

    session: str
    agent: str
    project: str
    title: str | None
    position: int | None
    message_id: int
    uuid: str | None
    role: str
    kind: str
    timestamp: str | None
    snippet: str
    score: float
    more: int = 0
    reasons: tuple[explain.Reason, ...] = ()


class Answer(NamedTuple):
    """What was found. `total` counts all matching messages; `indexed_to` is an ISO time; `notes` are sentences.

    `suggestion` is the query as it may have been meant, where nothing matches it; None where there is no better one.
    """

    query: str
    took_ms: float
    indexed_to: str | None
    pending_files: int
    pending_bytes: int
    total: int
    hits: tuple[Hit, ...]
    next: str | None
    notes: tuple[str, ...]
    suggestion: str | None = None


def _now() -> datetime.datetime:
    import datetime

    return datetime.datetime.now().astimezone()


class Searcher:
    """Answers requests from one home. For one thread at a time; holds a connection and the open index."""

    def __init__(
        self,
        home: config.Home,
        *,
        clock: Callable[[], float] = time.perf_counter,
        now: Callable[[], datetime.datetime] = _now,
    ) -> None:
        """Take the home. Nothing is opened before the first question, so that it may come to life later."""
        self._home = home
        self._clock = clock
        self._now = now
        self._index = index.IndexReader(home.index)
        self._layout = segments.Layout(home.index)
        self._connection: apsw.Connection | None = None
        self._store: hit_store.HitStore | None = None
        self._number: tuple[int, int] | None = None  # of the file that is open

    def close(self) -> None:
        """Close the database."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._store = None

    def search(self, request: Request) -> Answer:
        """Return the answer to `request`.

        Raises StoreMissing where there is no memory yet, IndexUnusable for a damaged index, UsageError for a limit, a
        time or an `after` that is none, NotFound or Ambiguous for a project or session that was named in the request.
        """
        started = self._clock()
        with self._asked(request) as asked:
            return self._answer(asked, started)

    def positions(self, request: Request) -> tuple[int, ...]:
        """Return where in `request.session` what is asked for stands, in order; raises what `search` raises."""
        with self._asked(request) as asked:
            if asked.says_something and backlog.read(asked.connection, self._home).is_searchable:
                return asked.positions(self._page(asked))
            return ()

    @contextlib.contextmanager
    def _asked(self, request: Request) -> Iterator[_Question]:
        if self._connection is not None and self._number != unmoved.number_of(self._home.database):
            self.close()
        if self._connection is None or self._store is None:
            self._number = unmoved.number_of(self._home.database)
            self._connection = opening.open_reader(self._home)
            self._store = hit_store.HitStore(self._connection)
        try:
            with snapshot.view(self._connection):
                yield _Question(self._connection, self._store, request, self._now, self._layout)
        except errors.StoreError:
            self.close()
            raise

    def _page(self, asked: _Question) -> _Page:
        searcher, schema = self._index.searcher()
        with index.guarded(self._home.index):
            page = asked.ask(searcher, schema)
            return page if page.total else asked.ask_otherwise(searcher, schema)

    def _answer(self, asked: _Question, started: float) -> Answer:
        behind = backlog.read(asked.connection, self._home)
        notes = list(behind.notes)
        found = _Found()
        if behind.is_searchable and asked.says_something:
            found = asked.show(self._page(asked))
        notes.extend(asked.notes)
        if not asked.says_something:
            notes.append(SIGNS_ALONE if asked.request.query.strip() else NOTHING_ASKED)
        return Answer(
            query=asked.request.query,
            took_ms=round((self._clock() - started) * 1000, 2),
            indexed_to=behind.indexed_to,
            pending_files=behind.files,
            pending_bytes=behind.bytes,
            total=found.total,
            hits=found.hits,
            next=found.next,
            notes=tuple(notes),
            suggestion=asked.suggestion,
        )


class _Page(NamedTuple):
    """What stands on the page, how many messages match in all, the mark of the next page, and reasons by message id."""

    entries: list[rank.Ranked]
    total: int
    next: str | None
    reasons: dict[int, tuple[explain.Reason, ...]] = {}  # noqa: RUF012 - nobody writes to it


class _Found(NamedTuple):
    """A page with all that is shown of it."""

    hits: tuple[Hit, ...] = ()
    total: int = 0
    next: str | None = None


class _Question:
    """One request, understood against the store."""

    def __init__(
        self,
        connection: apsw.Connection,
        store: hit_store.HitStore,
        request: Request,
        now: Callable[[], datetime.datetime],
        layout: segments.Layout,
    ) -> None:
        self.connection = connection
        self._layout = layout
        self.request = request
        self._store = store
        self._first, newest = options.place(request.after)
        self._newest = newest or indexed.last_message(connection)
        self._goes_on = newest is not None
        if not 1 <= request.limit <= MOST_HITS:
            raise errors.UsageError(f"limit must be between 1 and {MOST_HITS}, not {request.limit}.")
        self._parsed = query.parse(request.query)
        named = options.filters(connection, request._asdict(), now)
        resolver = conditions.Resolver(connection, store, now)
        resolver.add([*self._parsed.filters, *named])
        if request.exclude_session is not None:
            resolver.exclude_session(lookup.resolve_session(connection, request.exclude_session))
        scopes = self._parsed.values("in")
        self._conditions = resolver.conditions(scopes[-1].lower() if scopes else request.scope)
        self._within = resolver.within
        self.notes = resolver.notes
        self.suggestion: str | None = None
        self._is_narrow = bool(self._parsed.filters or named)
        self.says_something = bool(self._parsed.clauses or self._is_narrow)

    def ask(self, searcher: tantivy.Searcher, schema: tantivy.Schema) -> _Page:
        """Return the page that was asked for."""
        known_words = functools.partial(vocabulary.holding, self._layout.folder)
        matcher = matching.Matcher(searcher, schema, self._conditions, known_words, self._store.saying)
        matched = matcher.build(self._parsed, functools.partial(branches.parts, self._store, schema))
        built = matched.query
        if matched.left_out:
            self._tell(f"There are too many words: {matched.left_out:,} of them were left out, the commonest.")
        if self._goes_on:  # a later page leaves out what came after the first: else it would show hits again
            built = matching.up_to(built, schema, self._newest)
        split = halves.split(lambda: self._layout.spans(searcher), matched.weight, is_plain=matched.is_plain)
        asking = halves.Asking(searcher, schema, built, matched.by_time, split, matched.is_plain)
        page_of = self._page_of_messages if self.request.group == "none" else self._page_of_sessions
        page = page_of(asking, matched)
        if self.request.explain:
            from simple_memory.search import explain

            page = page._replace(reasons=explain.reasons(searcher, schema, matched, page.entries))
        return page

    def ask_otherwise(self, searcher: tantivy.Searcher, schema: tantivy.Schema) -> _Page:
        """Return the page of what comes near to what nothing matched; and say what may be meant."""
        from simple_memory.search import spelling

        speller = spelling.Speller(searcher, schema, self._beginnings, is_narrow=self._is_narrow)
        suggestion = speller.suggest(self._parsed)
        if suggestion is not None and (self.request.reveal or redaction.hide(suggestion) == suggestion):
            self.suggestion = suggestion
            self._tell(f"Nothing matches {self.request.query!r}. Did you mean {suggestion!r}?")
        asked = self._parsed
        for other, note in speller.otherwise(asked):
            self._parsed = other
            page = self.ask(searcher, schema)
            if page.total:
                self._tell(note)
                return page
        self._parsed = asked
        return _Page([], 0, None)

    def _tell(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def _beginnings(self, ids: list[int]) -> Iterable[str]:
        texts = self._store.texts(ids, tools=True)
        return (text.beginning for id_ in ids for text in texts.get(id_, ()))

    def _page_of_messages(self, asking: halves.Asking, matched: matching.Matched) -> _Page:
        """Return a page of messages. The best WINDOW of them are ranked with what stands around them."""
        first, limit, by_time = self._first, self.request.limit, asking.by_time
        entries: list[rank.Ranked] = []
        rest = first
        total = 0
        if first < WINDOW and not by_time:
            total, candidates = matches.find(asking, WINDOW)
            ranked = rank.alone(matches.in_context(self._store, asking, matched, candidates))
            entries = ranked[first : first + limit]
            rest = max(first, len(ranked))
        if len(entries) < limit and (by_time or rest >= WINDOW):
            total, more = matches.find(asking, limit - len(entries), offset=rest)
            entries += [rank.Ranked(candidate, candidate.score, 0) for candidate in more]
        following = self._mark(first + limit) if first + limit < total else None
        return _Page(entries, total, following)

    def _page_of_sessions(self, asking: halves.Asking, matched: matching.Matched) -> _Page:
        wanted = self._first + self.request.limit
        total, candidates = self._find_sessions(asking, wanted)
        if asking.by_time:
            ranked = rank.group(candidates)
        else:
            ranked = self._ranked(matches.in_context(self._store, asking, matched, candidates), wanted)
        if self._within is not None and len(ranked) == 1:  # more than the window holds
            ranked = [ranked[0]._replace(more=total - 1)]
        page = ranked[self._first : wanted]
        following = self._mark(wanted) if len(ranked) > wanted else None
        return _Page(page, total, following)

    def _find_sessions(self, asking: halves.Asking, wanted: int) -> tuple[int, list[rank.Candidate]]:
        """Return how many messages match, and of them as many as make more than `wanted` sessions, if there are."""
        window = max(WINDOW_BY_TIME if asking.by_time else WINDOW, wanted * 4)
        while True:
            total, candidates = matches.find(asking, window)
            is_filled = rank.count_groups(candidates) > wanted or self._within is not None
            if is_filled or len(candidates) >= total or window >= LARGEST_WINDOW:
                return total, candidates
            window *= 4

    def _mark(self, offset: int) -> str:
        return options.mark(offset, self._newest)

    def _ranked(self, candidates: list[rank.Candidate], wanted: int) -> list[rank.Ranked]:
        """Return one entry per session, of which the first `wanted` are in their final order."""
        near: frozenset[int] = frozenset()
        if self.request.near is not None:
            projects = lookup.resolve_project(self.connection, self.request.near)
            near = self._store.sessions_in(projects, {candidate.session for candidate in candidates})
        ranked = rank.group(candidates, near.__contains__)
        share = titles.coverage([words.stems(clause.text) for clause in self._parsed.sought], words.stems)
        return titles.add(ranked, wanted, self._store.titles, share)

    def show(self, page: _Page) -> _Found:
        """Return the hits of a page; what the store has lost meanwhile is left out."""
        ids = [entry.best.id for entry in page.entries]
        places = self._store.places(ids, self._within)
        excerpt = excerpts.Excerpts(words.sought_marks(self._parsed), reveal=self.request.reveal)
        texts = excerpts.texts(self._store, ids, tools=self._conditions.scope != "conversation")
        only_words = all(clause.kind is query.Kind.WORD for clause in self._parsed.sought)
        shown = []
        for entry, read in zip(page.entries, texts, strict=True):
            place = places.get(entry.best.id)
            if place is None:
                continue
            place = place if self.request.reveal else redaction.hide(place)
            shown.append(
                Hit(
                    session=place.session,
                    agent=place.agent,
                    project=place.project,
                    title=place.title,
                    position=place.position,
                    message_id=place.id,
                    uuid=place.uuid,
                    role=place.role,
                    kind=place.kind,
                    timestamp=place.timestamp,
                    snippet=excerpt.snippet(read, entry.best.words.bit_count() if only_words else 0),
                    score=round(entry.score, 4),
                    more=entry.more,
                    reasons=page.reasons.get(place.id, ()),
                )
            )
        return _Found(tuple(shown), page.total, page.next)

    def positions(self, page: _Page) -> tuple[int, ...]:
        """Return the positions of the hits of a page, in order; what has none is left out."""
        places = self._store.places([entry.best.id for entry in page.entries], self._within)
        return tuple(sorted({place.position for place in places.values() if place.position is not None}))

"""A query as the index understands it: what must and must not match, inside which conditions; not who answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import tantivy

from simple_memory.records import NamedTuple
from simple_memory.search import dates, query, words
from simple_memory.store import index

_FEW = 200
"""Rows that are asked for one by one."""

_WIDE = 0.25
"""Tags that so large a share of all messages has leave much to look at."""

_FEW_SHARE = 0.05
"""Tags that so few have leave little."""

_FEW_WAYS = 2
"""Ways in which a word may match, one in each field, up to which each is looked for inside the tags."""

_Clause = tuple[tantivy.Occur, tantivy.Query]
_More = Callable[[Sequence[query.Clause]], list[words.Part]]


class Conditions(NamedTuple):
    """What filters came to, in row ids and tags: every one must hold. Times are Unix milliseconds."""

    scope: str = "all"
    tags: tuple[tuple[str, ...], ...] = ()
    refused_tags: tuple[str, ...] = ()
    sessions: tuple[tuple[int, ...], ...] = ()
    refused_sessions: tuple[int, ...] = ()
    within: tuple[int, tuple[int, ...]] | None = None
    refused_messages: tuple[int, ...] = ()
    since_ms: int | None = None
    until_ms: int | None = None


class Matched(NamedTuple):
    """A whole question for the index, and the parts whose scores add up to that of a match.

    `by_time`: nothing in it ranks, so that the newest come first. `left_out` counts the pieces that were too many.
    `pieces` are the parts of each plain word; `dates` are what of an ISO date the words name. `weight` is how many
    places of words must be looked at, about; `is_plain`: they are counted and scored, and nothing else.
    """

    query: tantivy.Query
    parts: tuple[words.Part, ...]
    by_time: bool
    left_out: int = 0
    pieces: tuple[tuple[words.Part, ...], ...] = ()
    dates: frozenset[str] = frozenset()
    weight: int = 0
    is_plain: bool = False


class Matcher:
    """Makes one question for one state of the index."""

    def __init__(
        self,
        searcher: tantivy.Searcher,
        schema: tantivy.Schema,
        conditions: Conditions,
        vocabulary: words.Vocabulary = lambda _part, _endings: None,
        saying: words.Saying = lambda _ids, _part: [],
    ) -> None:
        """Take a state of the index, its schema, the conditions, what knows its words, and what reads messages."""
        self._schema = schema
        self._conditions = conditions
        self._searcher = searcher
        self._finder = words.Finder(searcher, schema, conditions.scope, vocabulary, saying)

    def build(self, parsed: query.Query, more: _More = lambda _: []) -> Matched:
        """Return the whole question: what is sought inside the conditions, without what is refused.

        `more` gives other ways in which pieces may match; it is asked for those alone that are sought.
        """
        demanded: list[list[words.Part]] = []
        pieces: list[tuple[words.Part, ...]] = []
        sought = self._finder.most_telling(parsed.sought)
        wanted = list(more(sought))
        for clause in sought:
            found = self._finder.parts(clause)
            if clause.kind is query.Kind.WORD:  # side by side they stand only where each of them stands
                pieces.append(tuple(part for part in found if part.how != "together"))
            if clause.kind is query.Kind.PHRASE:
                demanded.append(found)
            else:
                wanted.extend(found)
        refused = self._finder.most_telling(parsed.refused)
        clauses = self._sought(wanted, demanded) if sought else self._everything()
        clauses.extend((tantivy.Occur.MustNot, any_part(self._finder.exact(clause))) for clause in refused)
        refusals = self._refusals() if demanded else [*self._refusals(), *self._outside_times()]
        clauses.extend((tantivy.Occur.MustNot, refusal) for refusal in refusals)
        whole = clauses[0][1] if len(clauses) == 1 else tantivy.Query.boolean_query(clauses)
        by_time = all(self._finder.is_wide(clause) for clause in sought)
        left_out = len(parsed.sought) + len(parsed.refused) - len(sought) - len(refused)
        parts = (*wanted, *(part for found in demanded for part in found))
        named, weight = (
            dates.dates_named(parsed.text),
            self._weight(seeks_words=bool(sought), has_phrase=bool(demanded)),
        )
        is_plain = not demanded and not self._demands()
        return Matched(whole, parts, by_time, left_out, tuple(pieces), named, weight, is_plain)

    def _weight(self, *, seeks_words: bool, has_phrase: bool) -> int:
        """Return how many places must be looked at, about.

        Three times as many inside tags that most messages have: they are looked up for each match. Fewer where phrases
        are looked for in few messages alone, few inside one session or tags that few messages have, and where nothing
        is ranked.
        """
        everything = self._searcher.num_docs
        passing = [sum(self._searcher.doc_freq(index.TAGS, tag) for tag in tags) for tags in self._conditions.tags]
        least = min(passing, default=everything)
        if self._conditions.within is not None or not seeks_words or least < _FEW_SHARE * everything:
            return self._finder.weight // 4
        if has_phrase:
            return int(self._finder.weight * (0.3 + 0.7 * least / max(1, everything)))
        return self._finder.weight * (3 if passing and least > _WIDE * everything else 1)

    def _everything(self) -> list[_Clause]:
        return [(tantivy.Occur.Must, query) for query in (tantivy.Query.all_query(), *self._demands())]

    def _sought(self, wanted: list[words.Part], demanded: list[list[words.Part]]) -> list[_Clause]:
        """Return the clauses of what is sought inside the conditions: every phrase must be there, or any of the words.

        Each way in which a phrase may match gets the conditions for itself, before it: then no message is looked
        through for the phrase that they leave out. So do the two ways of a single word, where the conditions are tags.
        Of more words each message that has one is looked up in the conditions once.
        """
        conditions = self._demands()
        if demanded:
            clauses: list[_Clause] = [(tantivy.Occur.Must, times) for times in self._inside_times()]
            clauses.extend((tantivy.Occur.Must, any_part(_inside(found, conditions))) for found in demanded)
            clauses.extend((tantivy.Occur.Should, part.query) for part in wanted)
            return clauses
        if len(wanted) <= _FEW_WAYS and len(conditions) == len(self._conditions.tags):
            return [(tantivy.Occur.Must, any_part(_inside(wanted, conditions)))]
        return [(tantivy.Occur.Must, query) for query in (any_part(wanted), *conditions)]

    # ── conditions ──

    def _demands(self) -> list[tantivy.Query]:
        """Return what must hold of a message beside the words; nothing of it adds to a score."""
        conditions = self._conditions
        made = [self._tags(tags) for tags in conditions.tags]
        made.extend(self._ids(index.SESSION, sessions) for sessions in conditions.sessions)
        if conditions.within is not None:
            made.append(self._within(*conditions.within))
        return made

    def _refusals(self) -> list[tantivy.Query]:
        """Return what must not hold of a message; its time is not among it."""
        conditions = self._conditions
        made = [self._tags(conditions.refused_tags)] if conditions.refused_tags else []
        refused = ((index.SESSION, conditions.refused_sessions), (index.ID, conditions.refused_messages))
        made.extend(self._ids(field, ids) for field, ids in refused if ids)
        return made

    def _within(self, session: int, copied: Sequence[int]) -> tantivy.Query:
        stands = self._ids(index.SESSION, [session])
        return _any([stands, self._ids(index.ID, copied)]) if copied else stands

    def _tags(self, tags: Iterable[str]) -> tantivy.Query:
        made = [tantivy.Query.term_query(self._schema, index.TAGS, tag, "basic") for tag in tags]
        return _silent(_any(made))

    def _ids(self, field: str, ids: Sequence[int]) -> tantivy.Query:
        if not ids:
            return tantivy.Query.empty_query()
        return _silent(tantivy.Query.term_set_query(self._schema, field, list(ids)))

    def _inside_times(self) -> list[tantivy.Query]:
        """Return what lies inside the times; [] where there are none. Stands first: segments outside cost nothing."""
        kind = tantivy.FieldType.Integer
        since, until = self._conditions.since_ms, self._conditions.until_ms
        if since is None and until is None:
            return []
        inside = tantivy.Query.range_query(
            self._schema, index.TIME, kind, lower_bound=since, upper_bound=until, include_upper=until is None
        )
        return [_silent(inside)]

    def _outside_times(self) -> list[tantivy.Query]:
        """Return what lies outside the times: for words refusing it costs a third of demanding what lies inside."""
        made = []
        kind = tantivy.FieldType.Integer
        since, until = self._conditions.since_ms, self._conditions.until_ms
        if since is not None:
            made.append(
                tantivy.Query.range_query(self._schema, index.TIME, kind, upper_bound=since, include_upper=False)
            )
        if until is not None:
            made.append(tantivy.Query.range_query(self._schema, index.TIME, kind, lower_bound=until))
        return made


def _silent(part: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.const_score_query(part, 0.0)


def _inside(parts: Sequence[words.Part], conditions: Sequence[tantivy.Query]) -> list[words.Part]:
    """Return `parts` for the messages alone that meet the conditions."""
    if not conditions:
        return list(parts)
    must = [(tantivy.Occur.Must, condition) for condition in conditions]
    return [
        part._replace(query=tantivy.Query.boolean_query([*must, (tantivy.Occur.Must, part.query)])) for part in parts
    ]


def any_part(parts: Sequence[words.Part]) -> tantivy.Query:
    """Return what matches where any of `parts` does; nothing where there is none."""
    return _any([part.query for part in parts])


def _any(parts: list[tantivy.Query]) -> tantivy.Query:
    if not parts:
        return tantivy.Query.empty_query()
    if len(parts) == 1:
        return parts[0]
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])


def up_to(built: tantivy.Query, schema: tantivy.Schema, newest: int) -> tantivy.Query:
    """Return `built` for messages with ids up to `newest` alone; their scores stay as they are."""
    known = tantivy.Query.range_query(schema, index.ID, tantivy.FieldType.Unsigned, upper_bound=newest)
    unscored = tantivy.Query.const_score_query(known, 0.0)
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, built), (tantivy.Occur.Must, unscored)])


def only(built: tantivy.Query, schema: tantivy.Schema, ids: Sequence[int]) -> tantivy.Query:
    """Return `built` for the messages `ids` alone; their scores stay as they are."""
    known = _silent(any_of(schema, ids))
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, built), (tantivy.Occur.Must, known)])


def any_of(schema: tantivy.Schema, ids: Sequence[int]) -> tantivy.Query:
    """Return what matches the messages `ids`: of a few, one term for each costs a quarter of a set of terms."""
    if len(ids) > _FEW:
        return tantivy.Query.term_set_query(schema, index.ID, list(ids))
    return _any([tantivy.Query.term_query(schema, index.ID, id_, "basic") for id_ in ids])

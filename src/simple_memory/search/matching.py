"""A query as the index understands it: stemmed words, weights, what must and must not match; not who answers it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import tantivy

from simple_memory.search import passages, query
from simple_memory.store import index

TOOL_WEIGHT = 0.35
"""What a word in a tool's input or output is worth beside one that was said."""
JOINED_WEIGHT = 1.0
"""What it adds that the parts of a word such as `a_b/c.py` stand side by side."""
EXPANSIONS = 64
"""Words that a prefix stands for with their own weights; all others match too, with a small one."""
EXPANSION_SCORE = 0.05

_Clause = tuple[tantivy.Occur, tantivy.Query]


@functools.cache
def _analyzers() -> tuple[tantivy.TextAnalyzer, tantivy.TextAnalyzer]:
    """Return what makes index words of a text in the conversation and in the tool field (the engine's own two)."""
    made = []
    for stems in (True, False):
        builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        builder = builder.filter(tantivy.Filter.remove_long(index.LONGEST_WORD)).filter(tantivy.Filter.lowercase())
        made.append((builder.filter(tantivy.Filter.stemmer("english")) if stems else builder).build())
    return made[0], made[1]


def stems(text: str) -> list[str]:
    """Return `text` as the words of the conversation field, in order."""
    return _analyzers()[0].analyze(text)


def plain_words(text: str) -> list[str]:
    """Return `text` as the words of the tool field, in order."""
    return _analyzers()[1].analyze(text)


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


class Matcher:
    """Makes one question for one state of the index."""

    def __init__(self, searcher: tantivy.Searcher, schema: tantivy.Schema, conditions: Conditions) -> None:
        """Take a state of the index, its schema, and the conditions."""
        self._searcher = searcher
        self._schema = schema
        self._conditions = conditions

    def build(self, parsed: query.Query) -> tantivy.Query:
        """Return the whole question: what is sought inside the conditions, without what is refused."""
        wanted: list[tantivy.Query] = []
        clauses: list[_Clause] = []
        for clause in parsed.sought:
            if clause.kind is query.Kind.PHRASE:
                clauses.append((tantivy.Occur.Must, self._phrase(clause.text)))
            elif clause.kind is query.Kind.PREFIX:
                wanted.extend(self._prefix(clause.text))
            else:
                wanted.extend(self._word(clause.text))
        if wanted and clauses:
            clauses.extend((tantivy.Occur.Should, part) for part in wanted)
        elif wanted:
            clauses.append((tantivy.Occur.Must, _any(wanted)))
        elif not clauses:
            found = tantivy.Query.empty_query() if parsed.sought else tantivy.Query.all_query()
            clauses.append((tantivy.Occur.Must, found))
        clauses.extend((tantivy.Occur.MustNot, self._refused(clause)) for clause in parsed.refused)
        clauses.extend(self._conditioned())
        return clauses[0][1] if len(clauses) == 1 else tantivy.Query.boolean_query(clauses)

    # ── words ──

    def _fields(self) -> list[tuple[str, float]]:
        fields = [(index.CONVERSATION, 1.0), (index.TOOL, TOOL_WEIGHT)]
        scope = self._conditions.scope
        if scope == "conversation":
            return fields[:1]
        return [(index.TOOL, 1.0)] if scope == "tools" else fields

    def _word(self, text: str) -> list[tantivy.Query]:
        """Return what one typed word may match: each part of it in each field, and its parts side by side."""
        made = self._long_words(text)
        for field, weight in self._fields():
            parts = index_words(field, text)
            made.extend(_weigh(self._term(field, part), weight) for part in parts)
            if len(parts) > 1:
                made.append(
                    _weigh(tantivy.Query.phrase_query(self._schema, field, list(parts)), weight * JOINED_WEIGHT)
                )
        return made

    def _term(self, field: str, word: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, word, "freq")

    def _long_words(self, text: str) -> list[tantivy.Query]:
        return [self._term(index.LONG, word) for word in long_words(text)]

    def _phrase(self, text: str) -> tantivy.Query:
        made = [_weigh(phrase, weight) for field, weight in self._fields() for phrase in self._phrase_in(field, text)]
        if not made:  # a hash in quotes
            made = self._long_words(text)
        return _any(made) if made else tantivy.Query.empty_query()

    def _phrase_in(self, field: str, text: str) -> list[tantivy.Query]:
        words = index_words(field, text)
        if len(words) == 1:
            return [self._term(field, words[0])]
        return [tantivy.Query.phrase_query(self._schema, field, list(words))] if words else []

    def _prefix(self, text: str) -> list[tantivy.Query]:
        """Return what words that begin with the last part of `text` match; parts before it are words."""
        parts = plain_words(text)
        if not parts:
            return self._long_words(text)
        made: list[tantivy.Query] = []
        for part in parts[:-1]:
            made.extend(self._word(part))
        for field, weight in self._fields():
            made.extend(self._words_beginning(field, parts[-1], weight))
        return made

    def _words_beginning(self, field: str, start: str, weight: float) -> list[tantivy.Query]:
        found = self._searcher.terms_with_prefix(field, start, limit=EXPANSIONS + 1)
        if not found and field == index.CONVERSATION:  # stems are shorter than words: "databases*" is "databas"
            start = (stems(start) or [start])[0]
            found = self._searcher.terms_with_prefix(field, start, limit=EXPANSIONS + 1)
        made = [_weigh(self._term(field, word), weight) for word, _ in found[:EXPANSIONS]]
        if len(found) > EXPANSIONS:
            every = tantivy.Query.regex_query(self._schema, field, re.escape(start) + ".*")
            made.append(tantivy.Query.const_score_query(every, EXPANSION_SCORE))
        return made

    def _refused(self, clause: query.Clause) -> tantivy.Query:
        if clause.kind is query.Kind.PREFIX:
            made = self._prefix(clause.text)
        else:
            made = [phrase for field, _ in self._fields() for phrase in self._phrase_in(field, clause.text)]
            made.extend(self._long_words(clause.text))
        return _any(made) if made else tantivy.Query.empty_query()

    # ── conditions ──

    def _conditioned(self) -> list[_Clause]:
        conditions = self._conditions
        made: list[_Clause] = [(tantivy.Occur.Must, self._tags(tags)) for tags in conditions.tags]
        made.extend((tantivy.Occur.Must, self._ids(index.SESSION, sessions)) for sessions in conditions.sessions)
        if conditions.within is not None:
            session, copied = conditions.within
            made.append((tantivy.Occur.Must, self._within(session, copied)))
        if conditions.refused_tags:
            made.append((tantivy.Occur.MustNot, self._tags(conditions.refused_tags)))
        for field, ids in (
            (index.SESSION, conditions.refused_sessions),
            (index.ID, conditions.refused_messages),
        ):
            if ids:
                made.append((tantivy.Occur.MustNot, self._ids(field, ids)))
        made.extend((tantivy.Occur.MustNot, outside) for outside in self._outside_times())
        return made

    def _within(self, session: int, copied: Sequence[int]) -> tantivy.Query:
        stands = self._ids(index.SESSION, [session])
        return _any([stands, self._ids(index.ID, copied)]) if copied else stands

    def _tags(self, tags: Iterable[str]) -> tantivy.Query:
        made = [tantivy.Query.term_query(self._schema, index.TAGS, tag, "basic") for tag in tags]
        return _silent(_any(made) if made else tantivy.Query.empty_query())

    def _ids(self, field: str, ids: Sequence[int]) -> tantivy.Query:
        if not ids:
            return tantivy.Query.empty_query()
        return _silent(tantivy.Query.term_set_query(self._schema, field, list(ids)))

    def _outside_times(self) -> list[tantivy.Query]:
        """Return what lies outside the times: refusing it costs a third of demanding what lies inside."""
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


def index_words(field: str, text: str) -> list[str]:
    """Return `text` as words of `field`."""
    return stems(text) if field == index.CONVERSATION else plain_words(text)


def long_words(text: str) -> list[str]:
    """Return the words of `text` that are too long for the text fields, as the field `long` has them."""
    if len(text) < index.LONGEST_WORD:
        return []
    words = re.findall(rf"[A-Za-z0-9]{{{index.LONGEST_WORD},}}", text)
    return [word.lower() for word in words if len(word) <= index.LONGEST_LONG]


def sought_marks(parsed: query.Query) -> list[passages.Sought]:
    """Return what to mark in the passages of hits: one entry per word of the query."""
    made = []
    for clause in parsed.sought:
        words = [*plain_words(clause.text), *long_words(clause.text)]
        for number, word in enumerate(words):
            is_prefix = clause.kind is query.Kind.PREFIX and number == len(words) - 1
            made.append(_prefix_mark(word) if is_prefix else _word_mark(word))
    return made


def _word_mark(word: str) -> passages.Sought:
    stem = (stems(word) or [word])[0]
    start = word
    while start and not stem.startswith(start):
        start = start[:-1]

    @functools.cache
    def accepts(found: str) -> bool:
        return found == word or (stems(found) or [found])[0] == stem

    return passages.Sought(start or word, accepts)


def _prefix_mark(word: str) -> passages.Sought:
    return passages.Sought(word, lambda _: True)


def _weigh(part: tantivy.Query, weight: float) -> tantivy.Query:
    return part if weight == 1.0 else tantivy.Query.boost_query(part, weight)


def _silent(part: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.const_score_query(part, 0.0)


def _any(parts: list[tantivy.Query]) -> tantivy.Query:
    if len(parts) == 1:
        return parts[0]
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])


def up_to(built: tantivy.Query, schema: tantivy.Schema, newest: int) -> tantivy.Query:
    """Return `built` for messages with ids up to `newest` alone; their scores stay as they are."""
    known = tantivy.Query.range_query(schema, index.ID, tantivy.FieldType.Unsigned, upper_bound=newest)
    unscored = tantivy.Query.const_score_query(known, 0.0)
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, built), (tantivy.Occur.Must, unscored)])

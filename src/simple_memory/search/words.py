"""What each piece of a query may match in the index: words, their forms, phrases, beginnings, insides; not filters."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Sequence

import tantivy

from simple_memory.records import NamedTuple
from simple_memory.search import passages, query
from simple_memory.store import beyond_words, index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TOOL_WEIGHT = 0.6
"""What a word in a tool's input or output is worth beside one that was said."""
TOGETHER_WEIGHT = 1.0
"""What it adds that the parts of a word such as `a_b/c.py` stand side by side."""
EXPANSIONS = 64
"""Words that a beginning or an inside stands for with their own weights; where there are more, all count the same."""
EXPANSION_SCORE = 0.05
FORMS = 6
"""Forms of a word that are looked for in what tools were given and gave back: the most frequent ones."""
MOST_WORDS = 40
"""Pieces of a query that are sought: the rarest ones. A thousand words took half a minute at a million messages."""
FEWEST_WORDS = 6
"""So many are always sought; of more, the rarest, until each of them together would be looked at in …"""
MOST_PLACES = 800_000
"""… so many places, or 0.8 of each message: fifty common words took 33 ms at a million messages."""
MOST_WIDE = 8
"""Beginnings and insides of these at most: each stands for many words."""
MOST_PARTS = 20
"""Parts of one word, such as a path, that are sought."""
MOST_READ = 1000
"""Messages that are read because a stem in them may have lost the part of a word that is sought: the newest."""
LONGEST_RUN = 200
"""Characters of a piece without blanks that are sought."""
_PHRASE_WEIGHT = 10
"""What looking at a phrase's words in a message costs beside looking at one word."""
_FORMS_LOOKED_AT = 128
_SHORTEST_STEM = 3


Vocabulary = Callable[[str, Sequence[str]], list[str] | None]
"""Gives the words of the index that hold a part, or end with one of some; None where it cannot tell."""
Saying = Callable[[list[int], str], list[int]]
"""Gives those of some messages where what was said holds a part, in small letters."""


class Part(NamedTuple):
    """One way in which a piece of a query matches; the scores of all of them add up.

    `text` is what is looked for, `how` in which way (word, form, together, phrase, beginning, inside), `where` in
    which field.
    """

    text: str
    how: str
    where: str
    query: tantivy.Query


def stems(text: str) -> list[str]:
    """Return `text` as the words of the conversation field, in order."""
    return index.analyzer(index.CONVERSATION).analyze(text)


def plain_words(text: str) -> list[str]:
    """Return `text` as the words of the tool field, in order."""
    return index.analyzer(index.TOOL).analyze(text)


def stem(word: str) -> str:
    """Return the stem of one word; the word itself where it has none."""
    return (stems(word) or [word])[0]


def index_words(field: str, text: str) -> list[str]:
    """Return `text` as words of `field`."""
    return stems(text) if field == index.CONVERSATION else plain_words(text)


_ENDINGS = ("", "e", "s", "es", "ed", "ing")


def _stumps(word: str) -> list[str]:
    """Return what may be left of the end of a word in its stem: "bases" may be "bas", as in the stem of "databases"."""
    stumps = [stem(word), *(word.removesuffix(ending) for ending in _ENDINGS)]
    return [stump for stump in dict.fromkeys(stumps) if len(stump) >= _SHORTEST_STEM or stump == word]


class Finder:
    """Says what the pieces of a query match in one state of the index."""

    def __init__(
        self,
        searcher: tantivy.Searcher,
        schema: tantivy.Schema,
        scope: str,
        vocabulary: Vocabulary,
        saying: Saying,
    ) -> None:
        """Take a state of the index, its schema, where to look (conversation, tools, or all), and two that look up."""
        self._vocabulary = vocabulary
        self._saying = saying
        self._searcher = searcher
        self._schema = schema
        fields = [(index.CONVERSATION, 1.0), (index.TOOL, TOOL_WEIGHT)]
        self._fields = {"conversation": fields[:1], "tools": [(index.TOOL, 1.0)]}.get(scope, fields)
        self._wide: dict[query.Clause, bool] = {}
        self.weight = 0
        """How many places of words must be looked at for all that was asked of it, about."""

    def most_telling(self, clauses: Sequence[query.Clause]) -> tuple[query.Clause, ...]:
        """Return the pieces to look for, in their order: all, or the rarest of too many."""
        wide = [clause for clause in clauses if clause.kind in (query.Kind.PREFIX, query.Kind.INSIDE)][:MOST_WIDE]
        plain = [clause for clause in clauses if clause.kind in (query.Kind.WORD, query.Kind.PHRASE)]
        if len(plain) <= FEWEST_WORDS and len(wide) + len(plain) == len(clauses):
            return tuple(clauses)
        kept = {*wide, *self._rarest(plain)}
        return tuple(clause for clause in clauses if clause in kept)

    def _rarest(self, plain: Sequence[query.Clause]) -> list[query.Clause]:
        """Return the rarest words, the rarest first, as many as may be looked at; what stands nowhere comes last."""
        counts = {clause: self._frequency(clause) for clause in plain}
        most, places = max(MOST_PLACES, self._searcher.num_docs * 4 // 5), 0
        kept: list[query.Clause] = []
        for clause in sorted(plain, key=lambda clause: counts[clause] or self._searcher.num_docs)[:MOST_WORDS]:
            places += counts[clause]
            if len(kept) >= FEWEST_WORDS and places > most:
                break
            kept.append(clause)
        return kept

    def _frequency(self, clause: query.Clause) -> int:
        """Return in how many messages the rarest part of a piece stands."""
        found = plain_words(clause.text)[:MOST_PARTS]
        counts = [self._searcher.doc_freq(index.TOOL, word) for word in found]
        counts = [
            count + self._searcher.doc_freq(index.CONVERSATION, stem(word))
            for count, word in zip(counts, found, strict=True)
        ]
        return min(counts, default=0)

    def parts(self, clause: query.Clause) -> list[Part]:
        """Return all that a piece of the query may match; [] where it holds no word."""
        if clause.kind is query.Kind.PHRASE:
            return self._phrase(clause.text)
        if clause.kind is query.Kind.PREFIX:
            return self._prefix(clause)
        if clause.kind is query.Kind.INSIDE:
            return self._inside(clause)
        return self._word(clause.text)

    def exact(self, clause: query.Clause) -> list[Part]:
        """Return what must not be there where a piece is refused: a word with all its parts side by side."""
        if clause.kind in (query.Kind.PREFIX, query.Kind.INSIDE):
            return self.parts(clause)
        return self._phrase(clause.text)

    def is_wide(self, clause: query.Clause) -> bool:
        """Return whether a piece stands for so many words that it cannot rank; to be asked after `parts`."""
        return self._wide.get(clause, False)

    # ── words ──

    def _word(self, text: str) -> list[Part]:
        made: list[Part] = []
        for field, weight in self._fields:
            found = index_words(field, text)[:MOST_PARTS]
            for word in found:
                if field == index.TOOL:
                    made.extend(self._forms(word, weight))
                else:
                    self._count(field, word)
                    made.append(self._term(field, word, weight))
            if len(found) > 1:
                made.append(Part(text, "together", field, self._side_by_side(field, found, weight * TOGETHER_WEIGHT)))
        made.extend(self._unspaced(text))
        return made

    def _count(self, field: str, word: str) -> int:
        """Return in how many messages a word stands that is about to be looked at."""
        count = self._searcher.doc_freq(field, word)
        self.weight += count
        return count

    def _term(self, field: str, word: str, weight: float, how: str = "word") -> Part:
        term = tantivy.Query.term_query(self._schema, field, word, "freq")
        return Part(word, how, field, _weigh(term, weight))

    def _forms(self, word: str, weight: float) -> list[Part]:
        """Return a word of the tool field, which is not stemmed, with its other forms: together they weigh as one word.

        The engine would give a rare form the weight of a rare word, so each form gets the weight of all of them.
        """
        forms = {form: count for form, count in self._same_stem(word) if form != word}
        forms = {word: self._searcher.doc_freq(index.TOOL, word), **forms}
        every = self._weight_of(sum(forms.values()))
        made = []
        for form, count in list(forms.items())[: FORMS + 1]:
            self.weight += count
            share = every / self._weight_of(count) if len(forms) > 1 else 1.0
            made.append(self._term(index.TOOL, form, weight * share, "word" if form == word else "form"))
        return made

    def _same_stem(self, word: str) -> list[tuple[str, int]]:
        """Return words of the tool field with the stem of `word`, the most frequent first, and in how many messages."""
        root = stem(word)
        start = root if word.startswith(root) else word[: max(_SHORTEST_STEM, len(root) - 1)]
        if len(start) < _SHORTEST_STEM or not word.isalpha():
            return []
        near = self._searcher.terms_with_prefix(index.TOOL, start, limit=_FORMS_LOOKED_AT)
        return [(form, count) for form, count in near if stem(form) == root]

    def _weight_of(self, count: int) -> float:
        """Return the engine's weight of a word that stands in `count` messages."""
        everything = max(self._searcher.num_docs, count)
        return math.log(1 + (everything - count + 0.5) / (count + 0.5))

    def _unspaced(self, text: str) -> list[Part]:
        """Return what the runs of `text` match that are written without blanks between words, such as Chinese."""
        made: list[Part] = []
        for run in beyond_words.unspaced_runs(text[:LONGEST_RUN])[:MOST_PARTS]:
            for field, weight in self._fields:
                pairs = index.UNSPACED[field]
                if len(run) == 1:
                    near = self._searcher.terms_with_prefix(pairs, run, limit=EXPANSIONS)
                    made.extend(self._term(pairs, pair, weight)._replace(text=run) for pair, _ in near)
                else:
                    listed = [run[at : at + 2] for at in range(len(run) - 1)]
                    made.append(Part(run, "inside", pairs, self._side_by_side(pairs, listed, weight)))
        return made

    # ── phrases ──

    def _phrase(self, text: str) -> list[Part]:
        made = []
        for field, weight in self._fields:
            found = index_words(field, text)
            if found:
                made.append(Part(text, "phrase", field, self._side_by_side(field, found, weight)))
        runs = beyond_words.unspaced_runs(text)
        if len(runs) == 1 and len(runs[0]) == len(text.strip()):
            made.extend(self._unspaced(text))
        return made

    def _side_by_side(self, field: str, found: list[str], weight: float) -> tantivy.Query:
        if len(found) == 1:
            self._count(field, found[0])
            return _weigh(tantivy.Query.term_query(self._schema, field, found[0], "freq"), weight)
        self.weight += _PHRASE_WEIGHT * min(self._searcher.doc_freq(field, word) for word in found)
        return _weigh(tantivy.Query.phrase_query(self._schema, field, list(found)), weight)

    # ── beginnings and insides ──

    def _prefix(self, clause: query.Clause) -> list[Part]:
        """Return what words that begin with the last part of a piece match; parts before it are words."""
        found = plain_words(clause.text)
        if not found:
            return []
        made: list[Part] = []
        for word in found[:-1][:MOST_PARTS]:
            made.extend(self._word(word))
        for field, weight in self._fields:
            made.extend(self._beginning(clause, field, found[-1], weight))
        return made

    def _beginning(self, clause: query.Clause, field: str, start: str, weight: float) -> list[Part]:
        found = self._searcher.terms_with_prefix(field, start, limit=EXPANSIONS + 1)
        if not found and field == index.CONVERSATION:  # stems are shorter than words: "databases*" is "databas"
            start = stem(start)
            found = self._searcher.terms_with_prefix(field, start, limit=EXPANSIONS + 1)
        if len(found) <= EXPANSIONS:
            self.weight += sum(count for _, count in found)
            terms = [self._term(field, word, weight, "beginning") for word, _ in found]
            return [term._replace(text=clause.text) for term in terms]  # what it stands for may be a key
        self._note_wide(clause)
        return [self._matching(clause.text, "beginning", field, re.escape(start) + ".*")]

    def _inside(self, clause: query.Clause) -> list[Part]:
        """Return what words that hold a piece anywhere match."""
        found = plain_words(clause.text)[:MOST_PARTS]
        if not found:
            return []
        made = self._unspaced(clause.text)
        known = self._vocabulary(found[0], _stumps(found[0])) if len(found) == 1 else None
        for field, _ in self._fields:
            stumps = [_stumps(word) if field == index.CONVERSATION else [word] for word in found]
            if len(found) > 1:
                made.append(self._inside_several(clause, field, found[-1], stumps))
            elif known is None:
                any_stump = "|".join(map(re.escape, stumps[0]))
                made.append(self._matching(clause.text, "inside", field, f".*({re.escape(found[0])}.*|{any_stump})"))
            else:
                made.append(self._among(clause, field, found[0], tuple(stumps[0]), known))
                if field == index.CONVERSATION:
                    made.extend(self._in_a_lost_end(clause, found[0], tuple(stumps[0]), known))
        self._note_wide(clause)
        return made

    def _note_wide(self, clause: query.Clause) -> None:
        """Keep that a piece is wide. It counts nothing for halving: all its words are looked up for each half."""
        self._wide[clause] = True

    def _inside_several(self, clause: query.Clause, field: str, last: str, stumps: list[list[str]]) -> Part:
        """Return what a piece of several words matches: the first may begin earlier, the last may go on."""
        ended = [f"({'|'.join(map(re.escape, some))})" for some in stumps]
        ends: list[Any] = [f".*{ended[0]}", *ended[1:-1], f"{re.escape(last)}.*"]
        every = tantivy.Query.regex_phrase_query(self._schema, field, ends)
        return Part(clause.text, "inside", field, tantivy.Query.const_score_query(every, EXPANSION_SCORE))

    def _among(
        self, clause: query.Clause, field: str, part: str, stumps: tuple[str, ...], known: Sequence[str]
    ) -> Part:
        """Return what those of the words `known` match that hold `part`, as `field` has them."""
        words = set(known)
        if field == index.CONVERSATION:  # where a word ends, its stem may stand instead
            words.update(stems(" ".join(known)))
        held = [word for word in words if part in word or (field == index.CONVERSATION and word.endswith(stumps))]
        every = tantivy.Query.term_set_query(self._schema, field, held) if held else tantivy.Query.empty_query()
        return Part(clause.text, "inside", field, tantivy.Query.const_score_query(every, EXPANSION_SCORE))

    def _in_a_lost_end(
        self, clause: query.Clause, part: str, stumps: tuple[str, ...], known: Sequence[str]
    ) -> list[Part]:
        """Return the messages where `part` was said in the end of a word that its stem has lost ("tion": "validation").

        The stem stands for other words too ("valid"), so the newest messages with it are read; not for two letters.
        """
        if len(part) < _SHORTEST_STEM:
            return []
        roots = {stem(word) for word in known if part in word}
        lost = [root for root in roots if part not in root and not root.endswith(stumps)]
        if not lost:
            return []
        doubtful = tantivy.Query.term_set_query(self._schema, index.CONVERSATION, lost)
        newest = self._searcher.search(doubtful, MOST_READ, count=False, order_by_field=index.TIME).hits
        ids = self._searcher.fast_field_values(index.ID, [address for _, address in newest])
        held = self._saying([int(id_ or 0) for id_ in ids], part)
        if not held:
            return []
        said = tantivy.Query.term_set_query(self._schema, index.ID, held)
        score = tantivy.Query.const_score_query(said, EXPANSION_SCORE)
        return [Part(clause.text, "inside", index.CONVERSATION, score)]

    def _matching(self, text: str, how: str, field: str, pattern: str) -> Part:
        every = tantivy.Query.regex_query(self._schema, field, pattern)
        return Part(text, how, field, tantivy.Query.const_score_query(every, EXPANSION_SCORE))


def near_words(schema: tantivy.Schema, field: str, word: str, mistakes: int) -> tantivy.Query:
    """Return what words match that differ from an index word of `field` in up to so many letters."""
    if not mistakes:
        return tantivy.Query.term_query(schema, field, word, "freq")
    return tantivy.Query.fuzzy_term_query(schema, field, word, distance=mistakes)


def sought_marks(parsed: query.Query) -> list[passages.Sought]:
    """Return what to mark in the passages of hits: one entry per word of the query."""
    made: list[passages.Sought] = []
    for clause in parsed.sought:
        runs = beyond_words.unspaced_runs(clause.text)
        made.extend(passages.Sought(run, _anything, inside=True) for run in runs)
        if clause.kind is query.Kind.INSIDE:
            made.append(passages.Sought(clause.text.lower(), _anything, inside=True))
            continue
        found = plain_words(clause.text)
        for number, word in enumerate(found):
            if word in runs:
                continue
            is_prefix = clause.kind is query.Kind.PREFIX and number == len(found) - 1
            made.append(passages.Sought(word, _anything) if is_prefix else _word_mark(word))
    return made


def _anything(_: str) -> bool:
    return True


def _word_mark(word: str) -> passages.Sought:
    root = stem(word)
    start = word
    while start and not root.startswith(start):
        start = start[:-1]

    @functools.cache
    def accepts(found: str) -> bool:
        return found == word or stem(found) == root

    return passages.Sought(start or word, accepts)


def _weigh(part: tantivy.Query, weight: float) -> tantivy.Query:
    return part if weight == 1.0 else tantivy.Query.boost_query(part, weight)

"""Help when nothing matches: a word that occurs and is written nearly so, or words that hold it inside; not ranking."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from simple_memory.search import query, words
from simple_memory.store import index

TYPE_CHECKING = False
if TYPE_CHECKING:
    import tantivy

SHORTEST = 4
"""Letters of a word that may be misspelt; a shorter one is near to too many others."""
SHORTEST_FOR_TWO = 7
"""Letters of a word in which two mistakes are looked for."""
SHORTEST_INSIDE = 3
MOST_WORDS = 6
"""Words of a query that are looked at."""
LONGEST_WITH_DIGITS = 10
MOST_MISTAKES = 2
_READ = 20
"""Messages of each kind that are read for near words."""
_LOOKED_AT = 20_000
_STEMS_LOOKED_AT = 100
_LONGEST_ENDING = 7
_LONGEST_WORD = 40
"""Words of so many letters are keys and the like, at which nothing can be guessed."""
"""Letters that a word has beyond its stem, at most: "authentication" is "authent"."""
_WORD = r"[^\W_]+"

Texts = Callable[[list[int]], Iterable[str]]
"""Gives the texts of messages by their ids, as much of them as is at hand."""


class Speller:
    """Finds words of the index that are near to those of a query."""

    def __init__(
        self, searcher: tantivy.Searcher, schema: tantivy.Schema, texts: Texts, *, is_narrow: bool = False
    ) -> None:
        """Take a state of the index, its schema, and what reads messages; `is_narrow`: only some are asked for."""
        self._searcher = searcher
        self._schema = schema
        self._texts = texts
        self._is_narrow = is_narrow

    def otherwise(self, parsed: query.Query) -> Iterator[tuple[query.Query, str]]:
        """Yield what may be asked instead where nothing matches, nearest first, each with a sentence that says so.

        The words of a phrase are not sought inside filters: who gives those, and quotes, means what he says, and to
        look through the same messages twice takes twice as long.
        """
        loose = parsed if self._is_narrow else loosened(parsed)
        if loose != parsed:
            yield loose, "Nothing has all that stands in quotes; shown is what has some of the words."
        within = inside(loose)
        if within is not None:
            yield within, "Nothing has these words; shown are words that hold them inside."

    def suggest(self, parsed: query.Query) -> str | None:
        """Return the query with its unknown words replaced by near ones that occur; None where there are none.

        Where all occur, and only some messages are asked for, the query without its quotes.
        """
        text = self._spelt(parsed)
        if text == parsed.text and self._is_narrow and self._has_known_words(loosened(parsed), parsed):
            text = text.replace('"', "")
        return text if text != parsed.text else None

    def _spelt(self, parsed: query.Query) -> str:
        """Return the text of the query with its unknown words replaced by near ones."""
        text = parsed.text
        plain = [clause for clause in parsed.sought if clause.kind in (query.Kind.WORD, query.Kind.PHRASE)]
        for clause in plain[:MOST_WORDS]:
            for word in words.plain_words(clause.text)[:MOST_WORDS]:
                near = self._near(word) if len(word) >= SHORTEST and self._is_unknown(word) else None
                if near is not None:
                    text = re.sub(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", near, text, flags=re.IGNORECASE)
        return text

    def _has_known_words(self, loose: query.Query, parsed: query.Query) -> bool:
        """Return whether `loose` asks for words that `parsed` asks for side by side, and one of them occurs."""
        more = [clause for clause in loose.sought if clause not in parsed.sought]
        return any(not self._is_unknown(word) for clause in more for word in words.plain_words(clause.text))

    def _is_unknown(self, word: str) -> bool:
        return not self._count(word, words.stem(word))

    def _count(self, word: str, stem: str) -> int:
        return self._searcher.doc_freq(index.TOOL, word) + self._searcher.doc_freq(index.CONVERSATION, stem)

    def _near(self, word: str) -> str | None:
        """Return the word of some message that is nearest to `word`, the most frequent of several."""
        found = self._written(word, self._alike(word, 1))
        if not found and len(word) >= SHORTEST_FOR_TWO:
            found = self._written(word, self._alike(word, 2) + self._with_such_a_stem(word))
        ranked = sorted((mistakes, -self._count(near, words.stem(near)), near) for near, mistakes in found.items())
        return next((near for _, _, near in ranked), None)

    def _written(self, word: str, ids: list[int]) -> dict[str, int]:
        """Return words in the messages `ids` that differ from `word` in one or two letters: word → how many."""
        near: dict[str, int] = {}
        for text in self._texts(list(dict.fromkeys(ids))[: _READ * 3]):
            for found in set(re.findall(_WORD, text[:_LOOKED_AT].lower())):
                if abs(len(found) - len(word)) > MOST_MISTAKES or found[0] != word[0] or not _is_word(found):
                    continue
                mistakes = _distance(found, word)
                if 0 < mistakes <= MOST_MISTAKES:
                    near[found] = mistakes
        return near

    def _alike(self, word: str, mistakes: int) -> list[int]:
        in_tools = self._ids(index.TOOL, word, mistakes)
        return in_tools + self._ids(index.CONVERSATION, words.stem(word), mistakes)

    def _with_such_a_stem(self, word: str) -> list[int]:
        """Return ids of messages with stems that `word` nearly begins with: the stem of a misspelt word is itself."""
        ids: list[int] = []
        for stem, _ in self._searcher.terms_with_prefix(index.CONVERSATION, word[:3], limit=_STEMS_LOOKED_AT):
            is_long = len(stem) >= len(word) - _LONGEST_ENDING
            if is_long and _distance(stem, word[: len(stem)]) <= MOST_MISTAKES:
                ids += self._ids(index.CONVERSATION, stem, 0)
        return ids

    def _ids(self, field: str, word: str, mistakes: int) -> list[int]:
        """Return ids of the best messages with `word`, or a word that differs in so many letters."""
        if len(word) >= _LONGEST_WORD:
            return []
        near = words.near_words(self._schema, field, word, mistakes)
        hits = self._searcher.search(near, _READ, count=False).hits
        return [int(id_ or 0) for id_ in self._searcher.fast_field_values(index.ID, [place for _, place in hits])]


def loosened(parsed: query.Query) -> query.Query:
    """Return the query with the words of its phrases sought each for itself; what must not be there stays."""
    clauses: list[query.Clause] = []
    for clause in parsed.clauses:
        is_phrase = clause.kind is query.Kind.PHRASE and not clause.negated
        parts = [query.Clause(word) for word in clause.text.split()] if is_phrase else [clause]
        clauses.extend(part for part in parts if part not in clauses)
    return parsed._replace(clauses=tuple(clauses))


def inside(parsed: query.Query) -> query.Query | None:
    """Return the query with its words sought inside others; None where it has none that are long enough."""
    clauses = tuple(
        clause._replace(kind=query.Kind.INSIDE)
        if clause in parsed.sought and clause.kind is query.Kind.WORD and len(clause.text) >= SHORTEST_INSIDE
        else clause
        for clause in parsed.clauses
    )
    return parsed._replace(clauses=clauses) if clauses != parsed.clauses else None


def _is_word(near: str) -> bool:
    """Return whether somebody may have written it as a word; long ones with digits are keys and hashes."""
    return near.isalpha() or len(near) <= LONGEST_WITH_DIGITS


def _distance(one: str, other: str) -> int:
    """Return how many letters must be added, left out or changed to make one word of another."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        before, row[0] = row[0], number
        for at, wanted in enumerate(other, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (letter != wanted))
    return row[-1]

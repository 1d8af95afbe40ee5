"""Help when nothing matches: a word that occurs and is written nearly so, or words that hold it inside; not ranking."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from simple_memory.search import query, words
from simple_memory.store import index

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
_TRIED = 5
_READ = 20
"""Messages that are read for words with two mistakes."""
_STEMS_LOOKED_AT = 300
_LONGEST_ENDING = 7
"""Letters that a word has beyond its stem, at most: "authentication" is "authent"."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_WORD = re.compile(r"[^\W_]+")

Texts = Callable[[list[int]], Iterable[str]]
"""Gives the texts of messages by their ids, as much of them as is at hand."""


class Speller:
    """Finds words of the index that are near to those of a query."""

    def __init__(self, searcher: tantivy.Searcher, schema: tantivy.Schema, texts: Texts) -> None:
        """Take a state of the index, its schema, and what reads messages."""
        self._searcher = searcher
        self._schema = schema
        self._texts = texts

    def suggest(self, parsed: query.Query) -> str | None:
        """Return the query with its unknown words replaced by near ones that occur; None where there are none."""
        text = parsed.text
        plain = [clause for clause in parsed.sought if clause.kind in (query.Kind.WORD, query.Kind.PHRASE)]
        for clause in plain[:MOST_WORDS]:
            for word in words.plain_words(clause.text)[:MOST_WORDS]:
                near = self._near(word) if len(word) >= SHORTEST and self._is_unknown(word) else None
                if near is not None:
                    text = re.sub(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", near, text, flags=re.IGNORECASE)
        return text if text != parsed.text else None

    def _is_unknown(self, word: str) -> bool:
        return not self._count(word, words.stem(word))

    def _count(self, word: str, stem: str) -> int:
        return self._searcher.doc_freq(index.TOOL, word) + self._searcher.doc_freq(index.CONVERSATION, stem)

    def _near(self, word: str) -> str | None:
        listed = sorted(_one_mistake(word))
        stems = words.stems(" ".join(listed))
        counts = {near: self._count(near, stem) for near, stem in zip(listed, stems, strict=True)}
        if not any(counts.values()) and len(word) >= SHORTEST_FOR_TWO:
            counts = {near: self._count(near, words.stem(near)) for near in self._two_mistakes(word)}
        best = sorted(
            (near for near in counts if counts[near] and _is_word(near)), key=lambda near: (-counts[near], near)
        )
        return next((near for near in best[:_TRIED] if self._occurs(near)), None)

    def _occurs(self, word: str) -> bool:
        """Return whether a word stands somewhere as it is; the conversation field knows stems alone."""
        if self._searcher.doc_freq(index.TOOL, word):
            return True
        found = self._ids(index.CONVERSATION, words.stem(word), 0)
        return any(word in _WORD.findall(text.lower()) for text in self._texts(found))

    def _two_mistakes(self, word: str) -> set[str]:
        ids = self._ids(index.TOOL, word, 2)
        for stem, _ in self._searcher.terms_with_prefix(index.CONVERSATION, word[:3], limit=_STEMS_LOOKED_AT):
            if len(stem) >= len(word) - _LONGEST_ENDING and _distance(stem, word[: len(stem)]) <= 2:
                ids += self._ids(index.CONVERSATION, stem, 0)
                if len(ids) > _READ * 3:
                    break
        near: set[str] = set()
        for text in self._texts(ids):
            for found in set(_WORD.findall(text.lower())):
                if abs(len(found) - len(word)) <= 2 and found[0] == word[0] and _distance(found, word) <= 2:
                    near.add(found)
        return near

    def _ids(self, field: str, word: str, mistakes: int) -> list[int]:
        """Return ids of the best messages with `word`, or a word that differs in so many letters."""
        if len(word.encode()) >= index.LONGEST_WORD:
            return []
        near = words.near_words(self._schema, field, word, mistakes)
        hits = self._searcher.search(near, _READ, count=False).hits
        return [int(id_ or 0) for id_ in self._searcher.fast_field_values(index.ID, [place for _, place in hits])]


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


def _one_mistake(word: str) -> set[str]:
    """Return what is a letter more, a letter less, another letter, or two neighbours exchanged away from `word`."""
    return {near for near in _changed(word) if near and near != word}


def _changed(word: str) -> Iterator[str]:
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for letter in _LETTERS:
            yield before + letter + after
            if after:
                yield before + letter + after[1:]


def _distance(one: str, other: str) -> int:
    """Return how many letters must be added, left out or changed to make one word of another."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        before, row[0] = row[0], number
        for at, wanted in enumerate(other, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (letter != wanted))
    return row[-1]

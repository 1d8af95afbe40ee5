"""Which of a question's words stand in which of the best matches, asked of the index together; not their order."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Iterator, Sequence

import tantivy

from simple_memory.search import matching, rank
from simple_memory.store import index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simple_memory.search import words

DEPTH = 50
"""The best matches whose words are told apart, at least."""
DEEPEST = 100
"""So many at most, where few words are to be looked for: …"""
LOOKS = 1200
"""… so many times a word is looked for in a message. A thousand of them cost a millisecond."""
FEWER_LOOKS = 600
"""So many where a question has cost much already: …"""
MUCH = 500_000
"""… so many places of words had to be looked at for it, which takes 4 ms."""
WORTH = 1.5
"""What the rarest word adds where it is there, as a share of its weight in the index."""
MOST_WORDS = 20
"""Words that are told apart."""
_MOST_BITS = 24
"""Powers of two that the engine adds up exactly in a score."""

DATE = 1 << MOST_WORDS
"""The bit for a date that the question names."""

Seen = dict[int, int]
"""By id of a message a number with one bit for each word that stands in it."""


def weights(searcher: tantivy.Searcher, pieces: Sequence[Sequence[words.Part]]) -> list[float]:
    """Return what each bit is worth: the rarest word its weight in the index, the others less than theirs.

    A word of half that weight is worth a quarter: several words that stand everywhere do not make up for the one that
    tells. Of what is no word, such as a run of Chinese, the index has no count: it is worth as much as a usual word.
    """
    everything = searcher.num_docs
    known = []
    for found in _told(pieces):
        counts = [searcher.doc_freq(part.where, part.text) for part in found if part.how in {"word", "form"}]
        count = min(everything, sum(counts))
        known.append(math.log(1 + (everything - count + 0.5) / (count + 0.5)) if count else 0.0)
    largest = max(known, default=0.0)
    return [WORTH * weight * weight / largest if weight else rank.PRESENCE for weight in known]


def _told(pieces: Sequence[Sequence[words.Part]]) -> list[Sequence[words.Part]]:
    return [found for found in pieces if found][:MOST_WORDS]


def look(
    searcher: tantivy.Searcher,
    schema: tantivy.Schema,
    pieces: Sequence[Sequence[words.Part]],
    candidates: Sequence[rank.Candidate],
    weight: int = 0,
) -> Seen:
    """Return which of `pieces`, each with all that it may match, stand in the best of `candidates`, best first.

    `weight` is how many places of words were looked at to find them. Of a single word there is nothing to tell: {}.
    """
    told = _told(pieces)
    parts = [(place, part) for place, found in enumerate(told) for part in found]
    if len(told) < 2 or not candidates:
        return {}
    ids = [candidate.id for candidate in candidates[: _depth(len(parts), weight)]]
    known = matching.any_of(schema, ids)
    seen: Seen = {}
    for start in range(0, len(parts), _MOST_BITS):
        some = parts[start : start + _MOST_BITS]
        of_words = _of_words([place for place, _ in some])
        for id_, bits in _ask(searcher, known, [part.query for _, part in some], len(ids)):
            seen[id_] = seen.get(id_, 0) | of_words(bits)
    return {id_: words for id_, words in seen.items() if words}


def _depth(parts: int, weight: int) -> int:
    """Return how many of the best matches are looked at for so many ways in which words may stand there."""
    looks = LOOKS if weight < MUCH else FEWER_LOOKS
    return max(DEPTH, min(DEEPEST, looks // parts))


def _of_words(places: Sequence[int]) -> Callable[[int], int]:
    """Return what makes of bits, one for each part, those of the words that the parts are of; `places` tells which."""
    return functools.cache(
        lambda bits: functools.reduce(
            operator.or_, (1 << place for at, place in enumerate(places) if bits >> at & 1), 0
        )
    )


def _ask(
    searcher: tantivy.Searcher, known: tantivy.Query, parts: Sequence[tantivy.Query], limit: int
) -> Iterator[tuple[int, int]]:
    """Yield the id of each of the `known` messages, and a number with one bit for each of `parts` that stands in it.

    Each part is looked up beside all before it, for the known messages alone. As alternatives of one question they
    would all be read from end to end; each inside the known messages, these would be looked up once for each.
    """
    asked = tantivy.Query.const_score_query(known, 0.0)
    for at, part in enumerate(parts):
        bit = tantivy.Query.const_score_query(part, float(1 << at))
        asked = tantivy.Query.boolean_query([(tantivy.Occur.Must, asked), (tantivy.Occur.Should, bit)])
    hits = searcher.search(asked, limit, count=False).hits
    listed = searcher.fast_field_values(index.ID, [address for _, address in hits])
    for (score, _), id_ in zip(hits, listed, strict=True):
        yield int(id_ or 0), int(score)

"""Which of a question's words stand in which of the best matches, asked of the index in one go; not their order."""

from __future__ import annotations

import math
from collections.abc import Sequence

import tantivy

from simple_memory.search import matching, rank
from simple_memory.store import index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simple_memory.search import words

DEPTH = 50
"""The best matches whose words are told apart: more of them cost more, and rank no better."""
MOST_WORDS = 20
"""Words that are told apart. Each has a power of two, and a score holds 24 of them exactly."""

DATE = 1 << MOST_WORDS
"""The bit for a date that the question names."""

Seen = dict[int, int]
"""By id of a message a number with one bit for each word that stands in it."""


def weights(searcher: tantivy.Searcher, pieces: Sequence[Sequence[words.Part]]) -> list[float]:
    """Return what each bit is worth: the weight of the word in the index, that of a rare word being large.

    Of what is no word, such as a run of Chinese, the index has no count: it is worth as much as a word of usual weight.
    """
    everything = searcher.num_docs
    made = []
    for found in _told(pieces):
        counts = [searcher.doc_freq(part.where, part.text) for part in found if part.how in {"word", "form"}]
        count = min(everything, sum(counts))
        made.append(math.log(1 + (everything - count + 0.5) / (count + 0.5)) if count else rank.PRESENCE)
    return made


def _told(pieces: Sequence[Sequence[words.Part]]) -> list[Sequence[words.Part]]:
    return [found for found in pieces if found][:MOST_WORDS]


def look(
    searcher: tantivy.Searcher,
    schema: tantivy.Schema,
    pieces: Sequence[Sequence[words.Part]],
    candidates: Sequence[rank.Candidate],
) -> Seen:
    """Return which of `pieces`, each with all that it may match, stand in the best of `candidates`, best first.

    Of a single word there is nothing to tell: {} then.
    """
    ids = [candidate.id for candidate in candidates[:DEPTH]]
    told = _told(pieces)
    if len(told) < 2 or not ids:
        return {}
    known = matching.any_of(schema, ids)
    clauses = []
    for place, found in enumerate(told):
        here = [(tantivy.Occur.Must, known), (tantivy.Occur.Must, matching.any_part(found))]
        scored = tantivy.Query.const_score_query(tantivy.Query.boolean_query(here), float(1 << place))
        clauses.append((tantivy.Occur.Should, scored))
    hits = searcher.search(tantivy.Query.boolean_query(clauses), len(ids), count=False).hits
    listed = searcher.fast_field_values(index.ID, [address for _, address in hits])
    return {int(id_ or 0): int(score) for (score, _), id_ in zip(hits, listed, strict=True)}

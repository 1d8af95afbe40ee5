"""The excerpt of a hit: from which of its texts, with keys and tokens hidden; not how a passage is chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simple_memory import redaction
from simple_memory.search import passages
from simple_memory.store import hits

NEAR = 8_000
"""Characters on either side of a passage where a secret may begin or end that reaches into it: a long private key."""
_NAME = 128
"""Characters before a secret where its name stands, at most: "access_key = "."""
_BLANKS = (" ", "\n", "\t")

AT_ONCE = 50
"""Messages whose texts are read at once; those of a thousand would be too much to hold."""
MOST_UNPACKED = 3
"""Long texts of one answer that are unpacked to look for a better passage: each costs half a millisecond."""


def texts(store: hits.HitStore, ids: Sequence[int], *, tools: bool) -> Iterator[Sequence[hits.Text]]:
    """Yield the texts of each of the messages `ids`, with `tools` also what tools were given and gave back."""
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        found = store.texts(some, tools=tools)
        yield from (found.get(id_, ()) for id_ in some)


class Excerpts:
    """Makes the excerpts of one answer, best hit first."""

    def __init__(self, sought: Sequence[passages.Sought], *, reveal: bool) -> None:
        """Take what to mark, and whether keys and tokens are shown."""
        self._sought = sought
        self._reveal = reveal
        self._unpacked = 0

    def snippet(self, texts: Sequence[hits.Text], words: int = 0) -> str:
        """Return the best passage of a message's texts, in which `words` of the sought words stand (0: not known).

        Long texts are unpacked only where their beginnings hold none of them, and a few where they do not hold all.
        """
        if not texts:
            return ""
        wanted = min(words or len(self._sought), len(self._sought))
        best = max([self._passage(text.beginning) for text in texts], key=_words)
        for text in texts:
            if not text.is_whole and self._takes_up(best.words, wanted):
                best = max(best, self._passage(text.whole()), key=_words)
        return best.snippet

    def _takes_up(self, found: int, wanted: int) -> bool:
        """Return whether to unpack a long text where `found` of the `wanted` words stand in a passage already."""
        if found >= wanted:
            return False
        if not found:
            return True
        if self._unpacked >= MOST_UNPACKED:
            return False
        self._unpacked += 1
        return True

    def _passage(self, text: str) -> passages.Passage:
        """Return the best passage of a text, with keys and tokens hidden. Only what is near is looked through."""
        passage = passages.best_passage(text, self._sought)
        if self._reveal:
            return passage
        near = _around(text, passage.start, passage.end)
        hidden = redaction.redact(near)
        if hidden == near:
            return passage
        return passages.best_passage(hidden, self._sought)._replace(words=passage.words)


def _words(passage: passages.Passage) -> int:
    return passage.words


def _around(text: str, start: int, end: int) -> str:
    """Return what stands from `start` to `end`, with all that any secret may be of that reaches into it.

    But for private keys no secret has blanks in it: the rest is looked through only where such a key begins.
    """
    first, last = max(0, start - NEAR), min(len(text), end + NEAR)
    if text.find("-----BEGIN ", first, last) < 0:
        first = max(first, max(text.rfind(blank, first, start) for blank in _BLANKS) - _NAME)
        last = min((at + 1 for blank in _BLANKS if (at := text.find(blank, end, last)) >= 0), default=last)
    return text[first:last]

"""The distinct words of the index in one file beside it, to find words by what they hold inside; not what has them.

The file is there only while it holds every word: who adds messages without adding their words takes it away first. A
search that finds none looks through the index's own dictionary, which is slow. Words that are gone may still be in it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    import tantivy

    from simple_memory.store.documents import Document

NAME = "words"
MOST = 20_000
"""Words that are given at once; what more words hold than these says nothing."""

TAKEN_AT_ONCE = 8 * 1024 * 1024
"""Characters of text whose words are added one by one; of more, the whole file is made anew, from the index."""
FEW = 20_000
"""Messages whose words are held at once …"""
FEW_BYTES = 2 * 1024 * 1024
"""… and bytes of the index's dictionaries, of some 200,000 words, up to which those of any number of messages are."""
TEXT_FIELDS = ("conversation", "tool")
_EVERY = 10_000_000
_WORD = r"[^\W_]+"
_LONGEST = 128
"""Longer words are encoded bytes, of which nobody types a part."""


class Keeper:
    """Keeps the file of one index in step with it. For whoever writes the index, and for one thread."""

    def __init__(self, folder: str) -> None:
        """Take the index's folder."""
        self._folder = folder
        self.is_whole = False  # whether the file is there
        self._new = 0

    def open(self) -> None:
        """Look whether the file is there, when the index is opened."""
        self.is_whole = exists(self._folder)
        self._new = 0

    def take(self, made: Sequence[Document], size: int) -> None:
        """Add the words of documents before they are committed; where they are many, the file is made anew later."""
        self._new += size
        if not self.is_whole:
            return
        if self._new <= TAKEN_AT_ONCE:
            with contextlib.suppress(OSError):
                append(self._folder, made)
                return
        self.is_whole = False
        with contextlib.suppress(OSError):
            remove(self._folder)

    def complete(self, searcher: Callable[[], tantivy.Searcher], others: Sequence[Document] = ()) -> None:
        """Make the file where it is missing, with the words of `others` too. Costs about 1.5 µs a word.

        All that was taken must be committed; `others` need not be.
        """
        if self.is_whole:
            return
        state = searcher()
        if not state.num_docs:  # a first import would add its words one by one
            return
        self._new = 0
        try:
            write(self._folder, itertools.chain(every_word(state, self._folder), words_of(others)))
            self.is_whole = True
        except OSError:
            pass  # tried again when there is nothing else to do


def every_word(searcher: tantivy.Searcher, folder: str) -> Iterator[str]:
    """Return the words of the text fields in order, by their first letters: where they are many, not all are held.

    Asking for each of the letters that there are takes 50 ms, whether or not words begin with it.
    """
    is_small = searcher.num_docs <= FEW or _dictionaries(folder) <= FEW_BYTES
    starts = [""] if is_small else _starts()
    for start in starts:
        words: set[str] = set()
        for field in TEXT_FIELDS:
            words.update(
                word for word, _ in searcher.terms_with_prefix(field, start, limit=_EVERY) if len(word) <= _LONGEST
            )
        yield from sorted(words)


def _dictionaries(folder: str) -> int:
    """Return the bytes of an index's dictionaries; those that it is about to remove count too."""
    with os.scandir(folder) as entries:
        return sum(entry.stat().st_size for entry in entries if entry.name.endswith(".term"))


def _starts() -> list[str]:
    """Return letters that words begin with, but for scripts without blanks (beyond_words) and some of Africa."""
    letters = map(chr, range(0x30, 0xE00))
    return [letter for letter in letters if letter.isalnum() and letter == letter.lower()]


def exists(folder: str) -> bool:
    """Return whether the file is there."""
    return os.path.exists(os.path.join(folder, NAME))


def remove(folder: str) -> None:
    """Take the file away; none is fine."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(folder, NAME))


def write(folder: str, words: Iterable[str]) -> None:
    """Write the file anew, at once whole. Raises OSError."""
    path = os.path.join(folder, NAME)
    with open(f"{path}.new", "wb", opener=_private) as file:
        file.write(b"\n")
        file.writelines(word.encode("utf-8", "replace") + b"\n" for word in words)
    os.replace(f"{path}.new", path)


def append(folder: str, documents: Iterable[Document]) -> None:
    """Add the words of documents that are about to be indexed. Raises OSError."""
    lines = b"".join(word.encode("utf-8", "replace") + b"\n" for word in words_of(documents))
    with open(os.path.join(folder, NAME), "ab", opener=_private) as file:
        file.write(lines)


def words_of(documents: Iterable[Document]) -> set[str]:
    """Return the words of documents' texts, but for the longest."""
    return {
        word
        for document in documents
        for text in (document.conversation, document.given, document.tool)
        for word in re.findall(_WORD, text.lower())
        if len(word) <= _LONGEST
    }


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def holding(folder: str, part: str, endings: Sequence[str] = ()) -> list[str] | None:
    """Return the words that hold `part` or end with one of `endings`; None where there is no file, or too many."""
    import mmap

    sought = [part.encode("utf-8", "replace"), *(ending.encode("utf-8", "replace") + b"\n" for ending in endings)]
    found: set[bytes] = set()
    try:
        with (
            open(os.path.join(folder, NAME), "rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text,
        ):
            for piece in sought:
                at = text.find(piece)
                while at >= 0 and len(found) <= MOST:
                    end = text.find(b"\n", at)
                    found.add(text[text.rfind(b"\n", 0, at) + 1 : end])
                    at = text.find(piece, end)
    except (OSError, ValueError):
        return None
    return sorted(word.decode("utf-8", "replace") for word in found) if len(found) <= MOST else None

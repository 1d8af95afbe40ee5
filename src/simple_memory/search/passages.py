"""The part of a text to show for a hit: the densest passage of matched words, marked; pure.

Only places where a sought word begins are looked at (found by str.find), so that a long text costs little.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from simple_memory.records import NamedTuple

MARK_START = "\x02"
MARK_END = "\x03"
WIDTH = 240
"""Characters of a passage, about."""
LONGEST = 1024 * 1024
"""Characters of a text that are looked through at once; more of them only where no sought word stands there."""
_OVERLAP = 256
"""Characters that are looked through twice, so that no word is cut in two."""

_MOST_PLACES = 64
"""Places of one word that are looked at."""
_LEAD = 60
"""Characters shown before the first match, about."""
_ELLIPSIS = "…"
_BLANKS = re.compile(r"[\s\x02\x03]+")


class Sought(NamedTuple):
    """A word to mark: it begins with `start`, and `accepts` says whether a whole word is it (both lower case).

    `inside`: `start` alone is marked, wherever it stands.
    """

    start: str
    accepts: Callable[[str], bool]
    inside: bool = False


class Passage(NamedTuple):
    """A marked excerpt; how many different sought words it holds, and how many the whole text (`in_text`).

    `start` and `end` say where in the text it stands.
    """

    snippet: str
    words: int
    in_text: int
    start: int
    end: int


class _Match(NamedTuple):
    start: int
    end: int
    word: int


def best_passage(text: str, sought: Sequence[Sought]) -> Passage:
    """Return the passage of `text` with the most different sought words, or its beginning where there are none."""
    matches = _first_matches(text, sought)
    if not matches:
        snippet = _squeeze(text[: WIDTH * 4])[:WIDTH] + (_ELLIPSIS if len(text) > WIDTH else "")
        return Passage(snippet, 0, 0, 0, min(len(text), WIDTH * 4))
    chosen = _densest(matches)
    start = max(0, chosen[0].start - _LEAD)
    end = min(len(text), max(start + WIDTH, chosen[-1].end))
    start = max(0, min(start, end - WIDTH))
    start, end = _at_words(text, start, end, chosen)
    shown = [match for match in matches if start <= match.start and match.end <= end]
    snippet = _marked(text, start, end, shown)
    words, in_text = (len({match.word for match in some}) for some in (shown, matches))
    return Passage(snippet, words, in_text, start, end)


def _first_matches(text: str, sought: Sequence[Sought]) -> list[_Match]:
    """Return where sought words stand in the first part of `text` that holds any."""
    for first in range(0, len(text) if sought else 0, LONGEST):
        begin = max(0, first - _OVERLAP)
        found = _find(text[begin : first + LONGEST], sought)
        if found:
            return [_Match(begin + one.start, begin + one.end, one.word) for one in found]
    return []


def marks(text: str, sought: Sequence[Sought]) -> list[tuple[int, int]]:
    """Return where the sought words stand in `text`, from and to, in order; of each word the first places only."""
    return [(match.start, match.end) for match in _find(text[:LONGEST], sought)] if sought else []


def _lower(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def _find(text: str, sought: Sequence[Sought]) -> list[_Match]:
    lowered = _lower(text)
    found: dict[int, _Match] = {}
    for number, word in enumerate(sought):
        place, seen = lowered.find(word.start), 0
        while place >= 0 and seen < _MOST_PLACES:
            end = place + len(word.start)
            if word.inside:
                found.setdefault(place, _Match(place, end, number))
                seen += 1
            elif place == 0 or not lowered[place - 1].isalnum():
                while end < len(lowered) and lowered[end].isalnum():
                    end += 1
                if word.accepts(lowered[place:end]):
                    found.setdefault(place, _Match(place, end, number))
                    seen += 1
            place = lowered.find(word.start, max(end, place + 1))
    return [found[place] for place in sorted(found)]


def _densest(matches: list[_Match]) -> list[_Match]:
    """Return the run of matches within WIDTH with the most different words, then the most matches; the first such."""
    best, best_score = matches[:1], (0, 0)
    first = 0
    counts: dict[int, int] = {}
    for last, match in enumerate(matches):
        counts[match.word] = counts.get(match.word, 0) + 1
        while match.end - matches[first].start > WIDTH - _LEAD and first < last:
            gone = matches[first].word
            counts[gone] -= 1
            if not counts[gone]:
                del counts[gone]
            first += 1
        score = (len(counts), last - first)
        if score > best_score:
            best, best_score = matches[first : last + 1], score
    return best


def _at_words(text: str, start: int, end: int, kept: list[_Match]) -> tuple[int, int]:
    """Move the ends to blanks nearby, never into what is `kept`."""
    if start > 0:
        blank = next((at for at in range(start, min(start + 30, kept[0].start)) if text[at].isspace()), None)
        start = start if blank is None else blank + 1
    if end < len(text):
        blank = next((at for at in range(end, max(end - 30, kept[-1].end), -1) if text[at].isspace()), None)
        end = end if blank is None else blank
    return start, end


def _marked(text: str, start: int, end: int, matches: list[_Match]) -> str:
    pieces = []
    at = start
    for match in matches:
        pieces.append(_BLANKS.sub(" ", text[at : match.start]))
        pieces.append(MARK_START + _BLANKS.sub(" ", text[match.start : match.end]) + MARK_END)
        at = match.end
    pieces.append(_BLANKS.sub(" ", text[at:end]))
    before = _ELLIPSIS if start > 0 else ""
    after = _ELLIPSIS if end < len(text) else ""
    return before + "".join(pieces).strip() + after


def _squeeze(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()

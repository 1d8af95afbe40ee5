"""The list of what was found: its lines, which session is chosen, and where the screen stands; pure."""

from __future__ import annotations

import itertools
from typing import NamedTuple

from simple_memory.cli.browser import wrapping
from simple_memory.cli.browser.asking import Found, Item

MOST_ITEMS = 600
"""Sessions that the list holds; who has come so far asks for something narrower."""
_SNIPPET_LINES = 2
_MARK_START, _MARK_END = "\x02", "\x03"


class ListRow(NamedTuple):
    """One line of the list: which item it belongs to, and its pieces (text, style)."""

    item: int
    pieces: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The line without its styles."""
        return "".join(text for text, _ in self.pieces)


class Listing:
    """What was found, on a screen of `width` columns and `height` lines."""

    def __init__(self, width: int, height: int) -> None:
        """Begin empty."""
        self.width, self.height = width, height
        self.items: list[Item] = []
        self.lines: list[ListRow] = []
        self.next: str | None = None
        self.selected = 0
        self.top = 0

    @property
    def chosen(self) -> Item | None:
        """The item that is chosen; None in an empty list."""
        return self.items[self.selected] if self.items else None

    def fill(self, found: Found, *, keep: bool = False) -> None:
        """Show the first page of an answer; `keep` keeps the chosen session chosen where it is in it."""
        before = self.chosen
        offset = self._offset()
        self.items = list(found.items)
        self.next = found.next
        self.selected = 0
        if keep and before is not None:
            names = [item.session for item in self.items]
            self.selected = names.index(before.session) if before.session in names else 0
        self._lay_out()
        self.top = max(0, min(self._first_line() - offset, self._last_top())) if keep else 0
        self._show_chosen()

    def extend(self, found: Found) -> None:
        """Add the next page."""
        known = {item.session for item in self.items}
        self.items.extend(item for item in found.items if item.session not in known)
        self.next = found.next if len(self.items) < MOST_ITEMS else None
        self._lay_out()

    def wants_more(self) -> bool:
        """Return whether the end is near and there is another page."""
        return self.next is not None and self.top + 3 * self.height >= len(self.lines)

    def resize(self, width: int, height: int) -> None:
        """Lay out for another size; what is chosen stays on the screen."""
        relaid = width != self.width
        self.width, self.height = width, height
        if relaid:
            self._lay_out()
        self._show_chosen()

    def move(self, items: int) -> None:
        """Choose another item, so many further down."""
        if self.items:
            self.selected = max(0, min(self.selected + items, len(self.items) - 1))
            self._show_chosen()

    def move_screens(self, screens: int) -> None:
        """Choose the item so many screens further down."""
        if self.lines:
            line = max(0, min(self._first_line() + screens * self.height, len(self.lines) - 1))
            self.selected = self.lines[line].item
            self._show_chosen()

    def scroll(self, lines: int) -> None:
        """Move the screen; what is chosen stays, unless it leaves the screen."""
        self.top = max(0, min(self.top + lines, self._last_top()))
        shown = [line.item for line in self.lines[self.top : self.top + self.height]]
        if shown and self.selected not in shown:
            self.selected = shown[0] if self.selected < shown[0] else shown[-1]

    def choose_line(self, line: int) -> bool:
        """Choose the item on that line of the screen; return whether there is one."""
        at = self.top + line
        if not 0 <= at < len(self.lines):
            return False
        self.selected = self.lines[at].item
        return True

    def _lay_out(self) -> None:
        self.lines = [
            ListRow(at, pieces) for at, item in enumerate(self.items) for pieces in lines_of(item, self.width)
        ]

    def _first_line(self) -> int:
        return next((at for at, line in enumerate(self.lines) if line.item == self.selected), 0)

    def _offset(self) -> int:
        return self._first_line() - self.top

    def _last_top(self) -> int:
        return max(0, len(self.lines) - self.height)

    def _show_chosen(self) -> None:
        first = self._first_line()
        count = sum(1 for line in self.lines if line.item == self.selected)
        if first < self.top:
            self.top = first
        elif first + count > self.top + self.height:
            self.top = min(first, first + count - self.height)
        self.top = max(0, min(self.top, self._last_top()))


def lines_of(item: Item, width: int) -> list[tuple[tuple[str, str], ...]]:
    """Return the lines of one item: its title, and below it the best passage or how long it is."""
    width = max(20, width)
    project = item.project.rpartition("/")[2]
    right = wrapping.crop(project, 20) + ("  " if project else "") + item.when
    if width - wrapping.length(right) < 24:
        right = item.when if width >= 40 else ""
    room = width - wrapping.length(right) - 3
    title = wrapping.crop(item.title, room)
    gap = " " * (room - wrapping.length(title) + 1)
    lines = [(("  ", ""), (title, "title"), (gap, ""), (right, "dim"))]
    about = [item.cite, item.said_by]
    if item.position is None and item.shown:
        about.append(f"{item.shown:,} message{'' if item.shown == 1 else 's'}")
    if item.more:
        about.append(f"+{item.more:,}")
    lead = "   " + "  ".join(part for part in about if part)
    if not item.snippet:
        return [*lines, ((wrapping.crop(lead, width), "dim"),)]
    return [*lines, *_snippet(lead + "  ", item.snippet, width)]


def _snippet(lead: str, snippet: str, width: int) -> list[tuple[tuple[str, str], ...]]:
    """Return a marked passage in a few lines, behind what is said about it."""
    text, marks = "", []
    for number, piece in enumerate(snippet.replace(_MARK_END, _MARK_START).split(_MARK_START)):
        if number % 2:
            marks.append((len(text), len(text) + len(piece)))
        text += piece
    first_width = width - wrapping.length(lead)
    if first_width < 20:
        places = wrapping.wrap(text, width - 3)
        telling = next((place for place in places if marks and marks[0][0] < place[1]), places[0])
        return [((wrapping.crop(lead, width), "dim"),), *_marked_lines(text, marks, [telling])]
    first = wrapping.wrap(text, first_width)[0]
    rest = text[first[1] :]
    skipped = len(rest) - len(rest.lstrip())
    start = first[1] + skipped
    others = (
        [(low + start, high + start) for low, high in wrapping.wrap(text[start:], width - 3)] if rest.strip() else []
    )
    lines = [((lead, "dim"), *_pieces(text, marks, first))]
    return [*lines, *_marked_lines(text, marks, others[: _SNIPPET_LINES - 1])]


def _marked_lines(
    text: str, marks: list[tuple[int, int]], places: list[wrapping.Place]
) -> list[tuple[tuple[str, str], ...]]:
    return [(("   ", ""), *_pieces(text, marks, place)) for place in places]


def _pieces(text: str, marks: list[tuple[int, int]], place: wrapping.Place) -> list[tuple[str, str]]:
    start, stop = place
    edges = sorted({start, stop, *(min(max(edge, start), stop) for mark in marks for edge in mark)})
    return [
        (text[low:high], "mark" if any(first <= low and high <= last for first, last in marks) else "")
        for low, high in itertools.pairwise(edges)
    ]

"""A part of a session on the screen: what is loaded, unfolded, pointed at, and where the screen stands; pure.

However long the session is, at most MOST_LOADED messages are held: pages come in at one end and go at the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from simple_memory.cli.browser import rows
from simple_memory.cli.browser.entries import Entry

PAGE = 60
"""Messages that are asked for at once."""
MOST_LOADED = 360
MOST_CHARACTERS = 8_000_000
"""Characters of all the messages that are held, about."""
_AHEAD = 3
"""Screens of lines that should be loaded beyond the one that is shown."""


class Wanted(NamedTuple):
    """What should be loaded: `before` a position, or from it on (`after`)."""

    side: Literal["before", "after"]
    position: int


class Window:
    """One session on one screen. Lines count from the first that is loaded; `top` is the first that is shown."""

    def __init__(self, width: int, height: int) -> None:
        """Begin empty, for a screen of `width` columns and `height` lines."""
        self.width, self.height = width, height
        self.entries: list[Entry] = []
        self.lines: list[rows.Row] = []
        self.top = 0
        self.pointed: int | None = None
        self.level = rows.FOLDED
        self.last = -1
        self._levels: dict[int, int] = {}
        self._starts, self._ends = True, True
        self._follows = False
        self._gone_to: int | None = None
        self._laid: dict[tuple[int, int, int], list[rows.Row]] = {}

    # ── what is loaded ──

    def fill(self, entries: Sequence[Entry], *, at: int | None, last: int) -> None:
        """Begin anew with a page that holds position `at` (None: its first); `last` is the session's last position."""
        self.entries = list(entries)
        self.last = last
        self._levels.clear()
        self._laid.clear()
        self._starts = not entries or entries[0].position <= 0
        self._ends = not entries or entries[-1].position >= last
        self._lay_out()
        self.top = 0
        self._gone_to = None
        self.pointed = entries[0].position if entries else None
        if at is not None and entries:
            self.go_to(at)

    def add(self, side: Literal["before", "after"], entries: Sequence[Entry], *, last: int | None = None) -> None:
        """Add a page at one side and let go of what is too much at the other; what is shown stays where it is."""
        if last is not None:
            self.last = max(self.last, last)
        anchor = self._anchor()
        was_last = bool(self.entries) and self.pointed in {None, self._last_line_position()}
        if side == "before":
            self._add_before(entries)
        else:
            self._add_after(entries)
        if self.pointed is None and self.entries:
            self.pointed = self.entries[0].position
        self._lay_out()
        self._return_to(anchor)
        if side == "after" and self._follows:
            self.top = self._last_top()
            self.pointed = self.entries[-1].position if was_last else self.pointed
            self._point_into_view()

    def _add_before(self, entries: Sequence[Entry]) -> None:
        fresh = [entry for entry in entries if not self.entries or entry.position < self.entries[0].position]
        self._starts = not fresh or fresh[0].position <= 0
        self.entries = [*fresh, *self.entries]
        keep = _fitting(self.entries)
        self._ends = self._ends and keep == len(self.entries)
        self.entries = self.entries[:keep]

    def _add_after(self, entries: Sequence[Entry]) -> None:
        fresh = [entry for entry in entries if not self.entries or entry.position > self.entries[-1].position]
        self.entries = [*self.entries, *fresh]
        self._ends = not fresh or self.entries[-1].position >= self.last
        keep = _fitting(self.entries[::-1])
        self._starts = self._starts and keep == len(self.entries)
        self.entries = self.entries[-keep:] if keep else []

    def wanted(self) -> Wanted | None:
        """Return what should be loaded next, if anything."""
        if not self.entries:
            return None
        ahead = self.height * _AHEAD
        if not self._starts and self.top < ahead:
            return Wanted("before", self.entries[0].position)
        if not self._ends and len(self.lines) - self.top - self.height < ahead:
            return Wanted("after", self.entries[-1].position + 1)
        return None

    @property
    def is_at_end(self) -> bool:
        """Whether the last line of the session is on the screen."""
        return self._ends and self.top >= self._last_top()

    def grow(self, last: int) -> None:
        """Take note that the session now goes on to position `last`: it is followed if its end was on the screen."""
        if last > self.last:
            self._follows = self.is_at_end
            self.last = last
            self._ends = False

    # ── where the screen stands ──

    def resize(self, width: int, height: int) -> None:
        """Lay the same messages out for another size; what was gone to, else the first line, stays where it is."""
        if (width, height) == (self.width, self.height):
            return
        anchor = self._anchor()
        relaid = width != self.width
        self.width, self.height = width, height
        if relaid:
            self._lay_out()
        self._return_to(anchor)
        if self._gone_to is not None:
            self.go_to(self._gone_to)

    def scroll(self, lines: int) -> None:
        """Move by lines, down if positive; the message that is pointed at is then one that is shown."""
        self.top = max(0, min(self.top + lines, self._last_top()))
        self._follows = self._follows and lines >= 0
        self._gone_to = None
        self._point_into_view()

    def scroll_to_end(self) -> None:
        """Show the last line that is loaded."""
        self.top = self._last_top()
        self._gone_to = None
        self.pointed = self.entries[-1].position if self.entries else None

    def holds(self, position: int) -> bool:
        """Return whether a position lies in what is loaded."""
        return bool(self.entries) and self.entries[0].position <= position <= self.entries[-1].position

    def go_to(self, position: int) -> None:
        """Point at a message and show it, its marked line if it has one; it is shown by itself."""
        nearest = min(self.entries, key=lambda entry: abs(entry.position - position), default=None)
        if nearest is None:
            return
        self.pointed = self._gone_to = nearest.position
        if nearest.is_noise and self._level(nearest) == rows.FOLDED:
            self._levels[nearest.position] = rows.SHORT
            self._lay_out()
        own = [at for at, line in enumerate(self.lines) if line.position == nearest.position]
        marked = next((at for at in own if self.lines[at].is_marked), own[0] if own else 0)
        first = own[0] if own else marked
        self.top = max(0, min(first - 1, self._last_top()))
        if marked >= self.top + self.height - 1:
            self.top = max(0, min(marked - self.height // 3, self._last_top()))

    def step(self, forward: bool, *, turns: bool = False) -> int | None:
        """Return the position of the next message that may be pointed at, or of the next turn; None: not loaded."""
        shown = dict.fromkeys(line.position for line in self.lines)
        if turns:
            starts = {entry.position for entry in self.entries if entry.starts_turn}
            shown = {position: None for position in shown if position in starts}
        here = self.pointed if self.pointed is not None else -1
        if forward:
            return min((position for position in shown if position > here), default=None)
        return max((position for position in shown if position < here), default=None)

    def point(self, position: int) -> None:
        """Point at a message that is loaded, and scroll as little as shows it."""
        self.pointed = position
        self._gone_to = None
        own = [at for at, line in enumerate(self.lines) if line.position == position]
        if own and own[0] < self.top:
            self.top = own[0]
        elif own and own[0] >= self.top + self.height:
            self.top = max(0, min(own[0] - self.height // 2, self._last_top()))
        elif own and own[-1] >= self.top + self.height:
            self.top = min(own[0], self._last_top(), own[-1] - self.height + 1)

    def entry(self) -> Entry | None:
        """Return the message that is pointed at."""
        return next((entry for entry in self.entries if entry.position == self.pointed), None)

    def share(self) -> tuple[float, float]:
        """Return where the screen begins and ends in the session, each from 0 to 1."""
        if not self.lines or self.last < 0:
            return 0.0, 1.0
        shown = self.lines[self.top : self.top + self.height]
        whole = self.last + 1
        first, end = shown[0].position / whole, (shown[-1].position + 1) / whole
        if self._starts and self.top == 0:
            first = 0.0
        return first, 1.0 if self.is_at_end else max(end, first)

    # ── folding ──

    def toggle(self) -> None:
        """Unfold the message that is pointed at, or fold it again; a line that stands for many becomes the many."""
        run = next((run for run in self._runs() if run[0].position == self.pointed), None)
        if run is None:
            return
        anchor = self._anchor()
        if len(run) > 1:
            for entry in run:
                self._levels[entry.position] = rows.SHORT
        else:
            entry = run[0]
            self._levels[entry.position] = rows.SHORT if self._level(entry) == rows.FULL else rows.FULL
        self._lay_out()
        self._return_to(anchor)
        self.point(run[0].position)

    def fold(self) -> None:
        """Fold the message that is pointed at together with the noise around it."""
        at = next((at for at, entry in enumerate(self.entries) if entry.position == self.pointed), None)
        if at is None:
            return
        anchor = self._anchor()
        self._levels.pop(self.entries[at].position, None)
        if self.entries[at].is_noise:
            first = at
            while first and self.entries[first - 1].is_noise:
                first -= 1
            for entry in self.entries[first:]:
                if not entry.is_noise:
                    break
                self._levels.pop(entry.position, None)
            self.pointed = self.entries[first].position
        self._lay_out()
        self._return_to(anchor)
        if self.pointed is not None:
            self.point(self.pointed)

    def fold_all(self) -> None:
        """Go on to the next way to fold everything: in runs, each by itself, all open."""
        anchor = self._anchor()
        self.level = (self.level + 1) % 3
        self._levels.clear()
        self._lay_out()
        self._return_to(anchor)
        self._point_into_view()

    # ── inside ──

    def _level(self, entry: Entry) -> int:
        return self._levels.get(entry.position, self.level)

    def _runs(self) -> list[list[Entry]]:
        """Return the messages, with noise that stands folded together in one list."""
        runs: list[list[Entry]] = []
        open_run = False
        for entry in self.entries:
            folds = entry.is_noise and self._level(entry) == rows.FOLDED
            if folds and open_run:
                runs[-1].append(entry)
            else:
                runs.append([entry])
            open_run = folds
        return runs

    def _lay_out(self) -> None:
        self.lines = []
        laid = {}
        for run in self._runs():
            if len(run) > 1:
                self.lines.extend(rows.of_run(run, self.width))
                continue
            if self.lines and not run[0].is_noise:
                self.lines.append(rows.Row(self.lines[-1].position, (("", ""),)))
            key = (run[0].position, self._level(run[0]), self.width)
            laid[key] = self._laid.get(key) or rows.of_entry(run[0], key[1], self.width)
            self.lines.extend(laid[key])
        self._laid = laid

    def _anchor(self) -> tuple[int, int] | None:
        """Return what the first line that is shown is: its message, and the how many-th line of that."""
        if not self.lines:
            return None
        position = self.lines[min(self.top, len(self.lines) - 1)].position
        first = next(at for at, line in enumerate(self.lines) if line.position == position)
        return position, self.top - first

    def _return_to(self, anchor: tuple[int, int] | None) -> None:
        if anchor is None or not self.lines:
            self.top = 0
            return
        position, offset = anchor
        first = next((at for at, line in enumerate(self.lines) if line.position >= position), len(self.lines) - 1)
        if self.lines[first].position != position and first:
            first -= 1  # the message is inside a line that stands for many
            offset = 0
        count = sum(1 for line in self.lines[first:] if line.position == self.lines[first].position)
        self.top = max(0, min(first + min(offset, count - 1), self._last_top()))

    def _last_line_position(self) -> int | None:
        return self.lines[-1].position if self.lines else None

    def _last_top(self) -> int:
        return max(0, len(self.lines) - self.height)

    def _point_into_view(self) -> None:
        shown = [line.position for line in self.lines[self.top : self.top + self.height]]
        if shown and self.pointed not in shown:
            self.pointed = shown[0] if self.pointed is None or self.pointed < shown[0] else shown[-1]


def _fitting(entries: Sequence[Entry]) -> int:
    """Return how many of the messages, from the first on, may be held; at least two pages where there are so many."""
    room = MOST_CHARACTERS
    for number, entry in enumerate(entries):
        room -= sum(len(block.text) for block in entry.blocks)
        if number >= MOST_LOADED or (room < 0 and number >= 2 * PAGE):
            return number
    return len(entries)

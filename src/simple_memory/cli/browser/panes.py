"""The parts of a screen that draw themselves line by line: a line, the list of what was found, a session."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from simple_memory.cli.browser import look, wrapping
from simple_memory.cli.browser.asking import Item
from simple_memory.cli.browser.listing import Listing
from simple_memory.cli.browser.window import Wanted, Window

_WHEEL = 3
"""Lines that one notch of a mouse wheel moves."""


class Line(Widget):
    """One line of text in pieces (text, style's name), or a sentence in as many lines as it needs."""

    DEFAULT_CSS = "Line { height: 1; width: 1fr; }"
    ALLOW_SELECT = False

    def __init__(self, pieces: Iterable[tuple[str, str]] = (), *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        """Begin with these pieces."""
        super().__init__(id=id)
        self._pieces = tuple(pieces)
        self._more: list[str] = []

    def show(self, *pieces: tuple[str, str]) -> None:
        """Show other pieces; nothing is drawn where they are the same."""
        if pieces != self._pieces or self._more:
            self._pieces, self._more = pieces, []
            self.styles.height = 1
            self.refresh()

    def tell(self, sentence: str, width: int) -> None:
        """Show a sentence, in up to four lines of `width` columns."""
        first, *rest = [sentence[start:end] for start, end in wrapping.wrap(sentence, width - 2)[:4]]
        self._pieces, self._more = ((f" {first}", "warning"),), rest
        self.styles.height = 1 + len(rest)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw."""
        if 0 < y <= len(self._more):
            return look.strip(((f" {self._more[y - 1]}", "warning"),), self.size.width)
        return look.strip(self._pieces if y == 0 else (), self.size.width)

    def piece_at(self, x: int) -> int | None:
        """Return which piece stands in that column, None for none."""
        for number, (text, _) in enumerate(self._pieces):
            if x < len(text):
                return number
            x -= len(text)
        return None


class Hits(Widget, can_focus=True):
    """The list of what was found. It changes `listing` and tells what became of it."""

    DEFAULT_CSS = "Hits { height: 1fr; width: 1fr; }"
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)"),
        Binding("up,k", "move(-1)"),
        Binding("pagedown,space", "screens(1)"),
        Binding("pageup,b", "screens(-1)"),
        Binding("home,g", "move(-1000000)"),
        Binding("end,G", "move(1000000)"),
        Binding("o", "open"),
    ]

    class Chosen(Message):
        """Another item is chosen."""

    class Wanted(Message):
        """The end is near: the next page is wanted."""

    class Opened(Message):
        """The chosen session is to be opened."""

        def __init__(self, item: Item) -> None:
            """Take the item."""
            super().__init__()
            self.item = item

    def __init__(self) -> None:
        """Begin with an empty list."""
        super().__init__(id="hits")
        self.listing = Listing(80, 10)
        self.said: tuple[str, ...] = ()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the list, or of what is said instead of one."""
        width = self.size.width
        if not self.listing.items:
            return look.strip((("  " + self.said[y], "" if y == 0 else "dim"),) if y < len(self.said) else (), width)
        at = self.listing.top + y
        if at >= len(self.listing.lines):
            return look.strip((), width)
        line = self.listing.lines[at]
        if line.item != self.listing.selected:
            return look.strip(line.pieces, width)
        is_first = at == 0 or self.listing.lines[at - 1].item != line.item
        if is_first:
            return look.strip((("▌", "pointer"), (line.text[1:].ljust(width - 1), "chosen")), width)
        return look.strip((("▌", "pointer"), *_without_first(line.pieces)), width)

    def changed(self, *, chosen: bool = True) -> None:
        """Draw anew, and tell what is chosen and wanted now."""
        self.refresh()
        if chosen:
            self.post_message(self.Chosen())
        if self.listing.wants_more():
            self.post_message(self.Wanted())

    def on_resize(self, event: events.Resize) -> None:
        """Lay out for the new size."""
        self.listing.resize(event.size.width, event.size.height)
        self.changed(chosen=False)

    def action_move(self, items: int) -> None:
        """Choose another item."""
        self.listing.move(items)
        self.changed()

    def action_screens(self, screens: int) -> None:
        """Choose an item some screens away."""
        self.listing.move_screens(screens)
        self.changed()

    def action_open(self) -> None:
        """Open what is chosen."""
        if self.listing.chosen is not None:
            self.post_message(self.Opened(self.listing.chosen))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll."""
        self._wheel(event, _WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll."""
        self._wheel(event, -_WHEEL)

    def _wheel(self, event: events.MouseEvent, lines: int) -> None:
        event.stop()
        before = self.listing.selected
        self.listing.scroll(lines)
        self.changed(chosen=self.listing.selected != before)

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked, and open it at the second click."""
        if not self.listing.choose_line(event.y):
            return
        self.changed()
        if event.chain >= 2:
            self.action_open()


def _without_first(pieces: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    text, style = pieces[0]
    return ((text[1:], style), *pieces[1:])


class Session(Widget, can_focus=True):
    """A session that is read page by page. It changes `window` and tells which page it wants."""

    DEFAULT_CSS = "Session { height: 1fr; width: 1fr; }"
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll(1)"),
        Binding("up,k", "scroll(-1)"),
        Binding("pagedown,space", "screens(1)"),
        Binding("pageup,b", "screens(-1)"),
        Binding("right,l", "step(True)"),
        Binding("left,h", "step(False)"),
        Binding("right_square_bracket", "turn(True)"),
        Binding("left_square_bracket", "turn(False)"),
        Binding("enter", "unfold"),
        Binding("minus", "fold"),
        Binding("f", "fold_all"),
    ]

    class PageWanted(Message):
        """A page is wanted."""

        def __init__(self, pane: Session, wanted: Wanted) -> None:
            """Take who wants it, and which."""
            super().__init__()
            self.pane = pane
            self.wanted = wanted

    class Folded(Message):
        """Everything is now folded so far."""

        def __init__(self, level: int) -> None:
            """Take how far: one of rows.FOLDED, SHORT, FULL."""
            super().__init__()
            self.level = level

    class Moved(Message):
        """What is shown or pointed at has changed."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        """Begin empty."""
        super().__init__(id=id)
        self.window = Window(78, 10)
        self._asked: Wanted | None = None

    def render_line(self, y: int) -> Strip:
        """Draw one line: the pointer, the text, and the bar that shows where in the session this is."""
        width, window = self.size.width, self.window
        at = window.top + y
        if at >= len(window.lines):
            return look.strip((), width)
        line = window.lines[at]
        is_pointed = line.position == window.pointed
        first = is_pointed and (at == 0 or window.lines[at - 1].position != line.position or y == 0)
        strip = look.strip((("▶" if first else "▏" if is_pointed else " ", "pointer"), *line.pieces), width - 1)
        begins, ends = window.share()
        is_thumb = begins * self.size.height - 0.5 <= y < max(ends * self.size.height, begins * self.size.height + 1)
        return Strip.join([strip, look.strip((("┃" if is_thumb else "│", "" if is_thumb else "rule"),), 1)])

    def changed(self) -> None:
        """Draw anew, and tell what is wanted now."""
        self.refresh()
        self.post_message(self.Moved())
        wanted = self.window.wanted()
        if wanted is not None and wanted != self._asked:
            self._asked = wanted
            self.post_message(self.PageWanted(self, wanted))

    def arrived(self) -> None:
        """Draw what has come, and ask for what is wanted now."""
        self._asked = None
        self.changed()

    def failed(self) -> None:
        """Take note that what was asked for did not come; the next movement asks again."""
        self._asked = None

    def on_resize(self, event: events.Resize) -> None:
        """Lay out for the new size."""
        self.window.resize(max(8, event.size.width - 2), max(1, event.size.height))
        self.changed()

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.window.scroll(lines)
        self.changed()

    def action_screens(self, screens: int) -> None:
        """Scroll by screens, with two lines of the last one left."""
        self.action_scroll(screens * max(1, self.window.height - 2))

    def action_step(self, forward: bool) -> None:
        """Point at the next or previous message."""
        self._point(self.window.step(forward), forward)

    def action_turn(self, forward: bool) -> None:
        """Point at the next or previous turn's beginning."""
        self._point(self.window.step(forward, turns=True), forward)

    def _point(self, position: int | None, forward: bool) -> None:
        if position is None:
            self.action_screens(1 if forward else -1)
            return
        self.window.point(position)
        self.changed()

    def action_unfold(self) -> None:
        """Unfold or fold what is pointed at."""
        self.window.toggle()
        self.changed()

    def action_fold(self) -> None:
        """Fold what is pointed at, with its neighbours."""
        self.window.fold()
        self.changed()

    def action_fold_all(self) -> None:
        """Fold or unfold everything."""
        self.window.fold_all()
        self.changed()
        self.post_message(self.Folded(self.window.level))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll."""
        event.stop()
        self.action_scroll(_WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll."""
        event.stop()
        self.action_scroll(-_WHEEL)

    def on_click(self, event: events.Click) -> None:
        """Point at what was clicked; unfold or fold it at the second click."""
        at = self.window.top + event.y
        if at >= len(self.window.lines):
            return
        self.window.pointed = self.window.lines[at].position
        if event.chain >= 2:
            self.window.toggle()
        self.changed()

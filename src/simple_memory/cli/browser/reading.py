"""The screen on which one session is read, from the hit on; loads pages as they are reached, and follows what comes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input

from simple_memory.cli import render
from simple_memory.cli.browser import asking, copying, keys, wrapping
from simple_memory.cli.browser.desk import Desk
from simple_memory.cli.browser.overlays import Help
from simple_memory.cli.browser.panes import Line, Session

LANE, PAGES = "session", "session pages"


class Reading(Screen[None]):
    """One session. `text` is what is sought in it; `position` where it opens."""

    DEFAULT_CSS = """
    Reading { background: ansi_default; }
    Reading Input { height: 1; border: none; padding: 0 1; background: ansi_default; display: none; }
    Reading Input.-finding { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back"),
        Binding("n", "hit(1)"),
        Binding("N", "hit(-1)"),
        Binding("g,home", "begin"),
        Binding("G,end", "end"),
        Binding("slash", "find"),
        Binding("y", "copy('citation')"),
        Binding("Y", "copy('id')"),
        Binding("c", "copy('text')"),
        Binding("s", "subagents"),
        Binding("R", "app.resume"),
        Binding("question_mark,f1", "help"),
    ]

    def __init__(self, desk: Desk, session: str, position: int | None, text: str) -> None:
        """Take who answers, and what to read."""
        super().__init__()
        self.session_id = session
        self._desk = desk
        self._position = position
        self._text = text
        self._opened: asking.Opened | None = None

    def compose(self) -> ComposeResult:
        """Lay out."""
        yield Line(id="title")
        yield Line(id="facts")
        yield Session(id="session")
        field = Input(placeholder="find in this session", compact=True)
        field.cursor_blink = False
        yield field
        yield Line(id="keys")

    def on_mount(self) -> None:
        """Ask for the session."""
        self.set_focus(self.query_one(Session))
        self.say()
        self._open(self._position)

    def on_resize(self) -> None:
        """Tell as much as fits."""
        self._head()
        self.say()

    def _open(self, position: int | None) -> None:
        self._desk.forget(PAGES)
        self._desk.ask(asking.Open(self.session_id, position, self._text, LANE))

    def say(self, sentence: str = "") -> None:
        """Show a sentence at the bottom, or the keys."""
        width = self.app.size.width
        if sentence:
            self.query_one("#keys", Line).tell(sentence, width)
        else:
            self.query_one("#keys", Line).show(*keys.line(keys.SESSION, width))

    # ── answers ──

    def take(self, answer: asking.Answer) -> None:
        """Take an answer of one of this screen's lanes."""
        pane = self.query_one(Session)
        if isinstance(answer, asking.Failure):
            self.say(f"{answer.message} {answer.hint}")
            pane.failed()
            if self._opened is None:
                self.query_one("#title", Line).show((f" {answer.message}", "warning"))
                self.query_one("#facts", Line).show((f" {answer.hint}", "dim"))
        elif isinstance(answer, asking.Opened):
            self._opened = answer
            pane.window.fill(answer.entries, at=answer.position, last=answer.last)
            self._head()
            pane.arrived()
        elif isinstance(answer, asking.Page):
            pane.window.add(answer.side, answer.entries, last=answer.last)
            pane.arrived()

    def seen(self, answer: asking.Seen) -> None:
        """Take note of how far the session goes now; what is new is loaded if the end is on the screen."""
        window = self.query_one(Session).window
        if self._opened is None or answer.session != self.session_id or answer.last <= window.last:
            return
        window.grow(answer.last)
        if not window.entries:
            self._open(None)
            return
        self._head()
        self.query_one(Session).changed()

    def on_session_page_wanted(self, event: Session.PageWanted) -> None:
        """Ask for a page."""
        event.stop()
        wanted = event.wanted
        self._desk.ask(asking.More(self.session_id, wanted.side, wanted.position, self._text, PAGES))

    def on_session_moved(self) -> None:
        """Tell where we are."""
        self._head()
        self.say()

    def on_session_folded(self, event: Session.Folded) -> None:
        """Tell how far everything is folded now."""
        self.say(("Steps between what was said are folded.", "Each step has its line.", "All is open.")[event.level])

    def _head(self) -> None:
        opened = self._opened
        if opened is None:
            return
        width = self.app.size.width
        pointed = self.query_one(Session).window.pointed
        place = _place(opened, self.session_id, pointed)
        title = wrapping.crop(opened.title, max(10, width - len(place) - 4))
        gap = " " * max(2, width - wrapping.length(title) - len(place) - 2)
        self.query_one("#title", Line).show((f" {title}", "title"), (gap, ""), (place, "dim"))
        said = render.one_line(" · ".join(filter(None, _facts(opened))), 400)
        self.query_one("#facts", Line).show((" " + wrapping.crop(said, width - 2), "dim"))

    # ── keys ──

    def action_back(self) -> None:
        """Back to the list; from the field to the session."""
        field = self.query_one(Input)
        if field.has_class("-finding"):
            field.remove_class("-finding")
            self.set_focus(self.query_one(Session))
            return
        self._desk.forget(LANE)
        self._desk.forget(PAGES)
        self.dismiss()

    def action_hit(self, direction: int) -> None:
        """Go to the next hit (1) or the one before (-1), round the end."""
        hits = self._opened.hits if self._opened else ()
        if not hits:
            self.say("Nothing is sought here: / finds words in this session.")
            return
        window = self.query_one(Session).window
        here = window.pointed if window.pointed is not None else -1
        if direction > 0:
            target = next((hit for hit in hits if hit > here), hits[0])
        else:
            target = next((hit for hit in reversed(hits) if hit < here), hits[-1])
        self._go_to(target)

    def _go_to(self, position: int) -> None:
        pane = self.query_one(Session)
        if pane.window.holds(position):
            pane.window.go_to(position)
            pane.changed()
        else:
            self._open(position)

    def action_begin(self) -> None:
        """Go to the beginning."""
        self._go_to(0)

    def action_end(self) -> None:
        """Go to the end, and follow what comes."""
        pane = self.query_one(Session)
        if pane.window.holds(pane.window.last):
            pane.window.scroll_to_end()
            pane.changed()
        else:
            self._open(pane.window.last)

    def action_find(self) -> None:
        """Ask for words to find in this session."""
        field = self.query_one(Input)
        field.add_class("-finding")
        field.value = self._text
        self.set_focus(field)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Find these words from where we are."""
        event.stop()
        field = self.query_one(Input)
        field.remove_class("-finding")
        self.set_focus(self.query_one(Session))
        self._text = field.value
        self._open(self.query_one(Session).window.pointed)

    def action_copy(self, what: str) -> None:
        """Copy the citation, the id, or the text of the message that is pointed at."""
        window = self.query_one(Session).window
        entry = window.entry()
        text = {
            "citation": render.cite(self.session_id, window.pointed),
            "id": self.session_id,
            "text": entry.text if entry else "",
        }[what]
        told = f"the {what}" if what == "text" else text
        self.say(copying.copy(self.app, text, told))

    def action_subagents(self) -> None:
        """List the sub-agents of this session."""
        if self._opened and self._opened.subagents:
            self.dismiss()
            self.app.call_later(self.app.list_subagents, self.session_id)  # type: ignore[attr-defined] # our app
        else:
            self.say("This session has no sub-agents.")

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(Help())


def _place(opened: asking.Opened, session: str, pointed: int | None) -> str:
    """Return where in the session we are, with the how many-th hit that is where something is sought."""
    place = "empty" if opened.last < 0 else f"{render.cite(session, pointed)} of {opened.last:,}"
    if not opened.hits or pointed is None:
        return place
    before = sum(hit <= pointed for hit in opened.hits)
    return f"hit {before}/{len(opened.hits)}  {place}"


def _facts(opened: asking.Opened) -> list[str]:
    """Return what is known of the session, each in a few words; "" for what is not."""
    row = opened.session
    return [
        f"{render.amount(opened.subagents, 'sub-agent')} (s)" if opened.subagents else "",
        "sub-agent" if row.kind == "subagent" else "",
        "deleted at its source" if row.deleted_at_source else "",
        row.project,
        row.agent,
        row.model or "",
        f"branch {row.branch}" if row.branch else "",
        f"{render.when(row.started_at)} – {render.when(row.ended_at)}" if row.started_at else "",
    ]

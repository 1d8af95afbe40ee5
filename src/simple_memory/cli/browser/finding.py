"""The first screen: words at the top, what was found below them, and beside or below that the chosen session."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input

from simple_memory.cli.browser import asking, copying, keys, wrapping
from simple_memory.cli.browser.desk import Desk
from simple_memory.cli.browser.overlays import Choice, Help
from simple_memory.cli.browser.panes import Hits, Line, Session
from simple_memory.cli.browser.reading import Reading

FIND, NEXT, PREVIEW, PREVIEW_PAGES = "find", "next", "preview", "preview pages"
SETTLE_S = 0.05
"""How long typing must rest before it is asked; the preview waits as long for the list."""
_WIDE, _NARROW, _TALL = 110, 60, 16
"""From so many columns the preview stands beside the list; with fewer than so many there is no count; from so many
lines there is a preview below the list."""
_FILTERS = ("project", "agent", "role", "in", "since")


class Finding(Screen[None]):
    """Search, list, filters and preview."""

    DEFAULT_CSS = """
    Finding { background: ansi_default; }
    Finding #ask { height: 1; layout: horizontal; }
    Finding #prompt { width: 3; }
    Finding #count { width: 24; }
    Finding Input { width: 1fr; height: 1; border: none; padding: 0; background: ansi_default; }
    Finding #body { height: 1fr; layout: vertical; }
    Finding #below { height: 1fr; layout: vertical; }
    Finding.-wide #body { layout: horizontal; }
    Finding.-wide #hits { width: 48%; }
    Finding.-wide #below { width: 1fr; height: 1fr; border-left: solid ansi_bright_black; }
    Finding.-low #below { display: none; }
    Finding.-narrow #count { display: none; }
    Finding #notes { display: none; }
    Finding #notes.-some { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", priority=True),
        Binding("tab", "onward(1)", priority=True),
        Binding("shift+tab", "onward(-1)", priority=True),
        Binding("enter", "enter", priority=True),
        Binding("down", "move(1)"),
        Binding("up", "move(-1)"),
        Binding("pagedown", "screens(1)"),
        Binding("pageup", "screens(-1)"),
        Binding("f1,question_mark", "help"),
        Binding("slash", "words"),
        Binding("q", "app.quit"),
        Binding("p", "project"),
        Binding("a", "next_filter('agent')"),
        Binding("r", "next_filter('role')"),
        Binding("i", "next_filter('scope')"),
        Binding("t", "next_filter('since')"),
        Binding("x", "no_filters"),
        Binding("y", "copy('citation')"),
        Binding("Y", "copy('id')"),
        Binding("c", "copy('text')"),
        Binding("s", "subagents"),
        Binding("R", "app.resume"),
    ]

    def __init__(self, desk: Desk, text: str, filters: asking.Filters) -> None:
        """Take who answers, and what is sought at first."""
        super().__init__()
        self._desk = desk
        self.text = text
        self.filters = filters
        self._chosen = asking.Chosen((), ())
        self._settling: dict[str, Timer] = {}
        self._previewed: tuple[str, int | None, str] | None = None
        self._keeps = False
        self._notes: tuple[str, ...] = ()
        self._service_runs = True
        self._mark = ""

    def compose(self) -> ComposeResult:
        """Lay out."""
        with Container(id="ask"):
            yield Line(((" ❯ ", "key"),), id="prompt")
            field = Input(
                self.text, placeholder='words, "phrases", project:NAME …', compact=True, select_on_focus=False
            )
            field.cursor_blink = False
            yield field
            yield Line(id="count")
        yield Line(id="filters")
        with Container(id="body"):
            yield Hits()
            with Container(id="below"):
                yield Line(id="head")
                yield Session(id="preview")
        yield Line(id="notes")
        yield Line(id="keys")

    def on_mount(self) -> None:
        """Begin: the store is asked once the first picture stands."""
        self.set_focus(self.query_one(Input))
        self._show_filters()
        self.say()
        self.call_after_refresh(self.ask)

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout that fits."""
        width, height = event.size
        self.set_class(width >= _WIDE, "-wide")
        self.set_class(width < _NARROW, "-narrow")
        self.set_class(width < _WIDE and height < _TALL, "-low")
        self._show_filters()
        self.say()

    # ── asking ──

    def ask(self, *, keep: bool = False) -> None:
        """Ask for what the words and filters say; `keep`: the chosen session stays chosen."""
        self._keeps = keep
        self._desk.forget(NEXT)
        self._desk.ask(asking.Find(self.text, self.filters))

    def _settle(self, name: str, then: str) -> None:
        """Call a method once nothing has asked for it for a moment."""
        if name in self._settling:
            self._settling[name].stop()
        self._settling[name] = self.set_timer(SETTLE_S, getattr(self, then))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search for what is typed, once typing rests."""
        event.stop()
        self.text = event.value
        self._settle("find", "ask")

    def on_hits_wanted(self) -> None:
        """Ask for the next page of the list."""
        after = self.query_one(Hits).listing.next
        if after is not None:
            self._desk.ask(asking.Find(self.text, self.filters, after, NEXT))

    def on_hits_chosen(self) -> None:
        """Preview another session, once choosing rests."""
        self._settle("preview", "preview")

    def preview(self) -> None:
        """Ask for the session that is chosen, at its hit."""
        item = self.query_one(Hits).listing.chosen
        wanted = None if item is None else (item.session, item.position, self.text)
        if wanted == self._previewed or item is None:
            return
        self._previewed = wanted
        self._desk.forget(PREVIEW_PAGES)
        self._desk.ask(asking.Open(item.session, item.position, self.text, PREVIEW))

    def on_session_page_wanted(self, event: Session.PageWanted) -> None:
        """Ask for a page of the preview."""
        event.stop()
        if self._previewed is not None:
            session, _, text = self._previewed
            self._desk.ask(asking.More(session, event.wanted.side, event.wanted.position, text, PREVIEW_PAGES))

    def on_hits_opened(self, message: Hits.Opened) -> None:
        """Open a session where its hit is."""
        message.stop()
        self.open(message.item)

    def open(self, item: asking.Item) -> None:
        """Open a session where its hit is."""
        self.app.push_screen(Reading(self._desk, item.session, item.position, self.text))

    # ── answers ──

    def take(self, question: asking.Question, answer: asking.Answer) -> None:
        """Take an answer of one of this screen's lanes."""
        if isinstance(answer, asking.Found):
            self._take_found(question.lane, answer)
        elif isinstance(answer, asking.Failure):
            self._take_failure(question.lane, answer)
        elif isinstance(answer, asking.Opened):
            pane = self.query_one("#preview", Session)
            pane.window.fill(answer.entries, at=answer.position, last=answer.last)
            self.query_one("#head", Line).show((f" {answer.cite} ", "title"), (f" {answer.title}", "dim"))
            pane.arrived()
        elif isinstance(answer, asking.Page):
            pane = self.query_one("#preview", Session)
            pane.window.add(answer.side, answer.entries, last=answer.last)
            pane.arrived()
        elif isinstance(answer, asking.Chosen):
            self._chosen = answer

    def _take_found(self, lane: str, answer: asking.Found) -> None:
        hits = self.query_one(Hits)
        if lane == NEXT:
            hits.listing.extend(answer)
            hits.changed(chosen=False)
            return
        hits.said = () if answer.items else self._nothing()
        hits.listing.fill(answer, keep=self._keeps)
        hits.changed()
        if not answer.items:
            self._previewed = None
            self._desk.forget(PREVIEW)
            self._empty_preview()
        count = "" if answer.total is None else f"{answer.total:,} message{'' if answer.total == 1 else 's'}"
        self.query_one("#count", Line).show((count.rjust(23), "dim"))
        self._notes = answer.notes
        self._show_notes()

    def _take_failure(self, lane: str, answer: asking.Failure) -> None:
        if lane == FIND:
            hits = self.query_one(Hits)
            hits.said = (answer.message, answer.hint)
            hits.listing.fill(asking.Found((), None, None, ()))
            hits.changed(chosen=False)
            self._previewed = None
            self._empty_preview()
        else:
            self.query_one("#preview", Session).failed()
            self.say(f"{answer.message} {answer.hint}")

    def _nothing(self) -> tuple[str, ...]:
        if self.filters.parent is not None:
            return ("This session has no sub-agents.", "s goes back.")
        if not self.text.strip() and self.filters == asking.Filters():
            return ("There is nothing in the memory yet.", "`simple-memory status` tells why.")
        narrow = "" if self.filters == asking.Filters() else "; x looks through everything"
        return ("Nothing found.", f"Fewer words, other words or a prefix* may find it{narrow}.")

    def _empty_preview(self) -> None:
        pane = self.query_one("#preview", Session)
        pane.window.fill((), at=None, last=-1)
        pane.refresh()
        self.query_one("#head", Line).show()

    def seen(self, answer: asking.Seen) -> None:
        """Take note of what there is now; what has come is searched too."""
        self._service_runs = answer.service_runs
        self._show_notes()
        if self._mark and answer.mark != self._mark:
            self.ask(keep=True)
        self._mark = answer.mark

    # ── lines ──

    def say(self, sentence: str = "") -> None:
        """Show a sentence at the bottom, or the keys."""
        width = self.app.size.width
        known = keys.TYPING if isinstance(self.focused, Input) or self.focused is None else keys.LIST
        if sentence:
            self.query_one("#keys", Line).tell(sentence, width)
        else:
            self.query_one("#keys", Line).show(*keys.line(known, width))

    def on_descendant_focus(self) -> None:
        """Tell the keys of what has the focus now."""
        self.say()

    def _show_notes(self) -> None:
        notes = list(self._notes)
        if not self._service_runs:
            notes.append("The service is stopped; `simple-memory start --daemon` reads new lines.")
        line = self.query_one("#notes", Line)
        line.set_class(bool(notes), "-some")
        line.show((" " + wrapping.crop(" ".join(notes), self.app.size.width - 2), "warning"))

    def _show_filters(self) -> None:
        filters = self.filters
        if filters.parent is not None:
            self.query_one("#filters", Line).show((" the sub-agents of one session  ", "key"), ("s goes back", "dim"))
            return
        project = filters.project.rpartition("/")[2] if filters.project else None
        values = (project, filters.agent, filters.role, filters.scope, filters.since)
        pieces: list[tuple[str, str]] = []
        for name, value in zip(_FILTERS, values, strict=True):
            pieces += [
                (f" {name} ", "dim"),
                (f"{wrapping.crop(value, 18) if value else 'all'} ", "key" if value else ""),
            ]
        self.query_one("#filters", Line).show(*pieces)

    def on_click(self, event: events.Click) -> None:
        """Change the filter that was clicked."""
        if event.widget is not self.query_one("#filters", Line):
            return
        number = self.query_one("#filters", Line).piece_at(event.x)
        if number is None or self.filters.parent is not None:
            return
        name = _FILTERS[number // 2]
        if name == "project":
            self.action_project()
        else:
            self.action_next_filter("scope" if name == "in" else name)

    # ── keys ──

    def action_back(self) -> None:
        """One step back: to the words, to none, out."""
        field = self.query_one(Input)
        if self.filters.parent is not None:
            self.action_subagents()
        elif self.focused is not field:
            self.set_focus(field)
        elif field.value:
            field.value = ""
        else:
            self.app.exit()

    def action_onward(self, direction: int) -> None:
        """Go from the words to the list to the preview, and on."""
        stops: list[Input | Hits | Session] = [self.query_one(Input), self.query_one(Hits)]
        if self.query_one("#below").display and not self.has_class("-low"):
            stops.append(self.query_one("#preview", Session))
        at = next((number for number, stop in enumerate(stops) if stop is self.focused), 0)
        self.set_focus(stops[(at + direction) % len(stops)])

    def action_words(self) -> None:
        """Go to the words."""
        self.set_focus(self.query_one(Input))

    def action_move(self, items: int) -> None:
        """Choose another session, while the words keep the focus."""
        self.query_one(Hits).action_move(items)

    def action_screens(self, screens: int) -> None:
        """The same, some screens away."""
        self.query_one(Hits).action_screens(screens)

    def action_enter(self) -> None:
        """Open what is chosen; in the preview, unfold what is pointed at."""
        if isinstance(self.focused, Session):
            self.focused.action_unfold()
        elif (item := self.query_one(Hits).listing.chosen) is not None:
            self.open(item)

    def action_next_filter(self, name: str) -> None:
        """Go to the next value of a filter."""
        values = {
            "agent": (None, *self._chosen.agents),
            "role": asking.ROLES,
            "scope": asking.SCOPES,
            "since": asking.SINCE,
        }[name]
        self._filter(self.filters._replace(**{name: asking.following(values, getattr(self.filters, name))}))

    def action_project(self) -> None:
        """Choose a project."""

        def take(project: str | None) -> None:
            if project is not None:
                self._filter(self.filters._replace(project=project or None))

        self.app.push_screen(Choice(self._chosen.projects), take)

    def action_no_filters(self) -> None:
        """Look through everything again."""
        self._filter(asking.Filters())

    def action_subagents(self) -> None:
        """List the sub-agents of the chosen session, or go back from them."""
        item = self.query_one(Hits).listing.chosen
        if self.filters.parent is not None:
            self._filter(self.filters._replace(parent=None))
        elif item is not None:
            self.list_subagents(item.session)

    def list_subagents(self, session: str) -> None:
        """List the sub-agents of a session."""
        self.set_focus(self.query_one(Hits))
        self._filter(self.filters._replace(parent=session))

    def _filter(self, filters: asking.Filters) -> None:
        self.filters = filters
        self._show_filters()
        self.ask()

    def action_copy(self, what: str) -> None:
        """Copy the citation, the id, or the passage of what is chosen."""
        item = self.query_one(Hits).listing.chosen
        if item is None:
            return
        passage = item.snippet.replace("\x02", "").replace("\x03", "") or item.title
        text = {"citation": item.cite, "id": item.session, "text": passage}[what]
        self.say(copying.copy(self.app, text, "the passage" if what == "text" else text))

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(Help())

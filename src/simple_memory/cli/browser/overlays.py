"""What stands over a screen for a moment: the help, and the choice of a project."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from simple_memory.cli.browser import keys, look, wrapping
from simple_memory.cli.browser.panes import Line


class Rows(Widget, can_focus=True):
    """Lines in pieces that scroll; one of them may be chosen."""

    DEFAULT_CSS = "Rows { height: 1fr; width: 1fr; }"
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)"),
        Binding("up,k", "move(-1)"),
        Binding("pagedown,space", "move(10)"),
        Binding("pageup,b", "move(-10)"),
    ]

    def __init__(self, *, chooses: bool) -> None:
        """Begin empty. `chooses`: a line is chosen, and moving moves it; else moving scrolls."""
        super().__init__()
        self.rows: list[tuple[tuple[str, str], ...]] = []
        self.chosen = 0
        self._chooses = chooses
        self._top = 0

    def show(self, rows: list[tuple[tuple[str, str], ...]]) -> None:
        """Show other lines, from the first on."""
        self.rows, self.chosen, self._top = rows, 0, 0
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw."""
        at = self._top + y
        if at >= len(self.rows):
            return look.strip((), self.size.width)
        over = "chosen" if self._chooses and at == self.chosen else ""
        return look.strip(self.rows[at], self.size.width, over=over)

    def action_move(self, lines: int) -> None:
        """Choose another line, or scroll."""
        height = max(1, self.size.height)
        if self._chooses:
            self.chosen = max(0, min(self.chosen + lines, len(self.rows) - 1))
            self._top = max(min(self._top, self.chosen), self.chosen - height + 1)
        else:
            self._top = max(0, min(self._top + lines, len(self.rows) - height))
        self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll."""
        event.stop()
        self.action_move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll."""
        event.stop()
        self.action_move(-3)

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked."""
        if self._chooses and self._top + event.y < len(self.rows):
            event.stop()
            self.chosen = self._top + event.y
            self.refresh()
            self.screen.post_message(Input.Submitted(self.screen.query_one(Input), ""))


class Help(ModalScreen[None]):
    """The keys."""

    DEFAULT_CSS = """
    Help { background: ansi_default; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,f1,enter", "dismiss")]

    def compose(self) -> ComposeResult:
        """Lay out."""
        yield Rows(chooses=False)
        yield Line(((" ↑↓", "key"), (" scroll  ", "dim"), ("Esc", "key"), (" back", "dim")))

    def on_mount(self) -> None:
        """Show the keys."""
        rows = self.query_one(Rows)
        rows.show(keys.help_lines())
        self.set_focus(rows)

    async def action_dismiss(self, result: None = None) -> None:
        """Go back."""
        self.dismiss(result)


class Choice(ModalScreen[str | None]):
    """Choose a project by typing a part of its name; gives its directory, "" for all of them, None for no change."""

    DEFAULT_CSS = """
    Choice { background: ansi_default; }
    Choice Input { height: 1; border: none; padding: 0 1; background: ansi_default; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave"),
        Binding("down", "move(1)"),
        Binding("up", "move(-1)"),
        Binding("pagedown", "move(10)"),
        Binding("pageup", "move(-10)"),
    ]

    def __init__(self, projects: tuple[tuple[str, str, str], ...]) -> None:
        """Take the projects: directory, name, and how many sessions."""
        super().__init__()
        self._projects = projects
        self._shown: list[str] = []

    def compose(self) -> ComposeResult:
        """Lay out."""
        field = Input(placeholder="part of a project's name", compact=True)
        field.cursor_blink = False
        yield field
        yield Rows(chooses=True)
        yield Line(
            (
                (" ↑↓", "key"),
                (" choose  ", "dim"),
                ("Enter", "key"),
                (" take it  ", "dim"),
                ("Esc", "key"),
                (" back", "dim"),
            )
        )

    def on_mount(self) -> None:
        """Show all."""
        self.query_one(Rows).can_focus = False
        self.set_focus(self.query_one(Input))
        self._narrow("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits what was typed."""
        self._narrow(event.value)

    def _narrow(self, text: str) -> None:
        wanted = text.casefold().split()
        fitting = [row for row in self._projects if all(word in row[0].casefold() for word in wanted)]
        self._shown = [*([] if wanted else [""]), *(row[0] for row in fitting)]
        every: list[tuple[tuple[str, str], ...]] = [] if wanted else [((" all projects", ""),)]
        width = self.app.size.width
        rows = [
            ((f" {wrapping.crop(name, width // 2)}  ", "title"), (f"{amount}  {path}", "dim"))
            for path, name, amount in _safe(fitting)
        ]
        self.query_one(Rows).show([*every, *rows])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the chosen project."""
        event.stop()
        if self._shown:
            self.dismiss(self._shown[self.query_one(Rows).chosen])

    def action_move(self, lines: int) -> None:
        """Choose another line."""
        self.query_one(Rows).action_move(lines)

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)


def _safe(projects: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    from simple_memory.cli import output

    return [(output.safe(path), name, amount) for path, name, amount in projects]

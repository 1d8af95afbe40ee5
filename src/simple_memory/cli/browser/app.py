"""The browser as a whole: its screens, the desk that answers them, and how it is left."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message

from simple_memory import config
from simple_memory.cli.browser import asking, reading
from simple_memory.cli.browser.desk import Desk
from simple_memory.cli.browser.finding import Finding
from simple_memory.cli.browser.panes import Hits
from simple_memory.cli.browser.reading import Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simple_memory.cli.resume import Resumption

WATCH_S = 1.0
"""How often it is asked whether anything is new; a few rows, and nothing is drawn where nothing is."""


class Delivered(Message):
    """An answer has come from the desk."""

    def __init__(self, question: asking.Question, answer: asking.Answer) -> None:
        """Take both."""
        super().__init__()
        self.question = question
        self.answer = answer


class Browser(App["Resumption | None"]):
    """The full-screen browser; ends with how a session is to be resumed, or None."""

    TITLE = "simple-memory"
    CSS = """
    Input:ansi > .input--cursor { color: ansi_default; background: ansi_default; text-style: reverse; }
    Input:ansi > .input--selection { color: ansi_default; background: ansi_default; text-style: reverse; }
    """
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "quit", priority=True),
        Binding("ctrl+q", "quit", priority=True),
    ]

    def __init__(
        self, home: config.Home, *, text: str = "", filters: asking.Filters | None = None, reveal: bool = False
    ) -> None:
        """Take the home, and what is sought at first. Nothing is opened before the first picture stands."""
        super().__init__(ansi_color=True)
        self.animation_level = "none"
        self.desk = Desk(home, self._deliver, reveal=reveal)
        self._finding = Finding(self.desk, text, filters or asking.Filters())
        self._resumption: Resumption | None = None

    def on_mount(self) -> None:
        """Show the first screen; the desk begins once it stands."""
        self.theme = "ansi-dark"
        self.push_screen(self._finding)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.desk.ask(asking.Choices())
        self.watch_store()
        self.desk.start()
        self.set_interval(WATCH_S, self.watch_store)

    def watch_store(self) -> None:
        """Ask whether anything is new."""
        session = self.screen.session_id if isinstance(self.screen, Reading) else None
        self.desk.ask(asking.Watch(session))

    def on_unmount(self) -> None:
        """End the desk."""
        self.desk.close()

    def _deliver(self, question: asking.Question, answer: asking.Answer) -> None:
        self.post_message(Delivered(question, answer))

    def on_delivered(self, message: Delivered) -> None:
        """Hand an answer to the screen that asked, unless something else was asked since or the screens are closing."""
        question, answer = message.question, message.answer
        if not self.is_running or not self.desk.is_latest(question):
            return
        if isinstance(question, asking.Resume):
            self._take_resumption(answer)
        elif isinstance(question, asking.Watch):
            if isinstance(answer, asking.Seen):
                self._finding.seen(answer)
                for screen in self._open_sessions():
                    screen.seen(answer)
        elif question.lane in {reading.LANE, reading.PAGES}:
            for screen in self._open_sessions():
                screen.take(answer)
        else:
            self._finding.take(question, answer)

    def _open_sessions(self) -> list[Reading]:
        return [screen for screen in self.screen_stack if isinstance(screen, Reading)]

    def list_subagents(self, session: str) -> None:
        """List the sub-agents of a session on the first screen."""
        self._finding.list_subagents(session)

    def on_key(self, event: events.Key) -> None:
        """Forget how to resume when any other key is pressed."""
        if event.key != "R" and self._resumption is not None:
            self._resumption = None

    # ── resuming ──

    def action_resume(self) -> None:
        """Tell how the agent resumes the session; the second time, leave and do it."""
        session = self._session()
        if self._resumption is not None and session in {self._resumption.asked, self._resumption.session}:
            self.exit(self._resumption)
        elif session is not None:
            self.desk.ask(asking.Resume(session))

    def _session(self) -> str | None:
        if isinstance(self.screen, Reading):
            return self.screen.session_id
        item = self._finding.query_one(Hits).listing.chosen
        return item.session if item else None

    def _take_resumption(self, answer: asking.Answer) -> None:
        from simple_memory.cli import output, resume

        if isinstance(answer, asking.Failure):
            self._say(f"{answer.message} {answer.hint}")
        elif isinstance(answer, resume.Resumption):
            if answer.problems:
                self._say(output.safe(f"{answer.problems[0].message} {answer.problems[0].hint}"))
                return
            self._resumption = answer
            self._say(f"R again leaves and runs: {output.safe(answer.shell)}")

    def _say(self, sentence: str) -> None:
        if isinstance(self.screen, Reading | Finding):
            self.screen.say(sentence)

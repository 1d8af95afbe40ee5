"""A thread that asks the store, so that the keys never wait for it; only the last question of each lane is answered.

It holds the one connection and the one open index of the browser. What it reads is made safe here (answers.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from simple_memory import config, errors
from simple_memory.cli.browser import asking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simple_memory.cli.browser.answers import Answers

Deliver = Callable[[asking.Question, "asking.Answer"], None]
"""Takes a question and its answer, in the desk's thread."""


class Desk:
    """Answers questions in the order of their lanes' first asking. Use it as: make, start, ask …, close."""

    def __init__(self, home: config.Home, deliver: Deliver, *, reveal: bool = False) -> None:
        """Take the home and who gets the answers. Nothing is opened or loaded yet."""
        self._home = home
        self._deliver = deliver
        self._reveal = reveal
        self._waiting: dict[str, asking.Question] = {}
        self._latest: dict[str, asking.Question] = {}
        self._changed = threading.Condition()
        self._ends = False
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def ask(self, question: asking.Question) -> None:
        """Put a question; one of the same lane that is not answered yet is forgotten."""
        with self._changed:
            self._waiting[question.lane] = question
            self._latest[question.lane] = question
            self._changed.notify()

    def is_latest(self, question: asking.Question) -> bool:
        """Return whether no other question of that lane was put since; an answer to any other is stale."""
        with self._changed:
            return self._latest.get(question.lane) is question

    def forget(self, lane: str) -> None:
        """Want no answer in that lane any more."""
        with self._changed:
            self._waiting.pop(lane, None)
            self._latest.pop(lane, None)

    def close(self, seconds: float = 2.0) -> None:
        """End the thread; a question that is being answered gets `seconds`."""
        with self._changed:
            self._ends = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        from simple_memory.cli.browser.answers import Answers

        answers = Answers(self._home, reveal=self._reveal)
        try:
            while (question := self._next()) is not None:
                answer = _answer(answers, question)
                if self.is_latest(question) and not self._ends:
                    self._deliver(question, answer)
        finally:
            answers.close()

    def _next(self) -> asking.Question | None:
        with self._changed:
            while not self._waiting and not self._ends:
                self._changed.wait()
            if self._ends:
                return None
            return self._waiting.pop(next(iter(self._waiting)))


def _answer(answers: Answers, question: asking.Question) -> asking.Answer:
    try:
        return answers.answer(question)
    except errors.SimpleMemoryError as error:
        return asking.Failure(error.message, error.hint)
    except Exception as error:  # the outermost loop of this thread: a fault is told on the screen, not lost with it
        answers.close()
        return asking.Failure(f"Simple Memory has a fault: {error!r}.", "Please report it.")

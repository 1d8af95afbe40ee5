"""The thread that asks: the last question of a lane is the one that is answered, and no fault ends it."""

from __future__ import annotations

import queue
import threading
from typing import Any

import pytest

from simple_memory import config, errors
from simple_memory.cli.browser import answers, asking
from simple_memory.cli.browser.desk import Desk
from tests import worlds

NOTHING = asking.Found((), 0, None, ())


class Oracle:
    """Answers in the place of the store; the first question waits until it is let go."""

    def __init__(self, home: config.Home, *, reveal: bool = False) -> None:
        self.asked: list[str] = []

    def answer(self, question: Any) -> asking.Found:
        self.asked.append(question.text)
        asked.put(question.text)
        if question.text == "slow":
            assert go_on.wait(worlds.BOUND_S)
        if question.text == "missing":
            raise errors.StoreMissing("There is none.", "Make one.")
        if question.text == "fault":
            raise ZeroDivisionError
        return NOTHING

    def close(self) -> None:
        """Nothing to close."""


asked: queue.Queue[str] = queue.Queue()
go_on = threading.Event()


@pytest.fixture
def desk(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a desk before an oracle, and where its answers come."""
    asked.queue.clear()
    go_on.clear()
    monkeypatch.setattr(answers, "Answers", Oracle)
    delivered: queue.Queue[tuple[Any, Any]] = queue.Queue()
    made = Desk(config.Home(str(tmp_path)), lambda question, answer: delivered.put((question, answer)))
    made.start()
    yield made, delivered
    go_on.set()
    made.close()


def find(text: str, lane: str = "find") -> asking.Find:
    return asking.Find(text, asking.Filters(), lane=lane)


def test_what_was_typed_meanwhile_is_asked_once_and_the_stale_answer_is_dropped(desk: Any) -> None:
    made, delivered = desk
    made.ask(find("slow"))
    assert asked.get(timeout=worlds.BOUND_S) == "slow"
    for text in ("a", "ab", "abc"):
        made.ask(find(text))
    go_on.set()

    question, answer = delivered.get(timeout=worlds.BOUND_S)

    assert (question.text, answer) == ("abc", NOTHING)
    assert asked.get(timeout=worlds.BOUND_S) == "abc"
    assert asked.empty()


def test_lanes_do_not_replace_each_other(desk: Any) -> None:
    made, delivered = desk
    made.ask(find("slow"))
    assert asked.get(timeout=worlds.BOUND_S) == "slow"
    made.ask(find("preview", "preview"))
    go_on.set()

    got = {delivered.get(timeout=worlds.BOUND_S)[0].text for _ in range(2)}

    assert got == {"slow", "preview"}


def test_an_answer_that_nobody_wants_any_more_is_not_delivered(desk: Any) -> None:
    made, delivered = desk
    made.ask(find("slow"))
    assert asked.get(timeout=worlds.BOUND_S) == "slow"
    made.forget("find")
    made.ask(find("after", "other"))
    go_on.set()

    assert delivered.get(timeout=worlds.BOUND_S)[0].text == "after"


def test_errors_and_faults_are_answers_and_the_desk_goes_on(desk: Any) -> None:
    made, delivered = desk
    told = []
    for text in ("missing", "fault", "fine"):
        made.ask(find(text))
        told.append(delivered.get(timeout=worlds.BOUND_S)[1])

    assert told[0] == asking.Failure("There is none.", "Make one.")
    assert "ZeroDivisionError" in told[1].message
    assert told[2] == NOTHING

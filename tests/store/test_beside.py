"""A thread beside: it runs while its owner goes on, and nobody goes on before it has ended."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from simple_memory.store import beside

BOUND_S = 30.0


@pytest.fixture
def one() -> Iterator[beside.Beside]:
    made = beside.Beside("test")
    yield made
    made.close()


def test_both_run_at_the_same_time(one: beside.Beside) -> None:
    asked, answered = threading.Event(), threading.Event()

    def work() -> None:
        assert asked.wait(BOUND_S)
        answered.set()

    with one.doing(work):
        asked.set()
        assert answered.wait(BOUND_S)


def test_what_the_work_raised_is_raised_after_the_block(one: beside.Beside) -> None:
    done = []

    def work() -> None:
        raise ValueError("of the work")

    with pytest.raises(ValueError, match="of the work"), one.doing(work):
        done.append("block")
    assert done == ["block"]


def test_the_work_has_ended_also_where_the_block_raises(one: beside.Beside) -> None:
    begun, done = threading.Event(), []

    def work() -> None:
        assert begun.wait(BOUND_S)
        done.append("work")

    def fail() -> None:
        begun.set()
        raise ValueError("of the block")

    with pytest.raises(ValueError, match="of the block"), one.doing(work):
        fail()
    assert done == ["work"]


def test_one_that_did_nothing_can_be_closed_and_one_that_was_closed_can_be_used() -> None:
    made = beside.Beside("test")
    made.close()
    done = []
    with made.doing(lambda: done.append("work")):
        pass
    made.close()
    assert done == ["work"]

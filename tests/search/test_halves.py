"""A large index is asked in two halves, and answers as it would in one go."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import cast

import pytest
import tantivy

from simple_memory.search import halves, matching, query
from simple_memory.store import index
from tests.store.memory import Memory


@pytest.fixture
def in_segments(memory: Memory) -> list[int]:
    """Messages of two words in different numbers, in four segments; their ids."""
    made: list[int] = []
    for part in range(4):
        session = memory.session(f"session-{part}")
        texts = ["cart " * (1 + number % 7) + "total " * ((part * 30 + number) % 11) for number in range(30)]
        made.extend(memory.say(session, text) for text in texts)
        memory.index()
    return made


def asking(memory: Memory, text: str, split: int | None) -> halves.Asking:
    searcher, schema = index.IndexReader(memory.home.index).searcher()
    matched = matching.Matcher(searcher, schema, matching.Conditions()).build(query.parse(text))
    return halves.Asking(searcher, schema, matched.query, matched.by_time, split)


def best(asked: halves.Asking, limit: int, offset: int = 0) -> tuple[int, list[tuple[float, int, int]]]:
    total, hits = asked.best(limit, offset)
    return total, [(score, place.segment_ord, place.doc) for score, place in hits]


@pytest.mark.parametrize("text", ["cart", "cart total", '"cart total"', "car*", "*art*", "cart -total", ""])
@pytest.mark.parametrize("offset", [0, 7])
def test_two_halves_answer_as_the_whole_does(text: str, offset: int, memory: Memory, in_segments: list[int]) -> None:
    whole = best(asking(memory, text, None), 20, offset)

    for split in (in_segments[29], in_segments[45], 0, in_segments[-1]):
        assert best(asking(memory, text, split), 20, offset) == whole
    assert whole[0]


def test_an_error_in_the_other_half_is_raised(memory: Memory, in_segments: list[int]) -> None:
    asked = asking(memory, "cart", in_segments[59])

    with pytest.raises(ValueError, match="in the thread"):
        asked._replace(searcher=cast("tantivy.Searcher", _Failing(asked.searcher))).best(5)


def test_where_there_can_be_no_thread_the_halves_are_asked_one_after_the_other(
    memory: Memory, in_segments: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = best(asking(memory, "cart", None), 9)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)

    assert best(asking(memory, "cart", in_segments[59]), 9) == whole


def test_the_index_is_halved_where_a_segment_begins(memory: Memory, in_segments: list[int]) -> None:
    searcher, _ = index.IndexReader(memory.home.index).searcher()

    place = halves.split(searcher, in_segments[-1], halves.HEAVY, is_idle=lambda: True)

    assert place in {in_segments[29], in_segments[59], in_segments[89]}


def test_what_costs_little_is_asked_in_one_go_and_everything_on_a_busy_machine(
    memory: Memory, in_segments: list[int]
) -> None:
    searcher, _ = index.IndexReader(memory.home.index).searcher()
    newest = in_segments[-1]

    assert halves.split(searcher, newest, halves.HEAVY - 1, is_idle=lambda: True) is None
    assert halves.split(searcher, newest, halves.HEAVY, is_idle=lambda: False) is None
    assert halves.split(searcher, newest * 9, halves.HEAVY, is_idle=lambda: True) is None  # would be no half


def test_what_runs_now_is_told_by_the_system_or_else_what_ran_of_late(tmp_path: Path) -> None:
    told = tmp_path / "loadavg"
    told.write_text("9.99 8.88 7.77 3/154 10241\n")

    assert halves.running(str(told)) == 3
    told.write_text("9.99\n")
    assert halves.running(str(told)) == pytest.approx(os.getloadavg()[0], abs=5)
    assert halves.running(str(tmp_path / "none")) == pytest.approx(os.getloadavg()[0], abs=5)


class _Failing:
    """A searcher that fails in any thread but the one that made it."""

    def __init__(self, searcher: object) -> None:
        self._searcher = searcher
        self._home = threading.get_ident()

    def search(self, *given: object, **more: object) -> object:
        if threading.get_ident() != self._home:
            raise ValueError("in the thread")
        return self._searcher.search(*given, **more)  # type: ignore[attr-defined]

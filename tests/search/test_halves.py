"""A large index is asked in two halves, and answers as it would in one go."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
import tantivy

from simple_memory.search import halves, matching, query
from simple_memory.store import index, segments
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
    return halves.Asking(searcher, schema, matched.query, matched.by_time, split, matched.is_plain)


def best(asked: halves.Asking, limit: int, offset: int = 0) -> tuple[int, list[tuple[float, int, int]]]:
    total, hits = asked.best(limit, offset)
    return total, [(score, place.segment_ord, place.doc) for score, place in hits]


@pytest.mark.parametrize("text", ["cart", "cart total", '"cart total"', "car*", "*art*", "cart -total", ""])
@pytest.mark.parametrize("offset", [0, 7])
def test_two_halves_answer_as_the_whole_does(text: str, offset: int, memory: Memory, in_segments: list[int]) -> None:
    whole = best(asking(memory, text, None), 20, offset)

    for split in (in_segments[29], in_segments[45], 0, in_segments[-1]):
        halved = asking(memory, text, split)
        for is_plain in (False, True):
            assert best(halved._replace(is_plain=is_plain), 20, offset) == whole
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


def spans(*known: tuple[int, int, int]) -> Callable[[], list[segments.Span]]:
    return lambda: [segments.Span(*each) for each in known]


def split(known: Callable[[], list[segments.Span]], weight: int, *, is_plain: bool = False) -> int | None:
    return halves.split(known, weight, is_plain=is_plain, is_idle=lambda: True)


def test_the_index_is_halved_where_a_segment_ends_so_that_the_larger_half_is_smallest() -> None:
    known = spans((500, 1, 600), (100, 601, 700), (400, 701, 1100))

    assert split(known, halves.WORTH * 4) == 600


def test_it_is_not_halved_where_the_larger_half_would_save_too_little() -> None:
    beside = spans((500, 1, 500), (500, 501, 1000))

    assert split(beside, 2 * halves.WORTH) == 500
    assert split(beside, 2 * halves.WORTH - 1) is None
    assert split(spans((900, 1, 900), (100, 901, 1000)), halves.WORTH * 4) is None
    assert split(spans((1000, 1, 1000)), halves.WORTH * 100) is None
    assert split(spans(), halves.WORTH * 100) is None


def test_a_segment_that_lies_in_both_halves_costs_both() -> None:
    mixed = spans((500, 100, 1000), (250, 1, 300), (250, 700, 1100))

    assert split(mixed, halves.WORTH * 10) == 300
    assert split(mixed, halves.WORTH * 10, is_plain=True) is None


def test_on_a_busy_machine_nothing_is_halved_and_no_segment_looked_at() -> None:
    def refuse() -> list[segments.Span]:
        raise AssertionError

    assert halves.split(refuse, halves.WORTH * 100, is_idle=lambda: False) is None
    assert halves.split(refuse, halves.WORTH, is_idle=lambda: True) is None


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

"""Asking a large index in two halves side by side, and putting their answers together; not what is asked.

The engine looks through the index on one core, and lets go of the interpreter meanwhile: a thread can look through the
other half. The halves are the messages up to an id and those after it; most segments lie in one half, because they were
written in the order of ids.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from simple_memory.records import NamedTuple
from simple_memory.store import index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import tantivy

HEAVY = 1_000_000
"""Places of words that a question must look at before it is halved: those take 8 ms. Both halves take 1.4 × the CPU."""
_EVEN = 0.25
"""A half holds this share of the messages at least, or the index is asked in one go."""


class _Beside:
    """Something that is done in a thread of its own; where there can be none, when its result is asked for."""

    def __init__(self, work: Callable[[], Found]) -> None:
        self._work = work
        self._found: Found | None = None
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = threading.Thread(target=self._run, daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # no more threads: a sandbox
            self._thread = None

    def _run(self) -> None:
        try:
            self._found = self._work()
        except BaseException as error:  # raised where the result is asked for
            self._error = error

    def join(self) -> None:
        if self._thread is not None:
            self._thread.join()

    def result(self) -> Found:
        if self._thread is None:
            return self._work()
        if self._found is None:
            raise self._error or RuntimeError("nothing was found, and nothing failed")
        return self._found


class Found(NamedTuple):
    """How many messages match, and the best of them: (score or time, where the engine has it), best first."""

    total: int
    hits: list[tuple[Any, tantivy.DocAddress]]


class Asking(NamedTuple):
    """One question to one state of the index; `by_time`: the newest are the best. `split`: where it is halved."""

    searcher: tantivy.Searcher
    schema: tantivy.Schema
    query: tantivy.Query
    by_time: bool = False
    split: int | None = None

    def best(self, limit: int, offset: int = 0) -> Found:
        """Return the best `limit` matches from `offset` on."""
        if self.split is None:
            return self._ask(self.query, limit, offset)
        lower, upper = self._halved(self.split)
        first, second = self._side_by_side(lower, upper, offset + limit)
        every = sorted([*first.hits, *second.hits], key=_rank)
        return Found(first.total + second.total, every[offset : offset + limit])

    def _ask(self, query: tantivy.Query, limit: int, offset: int = 0) -> Found:
        result: Any  # the stub leaves `count` out
        if self.by_time:
            result = self.searcher.search(query, limit, count=True, offset=offset, order_by_field=index.TIME)
        else:
            result = self.searcher.search(query, limit, count=True, offset=offset)
        return Found(int(result.count), result.hits)

    def _halved(self, split: int) -> list[tantivy.Query]:
        import tantivy

        kind = tantivy.FieldType.Unsigned
        after = tantivy.Query.range_query(self.schema, index.ID, kind, lower_bound=split, include_lower=False)
        up_to = tantivy.Query.range_query(self.schema, index.ID, kind, upper_bound=split)
        must, never = tantivy.Occur.Must, tantivy.Occur.MustNot  # refusing costs less than demanding
        return [tantivy.Query.boolean_query([(must, self.query), (never, other)]) for other in (after, up_to)]

    def _side_by_side(self, one: tantivy.Query, other: tantivy.Query, limit: int) -> tuple[Found, Found]:
        beside = _Beside(lambda: self._ask(other, limit))
        try:
            found = self._ask(one, limit)
        finally:
            beside.join()
        return found, beside.result()


def _rank(hit: tuple[Any, tantivy.DocAddress]) -> tuple[Any, int, int]:
    """Return what a hit is ordered by: equals by where they stand, as in the whole, so that pages go on alike."""
    worth, place = hit
    return -worth, place.segment_ord, place.doc


def has_idle_core() -> bool:
    """Return whether a second thread would find a core: on a busy machine two halves take longer than the whole."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores > 1 and running() < cores


def running(load: str = "/proc/loadavg") -> float:
    """Return how many threads of all programs run or wait for a core: now, or of late where the system tells no more.

    `load` is the file in which Linux tells it, after the means.
    """
    try:
        with open(load, encoding="ascii") as file:
            return int(file.read().split()[3].partition("/")[0])
    except (OSError, ValueError, IndexError):
        return os.getloadavg()[0]


def split(
    searcher: tantivy.Searcher, newest: int, weight: int, *, is_idle: Callable[[], bool] = has_idle_core
) -> int | None:
    """Return the id up to which the first half goes; None where the index is better asked in one go.

    `newest` is the largest id there is, `weight` how many places of words must be looked at, about. `is_idle` says
    whether there is a core for the other half.
    """
    if weight < HEAVY or searcher.num_segments < 2 or not is_idle():
        return None
    import tantivy

    firsts = [tantivy.DocAddress(number, 0) for number in range(searcher.num_segments)]
    begun: list[Any] = searcher.fast_field_values(index.ID, firsts)
    place = min((id_ - 1 for id_ in begun if id_), key=lambda id_: abs(id_ - newest / 2), default=0)
    return place if _EVEN <= place / max(1, newest) <= 1 - _EVEN else None

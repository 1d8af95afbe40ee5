"""Asking a large index in two halves side by side, and putting their answers together; not what is asked.

The engine looks through the index on one core, and lets go of the interpreter meanwhile: a thread can look through the
other half. The halves are the messages up to an id and those after it; most segments lie in one half, because they were
written in the order of ids. Those that lie in both are looked through twice.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from simple_memory.records import NamedTuple
from simple_memory.store import index, segments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import tantivy

WORTH = 250_000
"""Places of words less that a half must look at than the whole, so that it is halved: 2 ms. A thread costs 0.2 ms."""
PLAIN = 2.0
"""What a message costs each half in a segment that lies in both, against the whole: it is refused by its id there …"""
COSTLY = 1.0
"""… and where each message costs more, as inside phrases and tags, and its id is asked for first."""


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
    """One question to one state of the index; `by_time`: the newest are the best. `split`: where it is halved.

    `is_plain`: what matches is counted and scored, and nothing else.
    """

    searcher: tantivy.Searcher
    schema: tantivy.Schema
    query: tantivy.Query
    by_time: bool = False
    split: int | None = None
    is_plain: bool = False

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
        must, never = tantivy.Occur.Must, tantivy.Occur.MustNot
        if self.is_plain:  # refusing costs less than demanding
            return [tantivy.Query.boolean_query([(must, self.query), (never, other)]) for other in (after, up_to)]
        made = [tantivy.Query.const_score_query(half, 0.0) for half in (up_to, after)]
        # first: what is dear then begins only in segments of its half; it cost half of a phrase's time in the others
        return [tantivy.Query.boolean_query([(must, half), (must, self.query)]) for half in made]

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
    spans: Callable[[], list[segments.Span]],
    weight: int,
    *,
    is_plain: bool = False,
    is_idle: Callable[[], bool] = has_idle_core,
) -> int | None:
    """Return the id up to which the first half goes; None where the index is better asked in one go.

    `spans` tells what the segments hold. `weight` is how many places of words must be looked at, about; `is_plain`:
    they are counted and scored, and nothing else. `is_idle` says whether there is a core for the other half.
    """
    if weight < 2 * WORTH or not is_idle():
        return None
    known = spans()
    everything = sum(span.messages for span in known)
    costs = {span.last: _cost(known, span.last, PLAIN if is_plain else COSTLY) for span in known}
    if not everything or not costs:
        return None
    place = min(costs, key=costs.__getitem__)
    return place if weight * (1 - costs[place] / everything) >= WORTH else None


def _cost(spans: list[segments.Span], place: int, shared: float) -> float:
    """Return how many messages the larger of the halves up to `place` and after it looks at."""
    both = shared * sum(span.messages for span in spans if span.first <= place < span.last)
    lower = sum(span.messages for span in spans if span.last <= place)
    upper = sum(span.messages for span in spans if span.first > place)
    return both + max(lower, upper)

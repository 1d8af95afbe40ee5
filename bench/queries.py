"""How fast it answers: each class of query in process, and whole programs side by side with ripgrep."""

from __future__ import annotations

import itertools
import math
import random
import shutil
import time
from collections.abc import Callable

from bench import asked, measure
from bench.budgets import Measured
from bench.world import World
from simple_memory.search import retrieve

QUERIES = 150
LEAST = 40
PASSES = 5
"""Each query is asked so often, the others between; its time is the median: what else the machine does is left out."""


def in_process(world: World, passes: int = PASSES, longest_s: float = math.inf) -> list[Measured]:
    """Time each class of query through the Python API, excerpts included; after `longest_s` go on to the next class.

    LEAST queries of it are asked once in any case.
    """
    searcher = retrieve.Searcher(world.home)

    def ask(query: str) -> float:
        begin = time.perf_counter()
        searcher.search(retrieve.Request(query=query))
        return (time.perf_counter() - begin) * 1000

    found = []
    for name, make in asked.makers(world).items():
        key = f"query_{name}"
        chance = random.Random(key)
        found.append(_timed(key, [make(chance) for _ in range(QUERIES)], ask, passes, longest_s))
    searcher.close()
    return found


def _timed(key: str, queries: list[str], ask: Callable[[str], float], passes: int, longest_s: float) -> Measured:
    """Return the 95th percentile of the queries' times, each the median of its passes."""
    for query in queries[:10]:
        ask(query)
    end = time.monotonic() + longest_s
    first: list[float] = []
    for query in queries:
        if len(first) >= LEAST and time.monotonic() >= end:
            break
        first.append(ask(query))
    taken = [first]
    while len(taken) < passes and time.monotonic() < end:
        taken.append([ask(query) for query in queries])
    times = [measure.median(of_query) for of_query in zip(*taken, strict=True)]
    often = "" if len(taken) == PASSES else f" of {len(first)}, each asked {len(taken)} ×"
    return Measured(key, measure.p95(times), f"median {measure.median(times):.1f} ms{often}")


def on_the_command_line(world: World, rounds: int = 21) -> list[Measured]:
    """Time the whole program, asked for a common word, against the bare interpreter, in turns."""
    if world.program("search", asked.USUAL[0]).code:
        return [Measured("search", None)]
    words = itertools.cycle(asked.USUAL)
    bare, ours = measure.interleaved(rounds, world.bare, lambda: world.program("search", next(words)).wall)
    ratio = measure.median(ours) / measure.median(bare)
    remark = f"{measure.median(ours) * 1000:.0f} ms against {measure.median(bare) * 1000:.0f}"
    return [Measured("search", ratio, remark, measure.median(ours))]


def beside_ripgrep(world: World) -> str:
    """Return a sentence: one search by the program against one by ripgrep over the files, in turns."""
    if not shutil.which("rg"):
        return "ripgrep is not installed here (Debian: `apt-get install ripgrep`)."
    if world.program("search", "word", "--json").code:
        return "`search` is not in this build."
    words = iter(world.planted("reply") * 3)
    projects = str(world.claude / "projects")
    ours, theirs = measure.interleaved(
        15,
        lambda: world.program("search", next(words), "--json").wall,
        lambda: measure.run(["rg", "--count", next(words), projects], world.environment).wall,
    )
    return (
        f"One search for a rare word, the whole program: {measure.median(ours) * 1000:.0f} ms; ripgrep over the same "
        f"files ({world.bytes / 1e6:.0f} MB, in the page cache): {measure.median(theirs) * 1000:.0f} ms."
    )

"""How soon a line that was just written is found: in a quiet time, beside a stream, during an import."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from bench import measure, world
from bench.budgets import Measured
from tests.builders import transcript

PROBES = 40
BOUND_SECONDS = 30
IMPORTS = 8
"""A small corpus is imported so often at most, until all lines have come."""
IMPORTED_PER_SECOND = 40e6
"""Bytes of transcripts; only so that the lines are spread over the whole import."""
_live = transcript.Session("/home/ada/live", session="11111111-1111-4111-8111-111111111111")


def while_quiet(place: world.World) -> list[Measured]:
    """Append lines to a live session and wait until a search finds each: alone, then beside a stream of 25 lines/s."""
    finds, close = _searcher(place)
    alone = [_way(place, finds, f"qzalone{_letters(number)}x") for number in range(PROBES)]
    with Stream(place.claude):
        beside = [_way(place, finds, f"qzbeside{_letters(number)}x") for number in range(PROBES)]
    close()
    return [_measured("append", alone), _measured("append_stream", beside)]


def while_importing(place: world.World) -> list[Measured]:
    """Do the same while the service takes in the whole corpus at full speed, and a stream of 25 lines/s as well.

    The lines are spread over the import; where it ends before all have come, it begins again from an empty home.
    """
    taken: list[float] = []
    imports = 0
    pause = place.bytes / IMPORTED_PER_SECOND / PROBES
    while len(taken) < PROBES and imports < IMPORTS:
        imports += 1
        place.empty()
        if place.program("start", "--daemon").code:
            return [Measured("append_import", None)]
        try:
            taken += _of_one_import(place, PROBES - len(taken), pause)
        finally:
            place.clean_up()
    row = _measured("append_import", taken)
    return [Measured(row.key, row.value, f"{row.remark}, slowest {max(taken):.0f}, in {imports} imports")]


def _of_one_import(place: world.World, most: int, pause: float) -> list[float]:
    """Return the ways of at most `most` lines that came while `sync` waited for the service to have read all."""
    taken: list[float] = []
    finds, close = _searcher(place)
    command = [world.script("simple-memory"), "sync", "--json"]
    quiet = subprocess.DEVNULL
    waits = subprocess.Popen(command, env=place.environment, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        with Stream(place.claude):
            while len(taken) < most:
                way = _way(place, finds, f"qzimport{_letters(time.monotonic_ns() // 1_000_000 % 1_000_000_000)}x")
                if waits.poll() is not None:
                    break  # the import ended before the line was found, or before it came
                taken.append(way)
                time.sleep(pause)
    finally:
        waits.kill()
        waits.wait()
        close()
    return taken


def _measured(key: str, taken: list[float]) -> Measured:
    return Measured(key, measure.p95(taken), f"median {measure.median(taken):.0f} ms of {len(taken)}")


def _searcher(place: world.World) -> tuple[Callable[[str], bool], Callable[[], None]]:
    """Return what looks for a word in process, and what ends it."""
    from simple_memory.search import retrieve

    searcher = retrieve.Searcher(place.home)
    return lambda word: bool(searcher.search(retrieve.Request(query=word)).hits), searcher.close


def _letters(number: int) -> str:
    return "".join(chr(97 + int(digit)) for digit in f"{number:04d}")


def _way(place: world.World, finds: Callable[[str], bool], word: str) -> float:
    """Return the milliseconds until a search finds a line that was just appended."""
    _live.prompt(f"Now look at {word}").append(place.claude)
    begin = time.perf_counter()
    while not finds(word):
        if time.perf_counter() - begin > BOUND_SECONDS:
            return BOUND_SECONDS * 1000.0
        time.sleep(0.002)
    taken = (time.perf_counter() - begin) * 1000
    time.sleep(0.15 + (hash(word) % 100) / 1000)  # probes must not fall into step with the service
    return taken


class Stream(threading.Thread):
    """A session that grows by 25 lines a second, for as long as it is entered."""

    def __init__(self, claude: Path) -> None:
        """Take the agent's folder."""
        super().__init__(daemon=True)
        self._claude = claude
        self._session = transcript.Session("/home/ada/stream", session="22222222-2222-4222-8222-222222222222")
        self._ended = threading.Event()

    def run(self) -> None:
        """Append a line every 40 ms until told to stop."""
        path = self._session.prompt("Go").append(self._claude)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
        while not self._ended.wait(0.04):
            self._session.reply("The parser waits for the next token of the stream.")
            os.write(descriptor, self._session.lines[-1])
        os.close(descriptor)

    def __enter__(self) -> Self:
        """Begin to grow."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the stream."""
        self._ended.set()
        self.join()

"""How soon a line that was just written is found: in a quiet time, beside a stream, during an import."""

from __future__ import annotations

import os
import subprocess
import threading
import time
import uuid
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


def while_quiet(place: world.World) -> list[Measured]:
    """Append lines to a live session and wait until a search finds each: alone, then beside a stream of 25 lines/s."""
    finds, close = _searcher(place)
    with Live(place.claude) as live:
        alone = [_way(live, finds) for _ in range(PROBES)]
        with Stream(place.claude):
            beside = [_way(live, finds) for _ in range(PROBES)]
    close()
    return [_measured("append", alone), _measured("append_stream", beside)]


def while_importing(place: world.World) -> list[Measured]:
    """Do the same while the service takes in the whole corpus at full speed, and a stream of 25 lines/s as well.

    The lines are spread over the import; where it ends before all have come, it begins again from an empty home. A
    line that is written before the end counts, however long it takes. The first import goes on to its end, so that
    what its worker holds then is known as well.
    """
    taken: list[float] = []
    imports, held = 0, 0
    pause = place.bytes / IMPORTED_PER_SECOND / PROBES
    while len(taken) < PROBES and imports < IMPORTS:
        imports += 1
        place.empty()
        if place.program("start", "--daemon").code:
            return [Measured("append_import", None)]
        try:
            taken += _of_one_import(place, PROBES - len(taken), pause)
            held = held or _after_an_import(place)
        finally:
            place.clean_up()
    row = _measured("append_import", taken)
    return [
        Measured(row.key, row.value, f"{row.remark}, slowest {max(taken):.0f}, in {imports} imports"),
        Measured("sync_rss_import", held / 1e6, "the same process that took in the whole corpus", float(held)),
    ]


def _after_an_import(place: world.World) -> int:
    """Wait until the service has read all and is at rest; return the bytes that its worker holds then."""
    place.program("sync", "--json")
    return measure.resident(place.at_rest()["sync"])


def _of_one_import(place: world.World, most: int, pause: float) -> list[float]:
    """Return the ways of at most `most` lines that came while `sync` waited for the service to have read all."""
    taken: list[float] = []
    finds, close = _searcher(place)
    command = [world.script("simple-memory"), "sync", "--json"]
    quiet = subprocess.DEVNULL
    waits = subprocess.Popen(command, env=place.environment, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        with Live(place.claude) as live, Stream(place.claude):
            while len(taken) < most and waits.poll() is None:
                taken.append(_way(live, finds))
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


def _way(live: Live, finds: Callable[[str], bool]) -> float:
    """Return the milliseconds until a search finds a line that was just appended."""
    word = live.say()
    begin = time.perf_counter()
    while not finds(word):
        if time.perf_counter() - begin > BOUND_SECONDS:
            return BOUND_SECONDS * 1000.0
        time.sleep(0.002)
    taken = (time.perf_counter() - begin) * 1000
    time.sleep(0.15 + (hash(word) % 100) / 1000)  # probes must not fall into step with the service
    return taken


class Live:
    """A session that grows by a line whenever it is told to; its transcript is deleted in the end.

    Neither the session nor a word of its lines has ever been before: what an earlier run left in a memory answers
    nothing of this one.
    """

    def __init__(self, claude: Path) -> None:
        """Take the agent's folder."""
        self._claude = claude
        self._session = transcript.Session("/home/ada/live", session=str(uuid.uuid4()))
        self._path: Path | None = None

    def say(self) -> str:
        """Append a line, and return a word that stands in it and nowhere else."""
        word = "qz" + "".join(chr(97 + int(digit)) for digit in str(time.time_ns())) + "x"
        self._path = self._session.prompt(f"Now look at {word}").append(self._claude)
        return word

    def __enter__(self) -> Self:
        """Begin; nothing is written yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Delete the transcript."""
        if self._path:
            self._path.unlink()


class Stream(threading.Thread):
    """Another one that grows by 25 lines a second, for as long as it is entered; then its transcript is deleted too."""

    def __init__(self, claude: Path) -> None:
        """Take the agent's folder."""
        super().__init__(daemon=True)
        self._claude = claude
        self._session = transcript.Session("/home/ada/stream", session=str(uuid.uuid4()))
        self._ended = threading.Event()
        self.has_begun = threading.Event()

    def run(self) -> None:
        """Append a line every 40 ms until told to stop."""
        path = self._session.prompt("Go").append(self._claude)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
        self.has_begun.set()
        while not self._ended.wait(0.04):
            self._session.reply("The parser waits for the next token of the stream.")
            os.write(descriptor, self._session.lines[-1])
        os.close(descriptor)
        path.unlink()

    def __enter__(self) -> Self:
        """Begin to grow."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the stream."""
        self._ended.set()
        self.join()

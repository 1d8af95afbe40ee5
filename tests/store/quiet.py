"""Packing a test's store anew as the service does in a quiet time. Not a test."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from simple_memory import config
from simple_memory.store import connection, repacking, training
from tests.builders import transcript, words

DAY_S = 86_400.0
MOST_STEPS = 5_000


def later(days: float) -> Callable[[], float]:
    """Return a clock that is so many days ahead."""
    return lambda: time.time() + days * DAY_S


@contextlib.contextmanager
def repacker(
    home: config.Home, *, quiet_days: float = 1.0, now: Callable[[], float] | None = None
) -> Iterator[tuple[apsw.Connection, repacking.Repacker]]:
    """Give the writer's connection of a home, and what packs it anew; two days have passed unless `now` says other."""
    opened = connection.open_writer(home)
    made = repacking.Repacker(opened, quiet_days, now=now or later(2))
    try:
        yield opened, made
    finally:
        made.close()
        opened.close()


def settle(home: config.Home, *, quiet_days: float = 1.0, now: Callable[[], float] | None = None) -> int:
    """Pack all that is quiet anew; return how many steps that took."""
    with repacker(home, quiet_days=quiet_days, now=now) as (_, made):
        return steps(made)


def steps(made: repacking.Repacker) -> int:
    """Let it work until nothing is left, dictionaries too; return how often it did something."""
    number = 0
    while made.step():
        number += 1
        assert number < MOST_STEPS, "it never ends"
        if made._trainer is not None:
            made._trainer.result()
    return number


def learn_early(patch: pytest.MonkeyPatch) -> None:
    """Let a small archive be worth a dictionary, of which a test can tell that it was used."""
    patch.setattr(training, "FROM_BYTES", 100_000)
    patch.setattr(training, "SHARE", 16)


def several(claude: Path, count: int = 8, *, seed: int = 1) -> list[Path]:
    """Write sessions that have sentences and code in common, about 100 kB each; return their files."""
    yard = words.Yard(seed)
    written = []
    for number in range(count):
        session = transcript.Session()
        for turn in range(12):
            session.prompt(f"{number}.{turn} " + yard.prose(300)).reply(yard.prose(900))
            session.tool("Bash", {"command": f"make {turn}"}, result=yard.code(3000))
        written.append(session.write(claude))
    return written

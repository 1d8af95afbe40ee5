"""All that is measured on one corpus, in the order in which a user meets it."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import appends, budgets, first_import, queries, results, service, world

PER_SESSION = 66_631 / 451
"""Messages of a usual session."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often each thing is done: first imports, each query (after `class_s` seconds of a class no more), starts."""

    imports: int = 5
    queries: int = queries.PASSES
    class_s: float = math.inf
    starts: int = 5


def measured(messages: int, sessions: int | None = None, rounds: Rounds = Rounds()) -> dict[str, Any]:
    """Make a corpus, measure everything on it in a throw-away folder, and return the results as JSON."""
    sessions = sessions or round(messages / PER_SESSION)
    with tempfile.TemporaryDirectory(prefix="simple-memory-bench-") as folder:
        place = world.World(Path(folder), sessions=sessions, messages=messages)
        try:
            found = measure_all(place, rounds)
            sentences = [queries.beside_ripgrep(place)] if rounds.class_s == math.inf else []
            parts = first_import.parts(place)
            found += first_import.a_day_later(place)
            found += appends.while_importing(place)
        finally:
            place.clean_up()
        told = results.conditions(messages=messages, sessions=sessions, size=place.bytes)
    return {"conditions": told, "measured": results.as_json(found), "sentences": sentences, "parts": parts}


def measure_all(place: world.World, rounds: Rounds) -> list[budgets.Measured]:
    """Go through everything, in the order in which a user meets it."""
    return [
        *first_import.first(place, rounds.imports),
        *service.status(place),
        *queries.in_process(place, rounds.queries, rounds.class_s),
        *queries.on_the_command_line(place),
        *service.start_and_stop(place, rounds.starts),
        *service.while_it_runs(place),
        service.logs(place.root.parent / "flooded"),
    ]

"""All that is measured on one corpus, in the order in which a user meets it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from bench import appends, budgets, first_import, queries, results, service, world

PER_SESSION = 66_631 / 451
"""Messages of a usual session."""


def measured(
    messages: int, sessions: int | None = None, *, rounds: int = 5, passes: int = queries.PASSES
) -> dict[str, Any]:
    """Make a corpus, measure everything on it in a throw-away folder, and return the results as JSON.

    `rounds`: first imports; `passes`: how often each query is asked.
    """
    sessions = sessions or round(messages / PER_SESSION)
    with tempfile.TemporaryDirectory(prefix="simple-memory-bench-") as folder:
        place = world.World(Path(folder), sessions=sessions, messages=messages)
        try:
            found, sentences = measure_all(place, rounds=rounds, passes=passes)
            parts = first_import.parts(place)
            found += first_import.a_day_later(place)
            found += appends.while_importing(place)
        finally:
            place.clean_up()
        told = results.conditions(messages=messages, sessions=sessions, size=place.bytes)
    return {"conditions": told, "measured": results.as_json(found), "sentences": sentences, "parts": parts}


def measure_all(place: world.World, *, rounds: int, passes: int) -> tuple[list[budgets.Measured], list[str]]:
    """Go through everything, in the order in which a user meets it."""
    found = first_import.first(place, rounds)
    found += service.status(place)
    found += queries.in_process(place, passes)
    found += queries.on_the_command_line(place)
    sentences = [queries.beside_ripgrep(place)]
    found += service.start_and_stop(place)
    found += service.while_it_runs(place)
    found.append(service.logs(place.root.parent / "flooded"))
    return found, sentences

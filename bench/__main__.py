"""Measure the budgets in one run, print the table, and write it into bench/README.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bench import budgets, first_import, page, queries, service, world


def main() -> int:
    """Measure; return 1 if a budget is not kept and `--strict` was given."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--messages", type=int, default=66_631)
    parser.add_argument("--sessions", type=int, default=451)
    parser.add_argument("--strict", action="store_true", help="exit 1 if a budget is not kept")
    parser.add_argument("--no-write", action="store_true", help="leave bench/README.md as it is")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="simple-memory-bench-") as folder:
        place = world.World(Path(folder), sessions=chosen.sessions, messages=chosen.messages)
        try:
            found, sentences = measure_all(place)
        finally:
            place.clean_up()
        heading = page.conditions(messages=chosen.messages, sessions=chosen.sessions, size=place.bytes)
    text = page.table(found, [heading, *sentences])
    print(text)
    if not chosen.no_write:
        page.write(text)
    return int(chosen.strict and any(budgets.within(measured) is False for measured in found))


def measure_all(place: world.World) -> tuple[list[budgets.Measured], list[str]]:
    """Go through everything, in the order in which a user meets it."""
    found = first_import.first(place)
    found += first_import.again(place)
    found += service.status(place)
    found += queries.in_process(place)
    sentences = [queries.beside_ripgrep(place)]
    found += service.start_and_stop(place)
    found += service.while_it_runs(place)
    return found, sentences


if __name__ == "__main__":
    sys.exit(main())

"""Measure the same on memories of several sizes: python -m bench.growth; writes bench/results/growth.json and the page.

A size that was measured before is measured anew only where it is named; its row is replaced, the others stay.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys

from bench import everything, page, results
from scripts import docs

SIZES = (10_000, 100_000, 300_000, 1_000_000)
ROUNDS = everything.Rounds(imports=3, queries=3, class_s=1.5, starts=3)
"""So that all sizes together take less than 25 minutes."""


def main() -> int:
    """Measure the sizes that are asked for, smallest first, and write each row as soon as it is there."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--messages", type=int, nargs="+", default=SIZES)
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS.imports, help="first imports of each size; their median counts"
    )
    chosen = parser.parse_args()
    for messages in sorted(chosen.messages):
        row = everything.measured(messages, rounds=dataclasses.replace(ROUNDS, imports=chosen.rounds))
        row["rounds"] = chosen.rounds
        print(
            f"{page.conditions(row['conditions'])}\n\n{page.of_budgets(results.measured(row['measured']))}\n",
            flush=True,
        )
        told = results.load("growth") or {"rows": []}
        others = [each for each in told["rows"] if each["conditions"]["messages"] != messages]
        results.save("growth", {"rows": [*others, row]})
        docs.main([])
    return 0


if __name__ == "__main__":
    sys.exit(main())

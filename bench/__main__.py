"""Measure the budgets in one run, print the table, and write bench/results/budgets.json and docs/performance.md."""

from __future__ import annotations

import argparse
import sys

from bench import budgets, everything, page, results
from scripts import docs


def main() -> int:
    """Measure; return 1 if a budget is not kept and `--strict` was given."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--messages", type=int, default=66_631)
    parser.add_argument("--sessions", type=int, help="default: one for 148 messages")
    parser.add_argument("--rounds", type=int, default=5, help="first imports")
    parser.add_argument("--strict", action="store_true", help="exit 1 if a budget is not kept")
    parser.add_argument("--no-write", action="store_true", help="leave the results and the page as they are")
    chosen = parser.parse_args()
    told = everything.measured(chosen.messages, chosen.sessions, everything.Rounds(imports=chosen.rounds))
    found = results.measured(told["measured"])
    print("\n\n".join([page.conditions(told["conditions"]), page.of_budgets(found), *told["sentences"]]))
    if not chosen.no_write:
        results.save("budgets", told)
        docs.main([])
    return int(chosen.strict and any(budgets.within(each) is False for each in found))


if __name__ == "__main__":
    sys.exit(main())

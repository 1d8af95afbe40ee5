"""Ask this program and others the questions of every evaluation set; print the tables, and keep the results."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench import results
from bench.retrieval import complete, page, place, questions, sets, systems, trial


def main() -> int:
    """Measure, print, and write the results unless told not to."""
    chosen = _arguments()
    with contextlib.ExitStack() as stack:
        folder = chosen.keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="simple-memory-retrieval-"))
        )
        found = [measure_set(sets.SETS[name](), folder / name, chosen) for name in chosen.sets or sets.SETS]
        print(page.tables(found, chosen.half))
        if not chosen.no_write:
            results.save("retrieval", {"sets": found, "complete": complete.all_seeds(folder / "complete")})
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.retrieval", description=__doc__)
    parser.add_argument("--sets", nargs="*", choices=sorted(sets.SETS), help="these alone")
    parser.add_argument("--half", choices=questions.HALVES, default="development", help="which half is printed")
    parser.add_argument("--ours", action="store_true", help="ask this program alone")
    parser.add_argument("--kinds", action="store_true", help="print recall by kind of question too")
    parser.add_argument("--missed", type=int, default=0, metavar="N", help="print N questions that were not answered")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make the memories here, or use those that are here")
    parser.add_argument("--no-write", action="store_true", help="leave the results and the page as they are")
    return parser.parse_args()


def measure_set(chosen: questions.EvaluationSet, folder: Path, how: argparse.Namespace) -> dict[str, Any]:
    """Return the results of one set, whose memory is made in `folder` where there is none, as they are kept."""
    where = place.Place(folder)
    if not folder.exists():
        where.fill(chosen)
    halves: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for system in systems.all_of(where, ours_alone=how.ours):
        with contextlib.closing(system):
            for half in (how.half,) if how.no_write else questions.HALVES:
                answered = trial.ask_all(system, chosen.of(half))
                halves[half].append(trial.outcome(system.name, answered).as_json())
                if isinstance(system, systems.Ours) and half == how.half:
                    _tell_more(answered, how)
    return {
        "name": chosen.name,
        "about": chosen.about,
        "messages": sum(session.tally["messages"] for session in chosen.sessions),
        "sessions": len(chosen.sessions),
        "questions": {half: len(chosen.of(half)) for half in questions.HALVES},
        "halves": halves,
    }


def _tell_more(answered: list[trial.Answered], how: argparse.Namespace) -> None:
    """Print what helps while the ranking is tuned."""
    if how.kinds:
        kinds: dict[str, list[trial.Answered]] = defaultdict(list)
        for each in answered:
            kinds[each.question.kind].append(each)
        for kind, members in sorted(kinds.items()):
            means = trial.outcome(kind, members)
            print(f"  {kind:20} {len(members):4}  {means.messages.recall_10:.3f}  {means.sessions.recall_10:.3f}")
    missed = [each.question for each in answered if each.messages.recall_10 < 1]
    for question in missed[: how.missed]:
        print(f"  not found: {question.text}  [{question.id}]")


if __name__ == "__main__":
    sys.exit(main())

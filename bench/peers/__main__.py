"""Compare with what a user would have instead; write bench/results/peers.json and docs/performance.md.

The programs come from PyPI and npm at pinned versions, into a throw-away folder. While they are measured they have a
home of their own and no network, where the system lets a process have none.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import everything, measure, results
from bench.peers import page, place, trial
from scripts import docs
from tests.builders import corpus


def main() -> int:
    """Install, then measure in a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--messages", type=int, default=66_631)
    parser.add_argument("--in-folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.in_folder:
        measure_in(chosen.in_folder, chosen.messages)
        return 0
    with tempfile.TemporaryDirectory(prefix="simple-memory-peers-") as made:
        here = place.Place(Path(made))
        here.absent.write_text("\n".join(here.install()), encoding="utf-8")
        try:
            code = place.without_network(["--messages", str(chosen.messages), "--in-folder", made])
            if code is None:
                measure_in(here.folder, chosen.messages)
        finally:
            docs.main([])
    return code or 0


def measure_in(folder: Path, messages: int) -> None:
    """Make the corpus below `folder`, measure, and save the results after each program."""
    alone = place.is_alone()
    here = place.Place(folder)
    here.claude.mkdir(parents=True)
    sessions = round(messages / everything.PER_SESSION)
    manifest = corpus.Corpus(seed=1).write(here.claude, sessions=sessions, messages=messages)
    size = measure.folder_bytes(here.projects)
    told = results.conditions(messages=messages, sessions=sessions, size=size)
    absent = here.absent.read_text(encoding="utf-8").splitlines()

    def save(found: list[dict[str, Any]]) -> None:
        rows = {"conditions": {**told, "alone": alone}, "programs": page.rounded(found), "absent": absent}
        results.save("peers", rows)

    trial.all_of(here, manifest["planted"], save)


if __name__ == "__main__":
    sys.exit(main())

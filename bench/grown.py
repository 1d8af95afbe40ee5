"""A memory that grows in steps, as over years: transcripts come, are read, are deleted by their agent, others come.

    python -m bench.grown --place FOLDER --steps 10 --messages 1000000     # goes on where it was
    python -m bench.grown --place FOLDER --measure                         # what is there, on a quiet machine

The memory stays in FOLDER/memory. After some steps it is measured; with `--keep` a copy of it stays in FOLDER/kept/N,
so that `--measure` can measure those again as well. Writes bench/results/grown.json and the page.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from bench import everything, first_import, measure, page, queries, results, service, world
from bench.budgets import Measured
from scripts import docs
from tests.builders import corpus

MEASURED = (1, 2, 5, 10)
"""After so many steps the memory is measured."""
ROUNDS = everything.Rounds(imports=1, queries=3, class_s=1.5, starts=3)
"""So that to measure a memory takes less than four minutes."""
FLOOR_BYTES = 12e9
"""What stays free on the disk: a step is not begun below it."""
BYTES_OF_A_MESSAGE = 5_600
"""What a message takes on disk during a step: its transcript, and the memory's part."""


class Grown(world.World):
    """A memory of several corpora in one folder, of which only the last one's transcripts may still be there."""

    def __init__(self, folder: Path) -> None:
        """Take a folder, with what an earlier run left in it."""
        self._settle_in(folder)
        self.claude.mkdir(parents=True, exist_ok=True)
        self._book = folder / "steps.json"
        self.steps: list[dict[str, Any]] = json.loads(self._book.read_text("utf-8")) if self._book.exists() else []
        manifest = self.claude / "manifest.json"
        self.manifest = json.loads(manifest.read_text("utf-8")) if manifest.exists() else {"planted": []}
        self.bytes = sum(step["bytes"] for step in self.steps)

    @property
    def messages(self) -> int:
        """So many messages were imported."""
        return sum(step["messages"] for step in self.steps)

    def grow(self, messages: int) -> dict[str, Any]:
        """Write another corpus, import it, have its transcripts deleted, and note what that took."""
        shutil.rmtree(self.claude / "projects", ignore_errors=True)
        sessions = max(1, round(messages / everything.PER_SESSION))
        self.manifest = corpus.Corpus(seed=len(self.steps) + 1).write(self.claude, sessions=sessions, messages=messages)
        size = measure.folder_bytes(self.claude / "projects")
        unit = first_import.yardsticks(self).orjson
        done = self.program_alone("sync", "--json")
        if done.code:
            raise SystemExit(f"`sync` ended with {done.code}: {done.out}")
        self.forget_transcripts()
        gone = self.program("sync", "--json")
        step = {
            "messages": messages, "sessions": sessions, "transcripts": self.manifest["totals"]["transcripts"],
            "bytes": size, "orjson": unit, "cpu": done.cpu, "wall": done.wall, "peak": done.peak, "gone_cpu": gone.cpu,
        }  # fmt: skip
        self.steps.append(step)
        self.bytes += size
        self._book.write_text(json.dumps(self.steps, indent=1), encoding="utf-8")
        return step

    def forget_transcripts(self) -> None:
        """Delete every transcript, as their agent does; the folder of all stays."""
        for path in (self.claude / "projects").glob("*"):
            shutil.rmtree(path)

    def keep(self, kept: Path) -> None:
        """Copy the memory and what tells of it."""
        shutil.copytree(self.root, kept / "memory")
        (kept / ".claude" / "projects").mkdir(parents=True)
        for name in (".claude/manifest.json", "steps.json"):
            shutil.copyfile(self.root.parent / name, kept / name)


def row_of(place: Grown) -> dict[str, Any]:
    """Measure a memory that stands, and return the row of its size."""
    last = place.steps[-1]
    found = [
        Measured("import_cpu", last["cpu"] / last["orjson"], "of the last step", last["cpu"]),
        Measured("import_wall", last["wall"] / last["orjson"], "of the last step", last["wall"]),
        Measured("import_peak", last["peak"] / 1e6, "", float(last["peak"])),
        first_import.size(place),
        *service.status(place),
        *queries.in_process(place, ROUNDS.queries, ROUNDS.class_s),
        *service.start_and_stop(place, ROUNDS.starts),
        *service.while_it_runs(place),
    ]
    told = results.conditions(
        messages=place.messages, sessions=sum(step["sessions"] for step in place.steps), size=place.bytes
    )
    return {
        "conditions": told,
        "measured": results.as_json(found),
        "step": {**last, "all_transcripts": sum(step["transcripts"] for step in place.steps)},
    }


def write(row: dict[str, Any]) -> None:
    """Print a row, put it into the results and write the page anew."""
    print(f"{page.conditions(row['conditions'])}\n\n{page.of_budgets(results.measured(row['measured']))}\n", flush=True)
    told = results.load("grown") or {"rows": []}
    others = [each for each in told["rows"] if each["conditions"]["messages"] != row["conditions"]["messages"]]
    results.save("grown", {"rows": [*others, row]})
    docs.main([])


def has_room(folder: Path, messages: int, *, more: int = 0) -> bool:
    """Return whether a step of so many messages, and `more` bytes, leave enough of the disk free."""
    return shutil.disk_usage(folder).free - messages * BYTES_OF_A_MESSAGE - more > FLOOR_BYTES


def main() -> int:
    """Grow as far as asked for, or measure what is there; return 1 where the disk has no room for the next step."""
    parser = argparse.ArgumentParser(prog="python -m bench.grown", description=__doc__)
    parser.add_argument("--place", type=Path, required=True, help="a folder of its own on a disk with room")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--messages", type=int, default=1_000_000, help="in each step")
    parser.add_argument("--measure", action="store_true", help="measure what is there, and import nothing")
    parser.add_argument("--keep", action="store_true", help="keep a copy of what is measured, so that it can be again")
    parser.add_argument("--no-write", action="store_true", help="only grow")
    chosen = parser.parse_args()
    chosen.place.mkdir(parents=True, exist_ok=True)
    if chosen.measure:
        measure_all(chosen.place)
        return 0
    return go_on(Grown(chosen.place), chosen)


def measure_all(folder: Path) -> None:
    """Measure the memories that were kept in `folder`, the smallest first, and the one that grows there."""
    for kept in sorted((folder / "kept").glob("*"), key=lambda path: int(path.name)):
        write(row_of(Grown(kept)))
    write(row_of(Grown(folder)))


def go_on(place: Grown, chosen: argparse.Namespace) -> int:
    """Take the steps that are missing, and measure after some; return 1 where the disk has no room for one of them."""
    while len(place.steps) < chosen.steps:
        if not has_room(chosen.place, chosen.messages):
            print(f"No room for another step; {len(place.steps)} are done.")
            return 1
        print(json.dumps(place.grow(chosen.messages)), flush=True)
        number, held = len(place.steps), measure.folder_bytes(place.root)
        if number in MEASURED and not chosen.no_write:
            write(row_of(place))
        to_come = held // number * (chosen.steps - number)
        is_kept = chosen.keep and number in MEASURED and number < chosen.steps
        if is_kept and has_room(chosen.place, chosen.messages, more=held + to_come):
            place.keep(chosen.place / "kept" / str(number))
    return 0


if __name__ == "__main__":
    sys.exit(main())

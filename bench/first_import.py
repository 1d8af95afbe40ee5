"""The first import against orjson.loads over the same lines; the second, which finds nothing new; the size on disk."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

from bench import measure
from bench.budgets import Measured
from bench.world import World

YARDSTICK = """
import glob, json, orjson, sys, time
lines = []
for path in sorted(glob.glob(sys.argv[1] + "/projects/**/*.jsonl", recursive=True)):
    with open(path, "rb") as file:
        lines += [line for line in file.read().split(b"\\n") if line]
times = []
for _ in range(3):
    begin = time.process_time()
    for line in lines:
        orjson.loads(line)
    times.append(time.process_time() - begin)
print(json.dumps(sorted(times)[1]))
"""


@dataclass(frozen=True, slots=True)
class Yardsticks:
    """Seconds of what a user would have otherwise."""

    orjson: float


def yardsticks(world: World) -> Yardsticks:
    """Return how long plain parsing of the same lines takes: CPU, the median of three."""
    command = [sys.executable, "-I", "-c", YARDSTICK, str(world.claude)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Yardsticks(orjson=json.loads(done.stdout))


def first(world: World) -> list[Measured]:
    """Import the corpus in one pass into an empty home; plain parsing is measured before and after."""
    before = yardsticks(world).orjson
    done = world.program("sync", "--json")
    unit = (before + yardsticks(world).orjson) / 2
    if done.code != 0:
        missing = f"`sync` ended with {done.code}"
        return [Measured(key, None, missing) for key in ("import_cpu", "import_wall", "import_peak", "size")]
    remark = f"{done.cpu:.1f} s; orjson {unit:.2f} s for {world.bytes / 1e6:.0f} MB"
    return [
        Measured("import_cpu", done.cpu / unit, remark),
        Measured("import_wall", done.wall / unit, f"{done.wall:.1f} s"),
        Measured("import_peak", done.peak / 1e6, "the largest process"),
        size(world),
    ]


def again(world: World) -> list[Measured]:
    """Look at the unchanged corpus again."""
    done = world.program("sync", "--json")
    if done.code != 0:
        return [Measured("again_cpu", None)]
    return [Measured("again_cpu", done.cpu, f"{world.manifest['totals']['transcripts']} transcripts")]


def size(world: World) -> Measured:
    """Return how much the database and the index take."""
    files = world.root.glob("memory.db*")
    database = sum(path.stat().st_size for path in files)
    index = measure.folder_bytes(world.root / "index")
    remark = f"database {database / 1e6:.0f} MB, index {index / 1e6:.0f} MB"
    return Measured("size", (database + index) / world.bytes, remark)

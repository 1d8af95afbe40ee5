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
times = []
while len(times) < 3 and sum(times) < 1.0:
    times.append(0.0)
    for path in sorted(glob.glob(sys.argv[1] + "/projects/**/*.jsonl", recursive=True)):
        with open(path, "rb") as file:
            lines = [line for line in file.read().split(b"\\n") if line]
        begin = time.process_time()
        for line in lines:
            orjson.loads(line)
        times[-1] += time.process_time() - begin
print(json.dumps(sorted(times)[(len(times) - 1) // 2]))
"""

PACKING = """
import os, time
from simple_memory import config
from simple_memory.store import connection, repacking
opened = connection.open_writer(config.find_home())
worker = repacking.Repacker(opened, 1.0, now=lambda: time.time() + 366 * 86_400)
longest, begin = 0.0, time.process_time()
while True:
    before = time.process_time()
    more = worker.step()
    longest = max(longest, time.process_time() - before)
    if not more:
        break
    if worker.trains:
        time.sleep(0.01)
print(time.process_time() - begin, longest)
opened.close()
"""
"""What the service does of itself with what was quiet for a day, without its rests."""

PARTS = 12
"""So many parts of the memory are told, the largest."""


@dataclass(frozen=True, slots=True)
class Yardsticks:
    """Seconds of what a user would have otherwise."""

    orjson: float


def yardsticks(world: World) -> Yardsticks:
    """Return how long plain parsing of the same lines takes: CPU, the median of three, or of what takes a second."""
    command = [sys.executable, "-I", "-c", YARDSTICK, str(world.claude)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Yardsticks(orjson=json.loads(done.stdout))


def first(world: World, rounds: int = 5) -> list[Measured]:
    """Import the corpus in one pass into an empty home, `rounds` times; each beside plain parsing of the same lines."""
    cpu, wall, peak, units = [], [], [], []
    for _ in range(rounds):
        world.empty()
        unit = yardsticks(world).orjson
        done = world.program_alone("sync", "--json")
        if done.code != 0:
            missing = f"`sync` ended with {done.code}"
            return [Measured(key, None, missing) for key in ("import_cpu", "import_wall", "import_peak", "size")]
        units.append(unit)
        cpu.append(done.cpu)
        wall.append(done.wall)
        peak.append(done.peak)
    parts = [took / unit for took, unit in zip(cpu, units, strict=True)]
    walls = [took / unit for took, unit in zip(wall, units, strict=True)]
    usual = measure.median(cpu)
    remark = (
        f"{usual:.1f} s, the median of {rounds}; orjson {measure.median(units):.2f} s "
        f"for {world.bytes / 1e6:,.0f} MB; {spread(parts)}"
    )
    usual_wall = measure.median(wall)
    return [
        Measured("import_cpu", measure.median(parts), remark, usual),
        Measured("import_wall", measure.median(walls), f"{usual_wall:.1f} s; {spread(walls)}", usual_wall),
        Measured("import_peak", max(peak) / 1e6, "what its processes hold of their own", float(max(peak))),
        size(world),
    ]


def spread(numbers: list[float]) -> str:
    """Return the least and the most of some numbers."""
    return f"{min(numbers):.1f} to {max(numbers):.1f}"


def parts(world: World) -> dict[str, int]:
    """Return the bytes that each large part of the memory takes: tables with their indexes, and the index's files."""
    told = json.loads(world.program("stats", "--space", "--json").out or "{}").get("space") or {"tables": []}
    found = {f"table {one['name']}": int(one["stored_bytes"]) for one in told["tables"]}
    for path in (world.root / "index").rglob("*"):
        name = f"index {path.suffix.removeprefix('.') or path.name}"
        found[name] = found.get(name, 0) + path.stat().st_size
    return dict(sorted(found.items(), key=lambda part: -part[1])[:PARTS])


def a_day_later(world: World) -> list[Measured]:
    """Pack the archive anew as the service does when nobody has written for a day; return what all takes then."""
    done = measure.run([sys.executable, "-c", PACKING], world.environment)
    if done.code != 0:
        return [Measured("size_quiet", None, "packing failed")]
    took, longest = (float(number) for number in done.out.split())
    now = size(world)
    remark = f"{now.remark}; {took:.1f} s CPU for it, {longest * 1000:.0f} ms at once at most"
    return [Measured("size_quiet", now.value, remark, now.raw)]


def size(world: World) -> Measured:
    """Return how much the database and the index take."""
    files = world.root.glob("memory.db*")
    database = sum(path.stat().st_size for path in files)
    index = measure.folder_bytes(world.root / "index")
    remark = f"database {database / 1e6:.0f} MB, index {index / 1e6:.0f} MB"
    return Measured("size", (database + index) / world.bytes, remark, float(database + index))

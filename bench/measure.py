"""Timing programs: wall, CPU, peak memory; medians and percentiles. Nothing about what is measured."""

from __future__ import annotations

import json
import math
import os
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
_SCHEDULED = 2
"""Of the three clocks of a process, the one that the scheduler keeps."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a program took: seconds of wall and CPU (its children's too), peak bytes; code and answer.

    `peak` is the largest resident size of one process (`run`), or what all together hold of their own (`run_alone`).
    """

    wall: float
    cpu: float
    peak: int
    code: int
    out: str


def run(command: Sequence[str], environment: dict[str, str], *, longest_s: float | None = None) -> Run:
    """Run a program to its end, without input, and return what it took.

    After `longest_s` seconds it is killed, with all that it started in its session: its code is then -9.
    """
    with tempfile.TemporaryFile() as out:
        begin = time.perf_counter()
        child = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL,
            start_new_session=longest_s is not None,
        )  # fmt: skip
        if longest_s is not None:
            _kill_after(child.pid, longest_s)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, child.returncode, text)


def _kill_after(pid: int, seconds: float) -> None:
    """Wait for a child, which is not reaped here; kill its session where it takes longer."""
    descriptor = os.pidfd_open(pid)
    try:
        if not select.select([descriptor], [], [], seconds)[0]:
            os.killpg(pid, signal.SIGKILL)
    finally:
        os.close(descriptor)


_ALONE = """
import json, os, signal, subprocess, sys, time
def family(pid):
    yield pid
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            children = file.read().split()
    except OSError:
        return
    for child in children:
        yield from family(int(child))
def held(pid):
    try:
        with open(f"/proc/{pid}/status") as file:
            words = file.read().split()
    except OSError:
        return 0
    return int(words[words.index("RssAnon:") + 1]) * 1024 if "RssAnon:" in words else 0
begin = time.perf_counter()
quiet = subprocess.DEVNULL
child = subprocess.Popen(sys.argv[3:], stdin=quiet, stderr=quiet, start_new_session=True)
peak, ended, longest = 0, 0, float(sys.argv[2])
while not ended:
    if time.perf_counter() - begin > longest:
        os.killpg(child.pid, signal.SIGKILL)
    peak = max(peak, sum(map(held, family(child.pid))))
    time.sleep(0.01)
    ended, status, usage = os.wait4(child.pid, os.WNOHANG)
told = [time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, peak]
with open(sys.argv[1], "w") as out:
    json.dump([*told, os.waitstatus_to_exitcode(status)], out)
"""


def run_alone(command: Sequence[str], environment: dict[str, str], *, longest_s: float = math.inf) -> Run:
    """Do the same, and look a hundred times a second how much memory the program and its children hold of their own.

    Files that they map are not in it: the system takes those back when it needs the room, and a merge of the index
    maps all of it.
    """
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "told")
        started = [sys.executable, "-I", "-S", "-c", _ALONE, str(told), str(longest_s), *command]
        done = subprocess.run(started, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        wall, cpu, peak, code = json.loads(told.read_text(encoding="utf-8"))
    return Run(wall, cpu, peak, code, done.stdout.decode("utf-8", "replace"))


def interleaved(rounds: int, *actions: Callable[[], float]) -> list[list[float]]:
    """Do the actions in turns, `rounds` times; return the numbers that each gave, in order."""
    found: list[list[float]] = [[] for _ in actions]
    for _ in range(rounds):
        for numbers, action in zip(found, actions, strict=True):
            numbers.append(action())
    return found


def median(numbers: Sequence[float]) -> float:
    """Return the middle one."""
    return statistics.median(numbers)


def p95(numbers: Sequence[float]) -> float:
    """Return the number that 95 of 100 do not exceed."""
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def cpu_of(pid: int) -> float:
    """Return the CPU seconds that a process has used so far, in all its threads, those that ended as well.

    Linux counts them in nanoseconds, on a clock that each process has (`man clock_getcpuclockid`).
    """
    return time.clock_gettime((~pid << 3) | _SCHEDULED)


def wake_ups_of(pid: int) -> int:
    """Return how often a process's threads have gone to sleep so far: each time, something woke them later."""
    count = 0
    for path in Path(f"/proc/{pid}/task").glob("*/status"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                count += int(line.split()[1])
    return count


def resident(pid: int) -> int:
    """Return the bytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1]) * PAGE


def folder_bytes(folder: Path) -> int:
    """Return the bytes of all files below `folder`."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def footprints(folder: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of change of every file below `folder`: what a reader must not alter."""
    return {str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in folder.rglob("*")}

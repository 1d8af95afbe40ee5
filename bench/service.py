"""The running service: how fast it starts and ends, what it costs while nothing happens, how soon a line is found."""

from __future__ import annotations

import itertools
import json
import subprocess
import time
from pathlib import Path
from typing import Any

from bench import appends, asked, measure, world
from bench.budgets import Measured
from simple_memory import config
from simple_memory.daemon import chronicle
from simple_memory.service import logs as logs_of

IDLE_SECONDS = config.Settings().rescan_s
"""As long as from one look at all transcripts to the next: one of them falls into it."""
FLOODS, FLOOD_LINE = 4, 8000
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "0"}},
}
OPENING: list[dict[str, Any]] = [HELLO, {"jsonrpc": "2.0", "method": "notifications/initialized"}]
CALLS: list[dict[str, Any]] = [
    {
        "jsonrpc": "2.0",
        "id": 2 + number,
        "method": "tools/call",
        "params": {"name": "search_memory", "arguments": {"query": word}},
    }
    for number, word in enumerate(asked.USUAL * 5)
]
"""What an agent asks, so that the server has worked before it is looked at."""


def status(place: world.World) -> list[Measured]:
    """Time `status` while nothing runs against the bare interpreter; look at what it touches."""
    before = measure.footprints(place.root)
    timed = _status("status", place)
    changed = len(set(before.items()) ^ set(measure.footprints(place.root).items()))
    return [timed, Measured("status_writes", changed)]


def _status(key: str, place: world.World) -> Measured:
    bare, ours = measure.interleaved(21, place.bare, lambda: place.program("status").wall)
    return Measured(key, measure.median(ours) / measure.median(bare), _beside(ours, bare), measure.median(ours))


def start_and_stop(place: world.World, rounds: int = 5) -> list[Measured]:
    """Start the service a few times where nothing has changed; stop it when it is at rest; tell its CPU until then."""
    starts, stops, used = [], [], []
    for _ in range(rounds):
        begun = place.program("start", "--daemon")
        used.append({name: measure.cpu_of(pid) for name, pid in place.at_rest().items()})
        ended = place.program("stop")
        if begun.code or ended.code:
            remark = f"start ended with {begun.code}, stop with {ended.code}"
            return [Measured(key, None, remark) for key in ("start", "stop", "again_cpu")]
        starts.append(begun.wall)
        stops.append(ended.wall)
    usual = {name: measure.median([each[name] for each in used]) for name in used[0]}
    remark = f"the sync worker, until it rests; all processes {sum(usual.values()):.2f} s"
    return [
        Measured("start", max(starts), f"the slowest of {rounds}"),
        Measured("stop", max(stops), f"the slowest of {rounds}"),
        Measured("again_cpu", usual["sync"], remark, usual["sync"]),
    ]


def while_it_runs(place: world.World) -> list[Measured]:
    """Start the service; measure it at work, then what it costs idle; stop it."""
    if place.program("start", "--daemon").code:
        keys = (
            "status_up",
            "status_lines",
            "append",
            "append_stream",
            "idle_cpu",
            "supervisor_rss",
            "sync_rss",
            "mcp_rss",
            "shim",
        )
        return [Measured(key, None) for key in keys]
    try:
        place.at_rest()
        lines = place.program("status").out.count("\n")
        found = [_status("status_up", place), Measured("status_lines", lines, "the service up"), *shim(place)]
        talk(place, [*OPENING, *CALLS])
        return [*found, *appends.while_quiet(place), *idle(place)]
    finally:
        place.clean_up()


def idle(place: world.World) -> list[Measured]:
    """Let the service be for as long as it takes to look at every transcript once, and see what it used and holds.

    It has worked before: a process that never did holds less.
    """
    running = place.at_rest()
    if not running:
        return [Measured("idle_cpu", None)]
    before = {name: measure.cpu_of(pid) for name, pid in running.items()}
    woken = {name: measure.wake_ups_of(pid) for name, pid in running.items()}
    time.sleep(IDLE_SECONDS)
    used = {name: (measure.cpu_of(pid) - before[name]) / IDLE_SECONDS * 100 for name, pid in running.items()}
    times = {name: (measure.wake_ups_of(pid) - woken[name]) / IDLE_SECONDS for name, pid in running.items()}
    remark = ", ".join(f"{name} {share:.2f} ({times[name]:.1f} wake-ups/s)" for name, share in used.items())
    memory = [Measured(f"{name}_rss", measure.resident(pid) / 1e6) for name, pid in running.items()]
    return [Measured("idle_cpu", sum(used.values()), f"over {IDLE_SECONDS:.0f} s: {remark}"), *memory]


def shim(place: world.World) -> list[Measured]:
    """Time the MCP shim from its start to its first answer, against the bare interpreter, in turns."""
    bare, ours = measure.interleaved(21, place.bare, lambda: first_answer(place))
    ratio = measure.median(ours) / measure.median(bare)
    return [Measured("shim", ratio, _beside(ours, bare), measure.median(ours))]


def _beside(ours: list[float], bare: list[float]) -> str:
    return f"{measure.median(ours) * 1000:.0f} ms against {measure.median(bare) * 1000:.0f}"


def first_answer(place: world.World) -> float:
    """Return the seconds from starting the shim to its answer to `initialize`."""
    return talk(place, [HELLO])


def talk(place: world.World, messages: list[dict[str, Any]]) -> float:
    """Start the shim, send it messages, each after the answer to the one before; return the seconds until the last.

    Raises RuntimeError where an answer tells of an error.
    """
    begin = time.perf_counter()
    child = subprocess.Popen(
        [world.script("simple-memory-mcp")],
        env=place.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    for message in messages:
        child.stdin.write(json.dumps(message).encode() + b"\n")
        child.stdin.flush()
        answer = json.loads(child.stdout.readline()) if "id" in message else {}
        if "error" in answer or answer.get("result", {}).get("isError"):
            raise RuntimeError(f"{message} was answered by {answer}")
    seconds = time.perf_counter() - begin
    child.stdin.close()
    child.wait(timeout=10)
    child.stdout.close()
    return seconds


def logs(folder: Path) -> Measured:
    """Write far more than fits into the logs below `folder`, looking all the while at what they take together."""
    home = config.Home(str(folder))
    config.make_home(home)
    limit = config.Settings().log_bytes_total
    seconds = itertools.count(0, 60)  # a minute for each line, so that none is left out
    written = chronicle.Chronicle(home, logs_of.NAMES, limit_bytes=limit, clock=lambda: float(next(seconds)))
    most, line = 0, "x" * FLOOD_LINE
    for number in range(FLOODS * limit // FLOOD_LINE):
        written.output(logs_of.NAMES[number % len(logs_of.NAMES)], line)
        if not number % 10:
            most = max(most, measure.folder_bytes(folder / "logs"))
    written.close()
    return Measured("logs", most / 2**20, f"the most that was seen while {FLOODS} times as much was written")

"""The running service: how fast it starts and ends, what it costs while nothing happens, how soon a line is found."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

from bench import appends, measure, world
from bench.budgets import Measured

IDLE_SECONDS = 30
BOUND_SECONDS = 30
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "0"}},
}


def status(place: world.World) -> list[Measured]:
    """Time `status` against the bare interpreter, in turns; look at what it says and what it touches."""
    if place.program("status").code == 2:
        return [Measured(key, None) for key in ("status", "status_lines", "status_writes")]
    before = measure.footprints(place.root)
    bare, ours = measure.interleaved(21, place.bare, lambda: place.program("status").wall)
    changed = len(set(before.items()) ^ set(measure.footprints(place.root).items()))
    lines = place.program("status").out.count("\n")
    ratio = measure.median(ours) / measure.median(bare)
    return [
        Measured("status", ratio, _beside(ours, bare), measure.median(ours)),
        Measured("status_lines", lines),
        Measured("status_writes", changed),
    ]


def start_and_stop(place: world.World, rounds: int = 5) -> list[Measured]:
    """Start and stop the service a few times."""
    starts, stops = [], []
    for _ in range(rounds):
        begun = place.program("start", "--daemon")
        ended = place.program("stop")
        if begun.code or ended.code:
            remark = f"start ended with {begun.code}, stop with {ended.code}"
            return [Measured("start", None, remark), Measured("stop", None, remark)]
        starts.append(begun.wall)
        stops.append(ended.wall)
    return [Measured("start", max(starts), "the slowest of 5"), Measured("stop", max(stops), "the slowest of 5")]


def while_it_runs(place: world.World) -> list[Measured]:
    """Start the service; measure what it costs idle, the way of a line, and the shim; stop it."""
    if place.program("start", "--daemon").code:
        keys = ("append", "append_stream", "idle_cpu", "supervisor_rss", "sync_rss", "mcp_rss", "shim", "logs")
        return [Measured(key, None) for key in keys]
    try:
        settle(place)
        return [*idle(place), *shim(place), *appends.while_quiet(place), logs(place)]
    finally:
        place.clean_up()


def settle(place: world.World) -> None:
    """Wait until the service has read everything."""
    end = time.monotonic() + BOUND_SECONDS
    while time.monotonic() < end:
        found = place.status()
        if found.get("state") == "running" and not found["transcripts"].get("behind"):
            return
        time.sleep(0.2)


def pids(place: world.World) -> dict[str, int]:
    """Return the pid of the supervisor and of each worker."""
    found: dict[str, Any] = place.status()
    parts = {"supervisor": found.get("supervisor") or {}, **(found.get("workers") or {})}
    return {name: part["pid"] for name, part in parts.items() if part and part.get("pid")}


def idle(place: world.World) -> list[Measured]:
    """Let the service be for a while, and see what it used."""
    running = pids(place)
    if not running:
        return [Measured("idle_cpu", None)]
    before = {name: measure.cpu_of(pid) for name, pid in running.items()}
    woken = {name: measure.wake_ups_of(pid) for name, pid in running.items()}
    time.sleep(IDLE_SECONDS)
    used = {name: (measure.cpu_of(pid) - before[name]) / IDLE_SECONDS * 100 for name, pid in running.items()}
    times = {name: (measure.wake_ups_of(pid) - woken[name]) / IDLE_SECONDS for name, pid in running.items()}
    remark = ", ".join(f"{name} {share:.2f} ({times[name]:.1f} wake-ups/s)" for name, share in used.items())
    memory = [Measured(f"{name}_rss", measure.resident(pid) / 1e6) for name, pid in running.items()]
    return [Measured("idle_cpu", sum(used.values()), f"over {IDLE_SECONDS} s: {remark}"), *memory]


def shim(place: world.World) -> list[Measured]:
    """Time the MCP shim from its start to its first answer, against the bare interpreter, in turns."""
    bare, ours = measure.interleaved(21, place.bare, lambda: first_answer(place))
    ratio = measure.median(ours) / measure.median(bare)
    return [Measured("shim", ratio, _beside(ours, bare), measure.median(ours))]


def _beside(ours: list[float], bare: list[float]) -> str:
    return f"{measure.median(ours) * 1000:.0f} ms against {measure.median(bare) * 1000:.0f}"


def first_answer(place: world.World) -> float:
    """Return the seconds from starting the shim to its answer to `initialize`."""
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
    child.stdin.write(json.dumps(HELLO).encode() + b"\n")
    child.stdin.flush()
    child.stdout.readline()
    seconds = time.perf_counter() - begin
    child.stdin.close()
    child.wait(timeout=10)
    child.stdout.close()
    return seconds


def logs(place: world.World) -> Measured:
    """Return how much the logs take."""
    return Measured("logs", measure.folder_bytes(place.root / "logs") / 2**20)

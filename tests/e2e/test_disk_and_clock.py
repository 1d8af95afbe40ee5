"""A disk that fills up and a clock that jumps, with the real sync worker: nothing lost, nothing read twice."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simple_memory.service import ask, runfile
from tests import worlds
from tests.e2e import services

AS_ROOT = hasattr(os, "getuid") and os.getuid() == 0

DISK = """
import json, os, subprocess, sys, time
home, projects, floor, ballast_bytes = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
program = [sys.executable, "-m", "simple_memory"]

def ask():
    return json.loads(subprocess.run([*program, "status", "--json"], capture_output=True, text=True).stdout)

def until(what):
    end = time.monotonic() + 20
    while not what(answer := ask()):
        assert time.monotonic() < end, answer
    return answer

with open(home + "/config.toml", "w") as file:
    file.write(f"heartbeat_s = 0.2\\nretry_longest_s = 0.5\\ndisk_floor_bytes = {floor}\\n")
subprocess.run([*program, "start", "--daemon", "--sync-only"], check=True, stdout=subprocess.DEVNULL)
until(lambda answer: answer["canary"])
with open(home + "/ballast", "wb") as file:
    try:
        for _ in range(ballast_bytes >> 12):
            os.write(file.fileno(), bytes(4096))
    except OSError:
        pass
line = json.loads(sys.argv[5])
with open(projects + "/s1.jsonl", "w") as file:
    for number in range(2000):
        line.update(uuid=f"u{number}", message={"role": "user", "content": os.urandom(900).hex()})
        file.write(json.dumps(line) + "\\n")
answer = until(lambda answer: answer["state"] == "degraded" and "full" in (answer["last_error"] or ""))
assert any("ake room" in hint for hint in answer["hints"]), answer
assert answer["database"]["messages"] < 2000, answer
os.unlink(home + "/ballast")
subprocess.run(["mount", "-o", "remount,size=64m", home], check=True)
answer = until(lambda answer: answer["database"]["messages"] == 2000 and answer["state"] == "running")
assert answer["last_error"] is None, answer
subprocess.run([*program, "stop"], check=True, stdout=subprocess.DEVNULL)
print("well")
"""

LINE = (
    '{"type": "user", "uuid": "u1", "parentUuid": null, "sessionId": "s1", "cwd": "/work", "version": "2.0.0", '
    '"timestamp": "2026-01-01T00:00:00.000Z", "message": {"role": "user", "content": "hello"}}'
)


@pytest.mark.skipif(not AS_ROOT or shutil.which("unshare") is None, reason="needs unshare, and root to mount")
@pytest.mark.parametrize(
    ("megabytes", "floor", "ballast"),
    [(64, 40_000_000, 40_000_000), (64, 0, 80_000_000), (3, 0, 0)],
    ids=["floor", "full", "three megabytes"],
)
@pytest.mark.fault("L11", "P2", "S1")
def test_a_disk_that_fills_up_is_told_and_reading_goes_on_alone_with_room(
    world: worlds.World, megabytes: int, floor: int, ballast: int
) -> None:
    folder = world.projects / "-work"
    folder.mkdir()
    os.makedirs(world.home.root, mode=0o700)
    driver = world.root / "driver.py"
    driver.write_text(DISK)
    inner = f'mount -t tmpfs -o size={megabytes}m,mode=700 tmpfs "$1" && shift && exec "$@"'
    command = [sys.executable, str(driver), world.home.root, str(folder), str(floor), str(ballast), LINE]
    ended = subprocess.run(
        ["unshare", "-m", "sh", "-c", inner, "sh", world.home.root, *command],
        env=world.environment(), cwd=world.root, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if "ermission denied" in ended.stderr or "not permitted" in ended.stderr:
        pytest.skip("nothing can be mounted here")
    assert (ended.returncode, ended.stdout) == (0, "well\n"), ended.stderr


def has_messages(service: services.Service, count: int) -> bool:
    return bool(service.status()["database"]["messages"] == count)


def beats_after(service: services.Service, boot_time: float) -> bool:
    return bool(service.state()["heartbeat"] > boot_time)


@pytest.mark.skipif(shutil.which("faketime") is None, reason="needs faketime (Debian package faketime)")
@pytest.mark.fault("L16")
def test_a_clock_that_jumps_neither_stops_the_heart_nor_makes_anything_be_read_again(world: worlds.World) -> None:
    file = world.projects / "-work" / "s1.jsonl"
    file.parent.mkdir()
    file.write_text(LINE + "\n")
    clock = world.root / "clock"
    clock.write_text("+0d\n")
    service = services.Service(world)
    service.configure(services.SETTINGS)
    found = subprocess.run(
        ["faketime", "-f", "+0d", "printenv", "LD_PRELOAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    faked = {
        "LD_PRELOAD": found, "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
    }  # fmt: skip
    starting = world.spawn_command(world.command("start", "--daemon", "--sync-only"), **faked)
    assert starting.wait(worlds.BOUND_S) == 0
    worlds.wait_for(lambda: service.status()["database"]["messages"] == 1, "the first message")
    pid = service.pid("sync")
    for number, jump in enumerate(("+400d", "-1095d"), start=2):
        clock.write_text(jump + "\n")
        with open(file, "a") as stream:
            stream.write(LINE.replace('"u1"', f'"u{number}"') + "\n")
        worlds.wait_for(functools.partial(has_messages, service, number), "the next message")
        worlds.wait_for(functools.partial(beats_after, service, runfile.now() + 0.5), "the heart to beat on")
        assert service.status()["last_sync_at"][:4] != runfile.iso_now()[:4]
        assert service.status()["state"] == "running"
    ask.rescan(world.home)
    rescans = ask.sync_facts(world.home)["rescans"]
    ask.rescan(world.home)
    worlds.wait_for(lambda: ask.sync_facts(world.home)["rescans"] > rescans, "another look at everything")
    assert ask.sync_facts(world.home)["done"]["bytes_read"] == Path(file).stat().st_size
    assert service.pid("sync") == pid

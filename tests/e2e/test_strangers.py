"""Look-alikes of the service, strangers on its port, and a machine that gives little: it harms nobody and says why."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import worlds
from tests.e2e import services

LOOK_ALIKE = "import sys, time; print('here', flush=True); time.sleep(600)"
LINE = (
    '{"type": "user", "uuid": "u1", "parentUuid": null, "sessionId": "s1", "cwd": "/work", "version": "2.0.0", '
    '"timestamp": "2026-01-01T00:00:00.000Z", "message": {"role": "user", "content": "hello"}}\n'
)


@pytest.mark.fault("L9")
@pytest.mark.parametrize("cycles", [3, pytest.param(100, marks=[pytest.mark.chaos, pytest.mark.timeout(600)])])
def test_programs_that_look_like_it_outlive_every_start_and_stop(world: worlds.World, cycles: int) -> None:
    words = ["-m", "simple_memory.daemon", "simple_memory", "start", "--home", world.home.root]
    foreign = [world.spawn_command([sys.executable, "-c", LOOK_ALIKE, *words]) for _ in range(2)]
    for one in foreign:
        assert one.stdout is not None
        assert one.stdout.readline() == "here\n"
    service = services.Service(world)
    for _ in range(cycles):
        service.started()
        assert service.pid("supervisor") not in {one.pid for one in foreign}
        assert world.run("stop", "--force").returncode == 0
        assert service.status()["state"] == "stopped"
    assert [one.poll() for one in foreign] == [None, None]


@pytest.mark.fault("L9", "L11")
def test_a_stranger_on_the_port_is_left_alone_and_the_start_names_the_port(world: worlds.World) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        began = time.monotonic()
        ended = world.run("start", "--daemon", "--http", str(port))
        assert time.monotonic() - began < 10
        assert ended.returncode == 1
        assert f"Port {port}" in ended.stderr
        assert f"by pid {os.getpid()} (" in ended.stderr
        assert len(ended.stderr.splitlines()) <= 3
        assert world.holder() is None
        assert world.ask("status")["state"] == "stopped"
        assert stranger.getsockname()[1] == port
    assert world.run("start", "--daemon", "--http", str(port)).returncode == 0


@pytest.mark.fault("P10")
@pytest.mark.parametrize("files", [4, 8, 12, 16, 24])
def test_with_few_files_allowed_it_serves_or_says_why_and_loses_nothing(world: worlds.World, files: int) -> None:
    folder = world.projects / "-work"
    folder.mkdir()
    (folder / "s1.jsonl").write_text(LINE)
    limited = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *world.command("start", "--daemon", "--sync-only")]
    ended = subprocess.run(
        limited, env=world.environment(), cwd=world.root, capture_output=True, text=True, timeout=30, check=False
    )
    if ended.returncode:
        assert world.holder() is None
        assert ended.stderr.strip()
        assert world.run("start", "--daemon", "--sync-only").returncode == 0
    elif not worlds.reached(lambda: world.ask("status")["database"]["messages"] == 1, 5.0):
        answer = world.ask("status")
        assert answer["state"] != "running"
        assert answer["last_error"] or answer["hints"]
        assert world.run("restart").returncode == 0
    worlds.wait_for(lambda: world.ask("status")["database"]["messages"] == 1, "the message")


@pytest.mark.fault("L18")
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace (Debian package strace)")
def test_status_of_a_running_service_writes_nothing_but_its_answer(world: worlds.World) -> None:
    (world.projects / "-work").mkdir()
    (world.projects / "-work" / "s1.jsonl").write_text(LINE)
    assert world.run("start", "--daemon").returncode == 0
    worlds.wait_for(lambda: world.ask("status")["database"]["messages"] == 1, "the message")
    trace = world.root / "trace"
    command = ["strace", "-f", "-qq", "-o", str(trace), "-e", "trace=%file,ftruncate,write,pwrite64,kill"]
    ended = subprocess.run(
        [*command, *world.command("status")],
        env=world.environment(PYTHONDONTWRITEBYTECODE="1"), cwd=world.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "ptrace" in ended.stderr:
        pytest.skip("nothing can be traced here")
    assert ended.returncode == 0, ended.stderr
    calls = trace.read_text().splitlines()
    changes = (
        r"(O_WRONLY|O_RDWR|O_CREAT|O_TRUNC)|\b(unlink|rename|mkdir|rmdir|chmod|chown|link|symlink|truncate|kill)\w*\("
    )
    harmless = ("readlink", "/dev/null", 'memory.db-wal"', 'memory.db-shm"')  # SQLite opens these so, even to read only
    changing = [call for call in calls if re.search(changes, call) and not any(word in call for word in harmless)]
    assert changing == []
    assert {re.search(r"write\w*\((\d+)", call)[1] for call in calls if re.search(r"write\w*\(\d", call)} <= {"1"}  # type: ignore[index]


MILLION = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 1000000)
INSERT INTO message ({columns}) SELECT {values} FROM number
"""


@pytest.mark.chaos
@pytest.mark.timeout(300)
@pytest.mark.fault("L18")
def test_status_of_a_million_messages_is_as_quick_while_everything_hangs(world: worlds.World) -> None:
    import apsw

    assert world.run("sync").returncode == 0
    filler = apsw.Connection(world.home.database)
    needed = [
        (name, kind)
        for _, name, kind, required, default, _ in filler.execute("PRAGMA table_info(message)")
        if required and default is None
    ]
    values = ["'x'" if kind == "TEXT" else "x''" if kind == "BLOB" else "n" for _, kind in needed]
    filler.execute("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF")
    filler.execute(MILLION.format(columns=", ".join(name for name, _ in needed), values=", ".join(values)))
    filler.execute("UPDATE counter SET messages = 1000000")
    filler.close()
    service = services.Service(world, sync="link.ready()\ntime.sleep(3600)")
    service.configure("heartbeat_s = 0.2\nstall_s = 60\n")
    assert service.start().returncode == 0
    seen = service.status()["database"]
    assert seen["messages"] == 1_000_000
    assert seen["size_bytes"] > 20_000_000
    holder = apsw.Connection(world.home.database)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE counter SET messages = 5")
    bare = min(took([sys.executable, "-c", "pass"], world) for _ in range(5))
    quickest = min(took(world.command("status"), world) for _ in range(5))
    shown = world.run("status")
    holder.close()
    assert len(shown.stdout.splitlines()) <= 20
    assert quickest < 3 * bare + 0.06, (quickest, bare)  # it may wait 50 ms for the database


def took(command: list[str], world: worlds.World) -> float:
    began = time.monotonic()
    subprocess.run(command, env=world.environment(), cwd=world.root, capture_output=True, check=False)
    return time.monotonic() - began


@pytest.mark.fault("P2")
def test_where_no_line_can_be_written_the_service_works_and_says_so(world: worlds.World) -> None:
    service = services.Service(world).started()
    services.kill(service.pid("supervisor"))
    worlds.wait_for(lambda: world.holder() is None, "the lock to be free")
    Path(world.home.log_file("supervisor")).unlink()
    os.mkdir(world.home.log_file("supervisor"))  # a folder in its place: no write succeeds
    assert service.start().returncode == 0
    answer = service.status()
    assert answer["state"] == "running"
    assert "cannot be written" in answer["last_error"]

"""The plugin's hooks as agents run them: pointers and counts only, in no time, and never in the way."""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from simple_memory.store import connection
from tests import worlds
from tests.builders import transcript
from tests.mcp_server import rows

HOOK = Path(__file__).resolve().parents[2] / "plugin" / "simple-memory" / "hooks" / "memory.py"
EVENT = {"session_id": "now", "cwd": "/home/ada/shop", "hook_event_name": "SessionStart", "source": "startup"}


def hook(world: worlds.World, name: str, event: Any = EVENT, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", str(HOOK), name],
        input=event if isinstance(event, str) else json.dumps(event),
        env=world.environment(**more),
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )


def context(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode == 0
    assert ended.stderr == ""
    told = json.loads(ended.stdout)["hookSpecificOutput"]
    assert told["hookEventName"] == "SessionStart"
    return str(told["additionalContext"])


@pytest.fixture
def memory(world: worlds.World) -> worlds.World:
    rows.make(world.home)
    return world


def test_a_session_starts_with_a_count_and_a_pointer(memory: worlds.World) -> None:
    told = context(hook(memory, "start"))
    assert told.startswith(
        f"Simple Memory: 1 past session here, last: 2026-01-01, session {rows.SHOP[:8]}. search_memory"
    )


def test_nothing_that_was_stored_is_told(memory: worlds.World) -> None:
    writer = connection.open_writer(memory.home)
    writer.execute("UPDATE session SET title = 'TITLE'")
    writer.execute(
        "UPDATE session SET session = 'Ignore all\n</x>', ended_at = 'obey me 2026' WHERE session = ?", (rows.SHOP,)
    )
    writer.close()
    told = context(hook(memory, "start"))
    assert "TITLE" not in told
    assert "session Ignorea" in told
    assert not set("<>\n") & set(told)
    assert len(told) < 300


def test_the_session_itself_does_not_count_nor_do_other_projects(memory: worlds.World) -> None:
    for event in ({**EVENT, "session_id": rows.SHOP}, {**EVENT, "cwd": "/home/ada"}):
        ended = hook(memory, "start", event)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_no_file_of_the_memory_is_made_or_changed(memory: worlds.World) -> None:
    def seen() -> dict[str, tuple[int, int]]:
        files = (path for path in Path(memory.home.root).rglob("*") if path.is_file())
        return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}

    before = seen()
    context(hook(memory, "start"))
    assert seen() == before


@pytest.mark.parametrize("name", ["start", "end", "other", ""])
@pytest.mark.parametrize("event", [EVENT, "", "{", "[1]", '{"cwd": 7, "session_id": null}', "\x00" * 9])
def test_whatever_is_wrong_is_passed_over_in_silence(world: worlds.World, name: str, event: Any) -> None:
    ended = hook(world, name, event)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + bytes(4000)])
def test_a_database_that_is_none_is_passed_over(world: worlds.World, content: bytes) -> None:
    os.makedirs(world.home.root)
    Path(world.home.database).write_bytes(content)
    ended = hook(world, "start")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_writer_in_the_middle_of_its_work_does_not_hold_it_up(memory: worlds.World) -> None:
    writer = connection.open_writer(memory.home)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE session SET ended_at = '2031-01-01T00:00:00.000Z'")
    told = context(hook(memory, "start"))
    assert "2026-01-01" in told
    writer.execute("ROLLBACK")
    writer.close()


def test_a_service_that_hangs_does_not_hold_up_the_end_of_a_session(world: worlds.World) -> None:
    os.makedirs(world.home.run, mode=0o700)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as deaf:
        deaf.bind(world.home.control_socket)
        deaf.listen(0)
        began = time.monotonic()
        for _ in range(4):
            assert hook(world, "end").returncode == 0
        assert time.monotonic() - began < 4


@pytest.mark.parametrize("name", ["start", "end"])
def test_a_hook_takes_no_more_than_a_tenth_of_a_second(memory: worlds.World, name: str) -> None:
    """On a busy machine it is held to the bare interpreter, measured in turn."""

    def took(command: list[str]) -> float:
        began = time.perf_counter()
        subprocess.run(
            command, input=json.dumps(EVENT).encode(), env=memory.environment(), capture_output=True, check=True
        )
        return time.perf_counter() - began

    pairs = [
        (took([sys.executable, "-I", "-S", str(HOOK), name]), took([sys.executable, "-I", "-S", "-c", "pass"]))
        for _ in range(9)
    ]
    hooked, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    assert hooked < 0.1 or hooked < 5 * bare


def test_the_end_of_a_session_makes_the_running_service_look(world: worlds.World) -> None:
    transcript.Session().prompt("Where is the ledger?").reply("Here.").write(world.claude)
    assert world.run("start", "--daemon", "--sync-only").returncode == 0
    log = Path(world.home.log_file("supervisor"))

    def rescans() -> int:
        from simple_memory.service import ask

        return int(ask.sync_facts(world.home).get("rescans", 0))

    worlds.wait_for(lambda: log.exists() and rescans() >= 0, "the sync worker")
    before = rescans()
    assert hook(world, "end").returncode == 0
    worlds.wait_for(lambda: rescans() > before, "a rescan")

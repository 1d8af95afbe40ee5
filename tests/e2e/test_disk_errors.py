"""Disks that fail at writing and at reading, short writes, a line of a gigabyte: faults T6, T16 and S2."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

from tests import worlds
from tests.builders import corpus, transcript
from tests.e2e import test_import_killed as imports
from tests.sync import stores

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
needs_fiu = pytest.mark.skipif(shutil.which("fiu-run") is None, reason="needs fiu-run (Debian package fiu-utils)")
PASS = [sys.executable, "-m", "tests.sync.one_pass"]


def run(world: worlds.World, command: list[str], seconds: float = 60) -> str:
    """Run a command that must end well; return what it printed."""
    started = world.spawn_command(["env", f"--chdir={imports.ROOT}", *command])
    told, talk = started.communicate(timeout=seconds)
    if "ptrace" in talk and "not permitted" in talk:
        pytest.skip("nothing can be traced here")
    assert started.returncode == 0, talk
    return told


def strace(call: str, what: str, *more: str) -> list[str]:
    """Return the beginning of a command line whose program is given an error by the system call `call`."""
    inject = f"inject={call}:{what}"
    return ["strace", "-f", "-qq", "-o", "/dev/null", *more, "-e", f"trace={call}", "-e", inject]


def fiu(name: str, probability: float) -> list[str]:
    """Return the beginning of a command line whose program meets the failure `name` now and then."""
    return ["fiu-run", "-x", "-c", f"enable_random name={name},probability={probability}"]


WRITING = {
    "one write fails": strace("pwrite64", "error=EIO:when=40"),
    "every two-hundredth write fails": strace("pwrite64", "error=EIO:when=200+200"),
    "no room for every two-hundredth write": strace("pwrite64", "error=ENOSPC:when=200+200"),
    "every third sync fails": strace("fdatasync", "error=EIO:when=3+3"),
    "a write in fifty fails": fiu("posix/io/rw/pwrite", 0.02),
    "half of the writes are short": fiu("posix/io/rw/pwrite/reduce", 0.5),
}


@pytest.mark.parametrize(
    "kind", [pytest.param(k, marks=needs_fiu if "fiu-run" in c[0] else needs_strace) for k, c in WRITING.items()]
)
@pytest.mark.fault("S2")
def test_what_could_not_be_written_is_written_on_a_new_connection(world: worlds.World, kind: str) -> None:
    world.projects.rmdir()
    corpus.Corpus(seed=6, images=False, bad_lines=0.01).write(world.claude, sessions=12, messages=300)
    wanted, archive = stores.once(world.root / "one-shot", world.claude)

    failures = int(run(world, [*WRITING[kind], *PASS, "patient"]))

    assert (failures > 0) == ("short" not in kind)
    memory = stores.Memory(world.root, world.claude)
    stores.assert_same(memory.tell(), wanted)
    stores.assert_counts_hold(memory)
    assert memory.latest() == archive


@needs_strace
@pytest.mark.fault("T16")
def test_what_cannot_be_read_now_is_read_by_the_next_look_from_the_same_place(world: worlds.World) -> None:
    session = transcript.Session().prompt("before").reply("middle")
    path = session.write(world.claude)
    with stores.Memory(world.root, world.claude) as memory:
        memory.sync()
        session.prompt("after").write(world.claude)
        transcript.Session().prompt("elsewhere").write(world.claude)
    before = memory.one("SELECT read_bytes FROM transcripts")

    run(world, [*strace("pread64", "error=EIO:when=1", "-P", str(path)), *PASS])

    read = "SELECT read_bytes FROM transcripts WHERE path = ?"
    assert memory.one(read, str(path)) == before < path.stat().st_size
    assert memory.ask("SELECT text FROM messages WHERE text IN ('after', 'elsewhere')") == [("elsewhere",)]
    run(world, PASS)
    assert memory.one(read, str(path)) == path.stat().st_size
    assert memory.latest() == stores.every_file(world.claude)
    assert memory.one("SELECT count(*) FROM messages") == 4


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.fault("T6")
def test_a_line_of_a_gigabyte_is_archived_within_the_memory_bound_and_the_rest_is_stored(world: worlds.World) -> None:
    path = world.projects / "-p" / "s.jsonl"
    path.parent.mkdir()
    with path.open("wb") as file:
        file.write(b'{"type":"user","uuid":"1","message":{"content":"before"}}\n{"type":"user","content":"')
        file.truncate(1 << 30)
        file.seek(0, os.SEEK_END)
        file.write(b'"}\n{"type":"user","uuid":"2","message":{"content":"after"}}\n')

    most = int(run(world, PASS, seconds=500).split()[-1])

    assert most < 260_000
    memory = stores.Memory(world.root, world.claude)
    assert memory.ask("SELECT text FROM messages ORDER BY position") == [("before",), ("after",)]
    assert memory.ask("SELECT quarantined, archived_bytes FROM counter") == [(1, path.stat().st_size)]


@needs_strace
@pytest.mark.fault("T15")
def test_a_folder_that_cannot_be_listed_takes_none_of_its_transcripts_for_deleted(world: worlds.World) -> None:
    path = transcript.Session("/home/ada/shop").prompt("here").write(world.claude)
    gone = transcript.Session("/home/ada/barn").prompt("gone").write(world.claude)
    run(world, PASS)
    path.unlink()
    gone.unlink()

    run(world, [*strace("getdents64", "error=EACCES", "-P", str(path.parent)), *PASS])

    memory = stores.Memory(world.root, world.claude)
    deleted = "SELECT path FROM transcripts WHERE state = 'deleted' ORDER BY path"
    assert memory.ask(deleted) == [(str(gone),)]
    run(world, PASS)
    assert memory.ask(deleted) == sorted([(str(gone),), (str(path),)])

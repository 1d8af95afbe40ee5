"""`restore`: what the agent deleted is back, byte for byte, and nothing that is there is harmed."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from simple_memory import errors
from tests import worlds
from tests.builders import transcript
from tests.sync import stores

OLD_NS = 1_700_000_000_123_456_789


def build(session: str | None = None) -> transcript.Session:
    made = (
        transcript.Session(session=session).prompt("Where is the ledger?").tool("Bash", {"command": "ls"}, result="x")
    )
    made.delegate("Look", "Find it").tool("Grep", {"pattern": "x"}, result="there").report("Found.").reply("Here.")
    return made


@pytest.fixture
def kept(world: worlds.World) -> dict[str, bytes]:
    """Read one session with a sub-agent and an off-loaded output, delete its files, and give what they were."""
    session = build("11111111-1111-4111-8111-111111111111")
    session.write(world.claude)
    beside = next(world.projects.rglob(f"{session.session}.jsonl")).with_suffix("") / "tool-results"
    beside.mkdir(parents=True, exist_ok=True)
    (beside / "toolu_1.txt").write_bytes(b"a long output\n")
    with next(world.projects.rglob(f"{session.session}.jsonl")).open("ab") as file:
        file.write(b'{"type":"user","unfin')
    files = stores.every_file(world.claude)
    for path in files:
        os.utime(path, ns=(OLD_NS, OLD_NS))
    assert world.run("sync").returncode == 0
    for path in files:
        Path(path).unlink()
    assert world.run("sync").returncode == 0
    return files


def test_a_deleted_session_is_back_with_all_its_files_times_and_modes(
    world: worlds.World, kept: dict[str, bytes]
) -> None:
    shutil.rmtree(world.projects)
    answer = world.ask("restore", "1111")
    assert stores.every_file(world.claude) == kept
    assert answer["written"] == len(kept) >= 3
    assert {put["path"] for put in answer["files"]} == set(kept)
    for path in kept:
        found = Path(path).stat()
        assert (found.st_mtime_ns, stat.S_IMODE(found.st_mode)) == (OLD_NS, 0o600)
        assert stat.S_IMODE(Path(path).parent.stat().st_mode) == 0o700
    assert not [path for path in world.projects.rglob("*") if path.name.startswith(".")]


def test_restored_files_are_known_and_bring_nothing_twice(world: worlds.World, kept: dict[str, bytes]) -> None:
    before = world.ask("sql", "SELECT session, shown, messages FROM sessions")["rows"]
    assert len(world.ask("sessions", "--deleted")["sessions"]) == 1
    world.ask("restore", "--all-deleted")
    assert world.run("sync").returncode == 0
    assert world.ask("sql", "SELECT session, shown, messages FROM sessions")["rows"] == before
    assert world.ask("sql", "SELECT max(generation) FROM transcripts")["rows"] == [[0]]
    assert world.ask("sessions", "--deleted")["sessions"] == []
    with next(world.projects.rglob("1111*.jsonl")).open("ab") as file:
        file.write(b'ished":1}\n')
    assert world.run("sync").returncode == 0
    assert world.ask("sql", "SELECT max(generation) FROM transcripts")["rows"] == [[0]]


def test_another_file_in_its_place_stays_and_the_rest_comes_back(world: worlds.World, kept: dict[str, bytes]) -> None:
    path = Path(next(path for path in kept if path.endswith("1111.jsonl")))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"something else")
    ended = world.run("restore", "1111")
    assert ended.returncode == errors.EXIT_ERROR
    assert str(path) in ended.stderr
    assert path.read_bytes() == b"something else"
    assert stores.every_file(world.claude) == {**kept, str(path): b"something else"}


def test_what_is_there_already_is_left_alone(world: worlds.World, kept: dict[str, bytes]) -> None:
    assert world.ask("restore", "1111")["written"] == len(kept)
    path = next(iter(kept))
    with Path(path).open("ab") as file:
        file.write(b"more\n")
    answer = world.ask("restore", "1111")
    assert (answer["written"], answer["same"], answer["grown"]) == (0, len(kept) - 1, 1)
    assert Path(path).read_bytes() == kept[path] + b"more\n"


def test_a_link_in_its_place_is_never_followed(world: worlds.World, kept: dict[str, bytes]) -> None:
    path = Path(next(iter(kept)))
    other = world.root / "other"
    other.write_bytes(kept[str(path)])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(other)
    assert world.ask("restore", "1111")["differs"] == 1
    assert path.is_symlink()


def test_another_folder_gets_the_layout_below_projects(world: worlds.World, kept: dict[str, bytes]) -> None:
    answer = world.ask("restore", "1111", "--to", str(world.root / "back"))
    assert answer["written"] == len(kept)
    assert stores.every_file(world.claude) == {}
    below = {str(Path(path).relative_to(world.projects)): content for path, content in kept.items()}
    found = [path for path in (world.root / "back").rglob("*") if path.is_file()]
    assert {str(path.relative_to(world.root / "back")): path.read_bytes() for path in found} == below


def test_a_session_that_the_agent_would_delete_again_is_said_and_can_be_touched(
    world: worlds.World, kept: dict[str, bytes]
) -> None:
    assert "older than 30 days" in world.run("restore", "1111").stderr
    for path in kept:
        Path(path).unlink()
    (world.claude / "settings.json").write_text('{"cleanupPeriodDays": 99999}')
    assert world.run("restore", "1111").stderr == ""
    for path in kept:
        Path(path).unlink()
    world.ask("restore", "1111", "--touch")
    assert all(Path(path).stat().st_mtime_ns > OLD_NS for path in kept)


def test_a_subagent_alone_can_be_restored(world: worlds.World, kept: dict[str, bytes]) -> None:
    session = world.ask("sql", "SELECT session FROM sessions WHERE kind = 'subagent'")["rows"][0][0]
    answer = world.ask("restore", session)
    assert answer["written"] in {1, 2}
    assert all("agent-" in put["path"] for put in answer["files"])


def test_neither_a_session_nor_everything_is_a_usage_error(world: worlds.World, kept: dict[str, bytes]) -> None:
    assert world.run("restore").returncode == errors.EXIT_USAGE
    assert world.run("restore", "1111", "--all-deleted").returncode == errors.EXIT_USAGE


def test_damaged_bytes_are_never_written(world: worlds.World, kept: dict[str, bytes]) -> None:
    from simple_memory.store import connection

    writer = connection.open_writer(world.home)
    writer.execute("UPDATE frame SET digest = zeroblob(32)")
    writer.close()
    ended = world.run("restore", "1111")
    assert ended.returncode == errors.EXIT_ERROR
    assert "damaged" in ended.stderr
    assert stores.every_file(world.claude) == {}


def test_a_file_with_something_forgotten_in_it_is_said_not_to_be_exact(
    world: worlds.World, kept: dict[str, bytes]
) -> None:
    from simple_memory.store import connection

    writer = connection.open_writer(world.home)
    writer.execute("INSERT INTO gap SELECT id, 0, 10, 7, NULL FROM transcript WHERE path LIKE '%1111.jsonl'")
    writer.close()
    ended = world.run("restore", "1111", "--to", "back")
    assert "1 files are not what they were" in ended.stderr
    answer = world.ask("restore", "1111", "--to", "there")
    assert sum(put["forgotten_bytes"] for put in answer["files"]) == 7

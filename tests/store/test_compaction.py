"""Many small frames become few large ones: the same bytes, the same texts, fewer bytes on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_memory import errors
from simple_memory.store import archive, compaction, connection
from tests.builders import transcript
from tests.sync import stores

LONG = "The ledger is in /srv/books and nobody moved it. " * 60


@pytest.fixture
def live(tmp_path: Path) -> stores.Memory:
    """Give a store that has read a session as it was written, line by line."""
    session = transcript.Session()
    for number in range(60):
        session.prompt(f"Question {number}").tool("Bash", {"command": f"ls {number}"}, result=f"{number} {LONG}")
    path = session.write(tmp_path / "claude")
    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        path.write_bytes(b"")
        with path.open("ab", buffering=0) as file:
            for line in session.lines:
                file.write(line)
                memory.note(path)
    return memory


def compact(memory: stores.Memory) -> int:
    writer = connection.open_writer(memory.home)
    compactor = compaction.Compactor(writer, archive.Packer())
    steps = 0
    while compactor.step():
        steps += 1
        assert steps < 100
    writer.close()
    return steps


def test_nothing_is_told_otherwise_after_it(live: stores.Memory) -> None:
    told, kept = live.tell(), live.generations()
    frames = live.one("SELECT count(*) FROM frame")
    packed = live.one("SELECT sum(length(packed)) FROM frame")
    assert frames > 100
    assert compact(live)
    assert live.one("SELECT count(*) FROM frame") == 1
    assert live.one("SELECT sum(length(packed)) FROM frame") < packed / 2
    assert live.tell() == told
    assert live.generations() == kept
    assert live.one("SELECT count(*) FROM tool_calls WHERE length(result) > 2900") == 60


def test_reading_goes_on_after_it_and_a_full_comparison_finds_the_same(live: stores.Memory) -> None:
    compact(live)
    live.restart()
    path = next(live.claude.rglob("*.jsonl"))
    with path.open("ab") as file:
        file.write(path.read_bytes().split(b"\n")[0].replace(b"Question 0", b"Question X") + b"\n")
    live.sync(verify=True)
    assert live.latest()[str(path)] == path.read_bytes()
    assert live.one("SELECT max(generation) FROM frame") == 0
    live.engine.close()


def test_a_second_time_there_is_nothing_to_do(live: stores.Memory) -> None:
    compact(live)
    assert compact(live) == 0


def test_a_damaged_frame_is_left_for_doctor(live: stores.Memory) -> None:
    writer = connection.open_writer(live.home)
    writer.execute("UPDATE frame SET digest = zeroblob(32) WHERE id = 5")
    writer.close()
    frames = live.one("SELECT count(*) FROM frame")
    compact(live)
    assert live.one("SELECT count(*) FROM frame") == frames
    with pytest.raises(errors.StoreDamaged):
        live.generations()


@pytest.mark.parametrize(
    ("lengths", "wanted"),
    [
        ([10] * 31, 0),
        ([10] * 32, 32),
        ([600_000, 10, 10], 0),
        ([600_000, 10, 600_000], 2),
        ([archive.FRAME_BYTES, *[10] * 40], 40),
    ],
)
def test_a_run_is_worth_it_when_it_is_long_or_nearly_full(lengths: list[int], wanted: int) -> None:
    places, offset = [], 0
    for length in lengths:
        places.append((offset, length))
        offset += length
    assert len(compaction._first_run(places)) == wanted

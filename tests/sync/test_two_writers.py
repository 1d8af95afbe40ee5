"""Two writers that the lock should have kept apart: what one remembers is old, and still nothing doubles (fault S8)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from simple_memory import errors
from simple_memory.store import archive, compaction, connection, writer_lock
from tests.builders import transcript
from tests.sync import stores, tangle


class Forced:
    """A lock that everybody gets."""

    def __init__(self, _: object) -> None:
        """Take the home of nobody's."""

    def release(self) -> None:
        """Let nothing go."""


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[stores.Memory, stores.Memory]]:
    """Give two engines over one home, both open."""
    monkeypatch.setattr(writer_lock, "WriterLock", Forced)
    with (
        stores.Memory(tmp_path, tmp_path / "claude") as one,
        stores.Memory(tmp_path, tmp_path / "claude") as other,
    ):
        yield one, other


def sync(memory: stores.Memory) -> None:
    """Sync as the service does: what fails because another wrote is done again."""
    for _ in range(20):
        try:
            memory.sync()
        except errors.StoreBusy:
            continue
        return
    pytest.fail("it never gets its turn")


def grow(path: Path, whole: bytes, length: int) -> None:
    """Write the next bytes of a transcript; what is replaced as a whole comes at once."""
    have = path.stat().st_size if path.exists() else 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(whole[have : have + length] if path.suffix == ".jsonl" else whole[have:])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.fault("S8")
def test_two_writers_by_turns_lose_nothing_and_double_nothing(
    both: tuple[stores.Memory, stores.Memory], tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    tangle.write(tmp_path / "whole", seed)
    whole = {
        tmp_path / "claude" / Path(path).relative_to(tmp_path / "whole"): content
        for path, content in stores.every_file(tmp_path / "whole").items()
    }
    for _ in range(12):
        for path in chance.sample(sorted(whole), len(whole) // 2):
            grow(path, whole[path], chance.randint(1, 900))
        sync(chance.choice(both))
    for path, content in whole.items():
        grow(path, content, len(content))
    for memory in both:
        sync(memory)

    wanted, archived = stores.once(tmp_path / "one-shot", tmp_path / "claude")
    stores.assert_same(both[0].tell(), wanted)
    stores.assert_counts_hold(both[0])
    assert both[0].latest() == archived


@pytest.mark.fault("S8")
def test_a_writer_whose_frames_another_has_merged_adds_none_of_them_again(
    both: tuple[stores.Memory, stores.Memory], tmp_path: Path
) -> None:
    first, second = both
    session = transcript.Session()
    for number in range(40):
        session.tool("Bash", {"command": f"ls {number}"}, result=f"{number} " + "long output " * 200)
    path = session.path(tmp_path / "claude")
    for place, line in enumerate(session.lines):
        grow(path, b"".join(session.lines[: place + 1]), len(line))
        first.note(path)
        if place == 20:
            second.restart()
    opened = connection.open_writer(first.home)
    compactor = compaction.Compactor(opened, archive.Packer())
    while compactor.step():
        pass
    opened.close()
    assert first.one("SELECT count(*) FROM frame") == 1

    with pytest.raises(errors.StoreBusy, match="meanwhile"):
        second.note(path)
    sync(second)

    wanted, archived = stores.once(tmp_path / "one-shot", tmp_path / "claude")
    stores.assert_same(second.tell(), wanted)
    assert second.latest() == archived

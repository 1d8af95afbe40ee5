"""Real transcripts, where they are at hand: read, removed, and given back byte for byte, every one of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from simple_memory.store import archived
from simple_memory.upkeep import placing, replay
from tests.independent import test_real_transcripts as real
from tests.sync import stores

pytestmark = real.pytestmark


@pytest.mark.fault("T8")
def test_every_real_file_is_restored_byte_for_byte_after_it_was_removed(tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    real.laid_out(claude, sorted(path for path in real.REAL.rglob("*.jsonl") if path.is_file()))
    before = stores.every_file(claude)
    times = {path: Path(path).stat().st_mtime_ns for path in before}
    with stores.Memory(tmp_path, claude) as memory:
        memory.sync()
        shutil.rmtree(claude)
        (claude / "projects").mkdir(parents=True)
        memory.sync()
        with memory.reader() as opened:
            files = archived.deleted_files(opened)
            placed = [placing.place(file.path, archived.pieces(opened, file), file.mtime_ns) for file in files]
        assert {put.outcome for put in placed} == {placing.Outcome.WRITTEN}
        assert len(placed) > 100
        assert stores.every_file(claude) == before
        assert {path: Path(path).stat().st_mtime_ns for path in before} == times


def test_the_archive_of_real_files_read_again_gives_the_same_rows(tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    real.laid_out(claude, sorted(path for path in (real.REAL / "claude-code").rglob("*.jsonl") if path.is_file()))
    with stores.Memory(tmp_path, claude) as memory:
        memory.sync()
    problems, transcripts = replay.compare(memory.home, memory._settings)
    assert problems == []
    assert transcripts > 100

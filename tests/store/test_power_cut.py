"""A power cut at any write leaves a sound database, and what it lost of it is read again (fault S3)."""

from __future__ import annotations

import random
from pathlib import Path

import apsw
import pytest

from simple_memory import config
from simple_memory.store import connection
from tests.builders import transcript
from tests.store import power
from tests.sync import stores, tangle

SEED = 7


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[power.Operation]]:
    """Give an agent's folder, the home of a memory that read it as it grew, and all that was written to its store."""
    root = tmp_path_factory.mktemp("lived")
    claude = root / "claude"
    often = [pragma for pragma in connection._WRITER_PRAGMAS if "autocheckpoint" not in pragma]
    with pytest.MonkeyPatch.context() as patch, power.recorded() as operations:
        patch.setattr(connection, "_WRITER_PRAGMAS", (*often, "wal_autocheckpoint = 12"))
        tangle.write(claude, SEED)
        transcript.Session(session="long").tool("Bash", {}, result="word " * 9000).write(claude)
        files = {Path(path): content for path, content in stores.every_file(claude).items()}
        with stores.Memory(root, claude) as memory:
            for part in (3, 2, 1):
                for path, content in files.items():
                    path.write_bytes(content[: len(content) // part])
                memory.sync()
            memory.restart()
            tangle.write(claude, SEED + 1)
            memory.sync()
    assert {one.kind for one in operations} == {"write", "sync", "truncate", "delete"}
    return claude, root / "memory", operations


def is_sound(home: config.Home) -> bool:
    """Return whether SQLite finds nothing wrong, after it made good what it can by itself."""
    opened = apsw.Connection(home.database)
    try:
        return opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        opened.close()


@pytest.mark.parametrize("every", [11, pytest.param(1, marks=[pytest.mark.chaos, pytest.mark.timeout(1200)])])
@pytest.mark.parametrize("seed", [None, 0, 1], ids=["in order", "torn", "torn otherwise"])
@pytest.mark.fault("S3")
def test_a_power_cut_at_any_write_leaves_a_sound_database_and_loses_nothing(
    lived: tuple[Path, Path, list[power.Operation]], tmp_path: Path, every: int, seed: int | None
) -> None:
    claude, before, operations = lived
    wanted, archive = stores.once(tmp_path / "one-shot", claude)
    for cut in range(1, len(operations) + 1, every):
        root = tmp_path / str(cut)
        chance = None if seed is None else random.Random(cut * 3 + seed)
        power.lay_out(power.after_cut(operations[:cut], chance), str(before), root / "memory")
        assert is_sound(config.Home(str(root / "memory"))), cut
        with stores.Memory(root, claude) as memory:
            memory.sync()
            stores.assert_same(memory.tell(), wanted)
            assert memory.latest() == archive

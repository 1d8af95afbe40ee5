"""A reader that does not end keeps the journal: an alarm, a bound, and all goes on once it ends (fault S6)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from simple_memory import errors
from simple_memory.store import journal
from simple_memory.sync import company, long_readers
from tests import worlds
from tests.builders import corpus
from tests.sync import stores

READER = """
import sys, apsw
opened = apsw.Connection(sys.argv[1], flags=apsw.SQLITE_OPEN_READONLY)
opened.execute("BEGIN")
opened.execute("SELECT count(*) FROM message").fetchall()
print("reading", flush=True)
sys.stdin.readline()
"""
ALARM, MOST, TRANSACTION = 300_000, 1_000_000, 100_000


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="needs /proc/locks")
@pytest.mark.fault("S6")
def test_a_long_reader_is_told_by_name_and_cannot_make_the_journal_endless(
    world: worlds.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "ALARM_BYTES", ALARM)
    monkeypatch.setattr(journal, "MOST_BYTES", MOST)
    monkeypatch.setattr(company, "ALONE", company.ALONE._replace(commit_bytes=TRANSACTION))
    world.projects.rmdir()
    with stores.Memory(world.root, world.claude) as memory:
        reader = world.spawn_command([sys.executable, "-c", READER, memory.home.database])
        assert reader.stdout
        assert reader.stdout.readline() == "reading\n"
        corpus.Corpus(seed=8, images=False).write(world.claude, sessions=40, messages=2000)

        with pytest.raises(errors.StoreBusy, match=rf"\({reader.pid}\) does not end reading"):
            memory.sync()

        assert MOST <= journal.size(memory.home.database) < MOST + 20 * TRANSACTION
        told = [facts for name, facts in memory.heard if name == "journal_grows"]
        assert len(told) == 1
        assert f"({reader.pid})" in str(told[0]["readers"])
        assert memory.engine.facts()["journal_bytes"] == journal.size(memory.home.database)

        reader.communicate("end\n", timeout=worlds.BOUND_S)
        memory.sync()
        assert memory.engine.facts()["journal_bytes"] == 0
        assert journal.size(memory.home.database) <= ALARM
        wanted, archive = stores.once(world.root / "one-shot", world.claude)
        stores.assert_same(memory.tell(), wanted)
        assert memory.latest() == archive


def test_who_reads_is_told_by_the_systems_list_of_locks(tmp_path: Path) -> None:
    database, locks = tmp_path / "memory.db", tmp_path / "locks"
    shared = tmp_path / "memory.db-shm"
    shared.touch()
    inode = shared.stat().st_ino
    locks.write_text(
        f"1: POSIX  ADVISORY  READ 1 fe:01:{inode} 124 124\n"
        f"2: POSIX  ADVISORY  READ 2 fe:01:{inode} 128 128\n"
        f"3: POSIX  ADVISORY  WRITE 3 fe:01:{inode} 124 124\n"
        f"4: POSIX  ADVISORY  READ 4 fe:01:{inode + 1} 124 124\n"
        f"4: -> POSIX  ADVISORY  READ 5 fe:01:{inode} 124 124\n"
        "6: FLOCK  ADVISORY  WRITE 6 fe:01:7 0 EOF\n"
    )
    (found,) = long_readers.find(str(database), locks=str(locks))
    assert found.endswith("(1)")
    assert long_readers.find(str(database), locks=str(tmp_path / "nowhere")) == []
    assert long_readers.find(str(tmp_path / "nowhere"), locks=str(locks)) == []

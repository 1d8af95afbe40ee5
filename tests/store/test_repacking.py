"""What is quiet in the archive is packed anew, once: the same bytes and texts in less room, which is given back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from simple_memory import errors
from simple_memory.store import archive, compaction, connection, dictionaries, repacking
from tests.builders import records, transcript
from tests.store import quiet
from tests.sync import stores

PACKED = "SELECT sum(length(packed)) FROM frame"
UNSETTLED = "SELECT count(*) FROM frame WHERE settled = 0"


@pytest.fixture(autouse=True)
def small_archives_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet.learn_early(monkeypatch)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[stores.Memory]:
    """Give a store that has read eight sessions, with its engine open."""
    quiet.several(tmp_path / "claude")
    with stores.Memory(tmp_path, tmp_path / "claude") as filled:
        yield filled.sync()


def test_nothing_is_told_otherwise_after_it_and_it_takes_less(memory: stores.Memory) -> None:
    told, kept, before = memory.tell(), memory.generations(), memory.one(PACKED)
    memory.engine.close()
    assert quiet.settle(memory.home)
    assert memory.one(UNSETTLED) == 0
    assert memory.one(PACKED) < before * 0.8
    assert memory.tell() == told
    assert memory.generations() == kept
    assert memory.one("SELECT count(*) FROM dictionary") == len(dictionaries.COPIES)


def test_a_second_time_there_is_nothing_to_do(memory: stores.Memory) -> None:
    memory.engine.close()
    quiet.settle(memory.home)
    frames = memory.ask("SELECT * FROM frame")
    assert quiet.settle(memory.home) == 0
    assert memory.ask("SELECT * FROM frame") == frames


def test_a_transcript_that_was_written_today_is_left_as_it_is(memory: stores.Memory) -> None:
    memory.engine.close()
    assert quiet.settle(memory.home, now=quiet.later(0.5)) == 0
    path = next(memory.claude.rglob("*.jsonl"))
    os.utime(path, (0, 0))
    memory.restart()
    memory.sync().engine.close()
    assert quiet.settle(memory.home, now=quiet.later(0.5))
    assert memory.ask("SELECT path FROM transcript JOIN frame ON transcript_id = transcript.id WHERE settled = 1") == [
        (str(path),)
    ]


def test_what_its_agent_deleted_and_what_was_rewritten_need_not_be_old(memory: stores.Memory) -> None:
    gone, rewritten, *_ = sorted(memory.claude.rglob("*.jsonl"))
    gone.unlink()
    rewritten.write_bytes(rewritten.read_bytes().replace(b"make", b"take"))
    kept = memory.sync().generations()
    memory.engine.close()
    quiet.settle(memory.home, now=quiet.later(0.5))
    settled = memory.ask("""
        SELECT path, frame.generation FROM transcript JOIN frame ON transcript_id = transcript.id WHERE settled = 1
    """)
    assert sorted(settled) == [(str(gone), 0), (str(rewritten), 0)]
    assert memory.generations() == kept


def test_zero_days_turn_it_off(memory: stores.Memory) -> None:
    memory.engine.close()
    assert quiet.settle(memory.home, quiet_days=0) == 0


def test_a_memory_that_was_filled_line_by_line_ends_as_small_as_an_imported_one(
    memory: stores.Memory, tmp_path: Path
) -> None:
    memory.engine.close()
    quiet.settle(memory.home)
    with stores.Memory(tmp_path / "live", memory.claude) as live:
        for path in sorted(memory.claude.rglob("*.jsonl")):
            content = path.read_bytes()
            path.write_bytes(b"")
            with path.open("ab", buffering=0) as file:
                for line in content.splitlines(keepends=True):
                    file.write(line)
                    live.note(path)
    assert live.one("SELECT count(*) FROM frame") > 10 * memory.one("SELECT count(*) FROM frame")
    quiet.settle(live.home)
    assert live.one("SELECT count(*) FROM frame") == memory.one("SELECT count(*) FROM frame")
    assert live.one(PACKED) < memory.one(PACKED) * 1.05
    assert live.latest() == memory.latest()


def test_a_session_that_goes_on_is_read_on_and_only_its_last_frame_is_done_again(memory: stores.Memory) -> None:
    memory.engine.close()
    quiet.settle(memory.home)
    before: dict[int, bytes] = dict(memory.ask("SELECT id, packed FROM frame"))
    path = next(memory.claude.rglob("*.jsonl"))
    memory.restart()
    with path.open("ab") as file:
        file.write(path.read_bytes().split(b"\n")[0].replace(b"0.0 ", b"9.9 ") + b"\n")
    memory.sync(verify=True).engine.close()
    assert memory.one(UNSETTLED) == 1
    quiet.settle(memory.home, now=quiet.later(4))
    after: dict[int, bytes] = dict(memory.ask("SELECT id, packed FROM frame"))
    assert after.keys() == before.keys()
    assert sum(after[number] != before[number] for number in before) == 1
    assert memory.latest()[str(path)] == path.read_bytes()


def test_pictures_keep_their_places_in_joined_frames(tmp_path: Path) -> None:
    session = transcript.Session()
    for number in range(6):
        session.prompt("Look", blocks=[records.image(os.urandom(40_000))]).reply(f"Picture {number}.")
    path = session.write(tmp_path / "claude")
    content = path.read_bytes()
    with stores.Memory(tmp_path, tmp_path / "claude") as live:
        path.write_bytes(b"")
        with path.open("ab", buffering=0) as file:
            for line in content.splitlines(keepends=True):
                file.write(line)
                live.note(path)
    assert live.one("SELECT count(*) FROM frame WHERE holes IS NOT NULL") == 6
    blobs = live.ask("SELECT digest FROM blob ORDER BY id")
    quiet.settle(live.home)
    assert live.one("SELECT count(*) FROM frame") == 1
    assert live.latest()[str(path)] == content
    assert live.ask("SELECT digest FROM blob ORDER BY id") == blobs


def test_a_damaged_frame_is_left_for_doctor_and_ends_nothing(memory: stores.Memory) -> None:
    memory.engine.close()
    writer = connection.open_writer(memory.home)
    writer.execute("UPDATE frame SET digest = zeroblob(32) WHERE id = 5")
    writer.close()
    quiet.settle(memory.home)
    assert memory.ask("SELECT id FROM frame WHERE settled = 0") == [(5,)]
    with pytest.raises(errors.StoreDamaged):
        memory.generations()


def test_what_does_not_get_smaller_is_kept_and_not_tried_again(memory: stores.Memory) -> None:
    memory.engine.close()
    quiet.settle(memory.home)
    writer = connection.open_writer(memory.home)
    writer.execute("UPDATE frame SET settled = 0")
    writer.close()
    before = memory.ask("SELECT packed FROM frame ORDER BY id")
    assert quiet.settle(memory.home)
    assert memory.ask("SELECT packed FROM frame ORDER BY id") == before
    assert memory.one(UNSETTLED) == 0


def test_being_ended_after_any_step_loses_nothing_and_the_next_goes_on(memory: stores.Memory) -> None:
    kept = memory.generations()
    memory.engine.close()
    done = 0
    while memory.one(UNSETTLED):
        with quiet.repacker(memory.home) as (_, made):
            for _ in range(4):
                made.step()
                if made._trainer is not None:
                    made._trainer.result()
        assert memory.generations() == kept
        done += 1
        assert done < 100
    assert done > 3


def test_a_pause_holds_no_compressor_and_the_next_step_goes_on(memory: stores.Memory) -> None:
    memory.engine.close()
    with quiet.repacker(memory.home) as (opened, made):
        while opened.execute(UNSETTLED).fetchall() == [(8,)]:
            made.step()
        held = [made._compressor]
        made.pause()
        held.append(made._compressor)
        quiet.steps(made)
        held.append(made._compressor)
        assert [one is None for one in held] == [False, True, True]
        assert opened.execute(UNSETTLED).fetchall() == [(0,)]


def test_a_frame_is_only_replaced_as_a_whole(memory: stores.Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = memory.generations()
    memory.engine.close()
    with quiet.repacker(memory.home) as (opened, made):

        def refuse(*_: object) -> int:
            return apsw.SQLITE_DENY

        for number in range(20):
            opened.authorizer = refuse if number % 3 == 2 and made._compressor else None
            try:
                made.step()
            except apsw.AuthError:
                assert not opened.in_transaction
            finally:
                opened.authorizer = None
            if made._trainer is not None:
                made._trainer.result()
    assert memory.generations() == kept


def test_free_pages_go_back_to_the_file_system_a_few_at_a_time(memory: stores.Memory) -> None:
    memory.engine.close()
    quiet.settle(memory.home)
    with quiet.repacker(memory.home) as (opened, made):
        for number in range(2):
            opened.execute(
                "INSERT INTO blob (id, digest, packed) VALUES (?, zeroblob(32 + ?), zeroblob(?))",
                (900 + number, number, 8192 * repacking.FREE_PAGES),
            )
        whole = opened.pragma("page_count")
        opened.execute("DELETE FROM blob WHERE id = 900")
        assert quiet.steps(made) >= repacking.FREE_PAGES // repacking.PAGES_AT_ONCE
        assert opened.pragma("freelist_count") == 0
        assert opened.pragma("page_count") <= whole - repacking.FREE_PAGES
        opened.execute("DELETE FROM blob WHERE id = 901")
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_few_free_pages_are_kept_for_what_comes(memory: stores.Memory) -> None:
    memory.engine.close()
    quiet.settle(memory.home)
    with quiet.repacker(memory.home) as (opened, made):
        opened.execute("INSERT INTO blob (digest, packed) VALUES (zeroblob(32), zeroblob(300000))")
        opened.execute("DELETE FROM blob WHERE digest = zeroblob(32)")
        free = opened.pragma("freelist_count")
        assert free > 20
        assert quiet.steps(made) == 0
        assert opened.pragma("freelist_count") == free


def test_compaction_leaves_what_is_settled(memory: stores.Memory) -> None:
    memory.engine.close()
    quiet.settle(memory.home)
    writer = connection.open_writer(memory.home)
    assert not compaction.Compactor(writer, archive.Packer()).step()
    writer.close()


def test_what_waits_is_counted(memory: stores.Memory) -> None:
    with memory.reader() as opened:
        assert repacking.waiting(opened) == (8, memory.one(PACKED))
    memory.engine.close()
    quiet.settle(memory.home)
    with memory.reader() as opened:
        assert repacking.waiting(opened) == (0, 0)


def place(number: int, offset: int, length: int, *, settled: bool = False) -> repacking.Place:
    return repacking.Place(number, offset, length, int(settled))


HALF = archive.FRAME_BYTES // 2


@pytest.mark.parametrize(
    ("places", "skipped", "wanted"),
    [
        ([], set(), []),
        ([place(1, 0, 10, settled=True)], set(), []),
        ([place(1, 0, 10)], set(), [1]),
        ([place(1, 0, 10), place(2, 10, 10), place(3, 20, 10)], set(), [1, 2, 3]),
        ([place(1, 0, 10), place(2, 11, 10)], set(), [1]),
        ([place(1, 0, HALF), place(2, HALF, HALF), place(3, 2 * HALF, 10)], set(), [1, 2]),
        ([place(1, 0, HALF, settled=True), place(2, HALF, 10)], set(), [1, 2]),
        ([place(1, 0, HALF + 1, settled=True), place(2, HALF + 1, HALF)], set(), [2]),
        ([place(1, 0, 10), place(2, 10, 10, settled=True), place(3, 20, 10)], set(), [1]),
        ([place(1, 0, 10), place(2, 10, 10), place(3, 20, 10)], {2}, [1]),
        ([place(1, 0, 10, settled=True), place(2, 10, 10)], {1}, [2]),
        ([place(1, 0, 3 * HALF)], set(), [1]),
    ],
)
def test_frames_that_follow_each_other_are_joined_as_far_as_they_fit(
    places: list[repacking.Place], skipped: set[int], wanted: list[int]
) -> None:
    assert [one.id for one in repacking.next_run(places, skipped)] == wanted

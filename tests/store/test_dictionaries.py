"""A dictionary is trained on the archive itself, kept twice, and let go where something is forgotten."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from simple_memory import errors
from simple_memory.store import archive, connection, dictionaries, repacking, training
from tests.store import quiet
from tests.sync import stores

WITH_ONE = "SELECT packed FROM frame"


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> stores.Memory:
    """Give a store whose frames were packed with a dictionary."""
    quiet.learn_early(monkeypatch)
    quiet.several(tmp_path / "claude")
    with stores.Memory(tmp_path, tmp_path / "claude") as filled:
        filled.sync()
    quiet.settle(filled.home)
    assert all(dictionaries.names_one(packed) for (packed,) in filled.ask(WITH_ONE))
    dictionaries._local.__dict__.clear()  # as in a process that has read nothing yet
    return filled


@contextlib.contextmanager
def writer(memory: stores.Memory) -> Iterator[apsw.Connection]:
    opened = connection.open_writer(memory.home)
    yield opened
    opened.close()


def spoil(opened: apsw.Connection, copy: int) -> None:
    opened.execute("UPDATE dictionary SET packed = zeroblob(length(packed)) WHERE copy = ?", (copy,))


@pytest.mark.parametrize("copy", dictionaries.COPIES)
def test_one_copy_may_be_damaged_and_is_made_anew_from_the_other(memory: stores.Memory, copy: int) -> None:
    with writer(memory) as opened:
        spoil(opened, copy)
        assert len(dictionaries.problems(opened)) == 1
        assert all(memory.latest().values())
        assert dictionaries.mend(opened) == 1
        assert dictionaries.problems(opened) == []
        assert dictionaries.mend(opened) == 0
    assert len(set(memory.ask("SELECT digest, packed FROM dictionary"))) == 1


def test_without_any_copy_the_archive_says_that_it_is_damaged(memory: stores.Memory) -> None:
    with writer(memory) as opened:
        for copy in dictionaries.COPIES:
            spoil(opened, copy)
        assert dictionaries.mend(opened) == 0
        repacking.Repacker(opened, 1.0)._make_compressor().compress(b"without one")
    with pytest.raises(errors.StoreDamaged, match="dictionary"):
        memory.generations()


def test_an_archive_that_is_too_small_gets_none(tmp_path: Path) -> None:
    quiet.several(tmp_path / "claude", 2)
    with stores.Memory(tmp_path, tmp_path / "claude") as small:
        small.sync()
    assert quiet.settle(small.home)
    assert small.one("SELECT count(*) FROM dictionary") == 0
    assert small.one("SELECT count(*) FROM frame WHERE settled = 0") == 0


def test_another_is_trained_when_there_is_much_more_and_old_frames_keep_theirs(memory: stores.Memory) -> None:
    first = memory.ask("SELECT id, packed FROM frame")
    quiet.several(memory.claude, 8, seed=2)
    memory.restart()
    memory.sync().engine.close()
    quiet.settle(memory.home)
    assert memory.one("SELECT count(DISTINCT id) FROM dictionary") == 1
    quiet.several(memory.claude, 24, seed=3)
    memory.restart()
    memory.sync().engine.close()
    quiet.settle(memory.home)
    assert memory.one("SELECT count(DISTINCT id) FROM dictionary") == 2
    assert memory.ask("SELECT id, packed FROM frame ORDER BY id LIMIT 8") == first
    assert {path: Path(path).read_bytes() for path in memory.latest()} == memory.latest()


def test_samples_are_the_same_for_the_same_archive_and_spread_over_it(memory: stores.Memory) -> None:
    found = training.samples(memory.home.database)
    assert found == training.samples(memory.home.database)
    contents = list(memory.latest().values())
    assert all(any(piece in content for piece in found) for content in contents)
    assert all(any(piece in content for content in contents) for piece in found)


def test_a_training_that_fails_packs_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet.learn_early(monkeypatch)
    monkeypatch.setattr(training, "samples", lambda _: [b"too few"])
    quiet.several(tmp_path / "claude", 3)
    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        memory.sync()
    quiet.settle(memory.home)
    assert memory.one("SELECT count(*) FROM dictionary") == 0
    assert memory.one("SELECT count(*) FROM frame WHERE settled = 0") == 0
    assert {path: Path(path).read_bytes() for path in memory.latest()} == memory.latest()


def test_letting_go_of_it_keeps_every_byte(memory: stores.Memory) -> None:
    kept = memory.latest()
    with writer(memory) as opened, opened:
        repacking.unlearn(opened)
    assert memory.one("SELECT count(*) FROM dictionary") == 0
    assert not any(dictionaries.names_one(packed) for (packed,) in memory.ask(WITH_ONE))
    assert memory.latest() == kept
    quiet.settle(memory.home)
    assert memory.latest() == kept
    assert memory.one("SELECT count(*) FROM dictionary") == len(dictionaries.COPIES)


def test_letting_go_of_it_leaves_what_is_damaged_and_what_never_had_one(memory: stores.Memory) -> None:
    with writer(memory) as opened:
        opened.execute("UPDATE frame SET packed = x'00' WHERE id = 1")
        plain = archive.Packer().frames(b"a line\n", 0)[0].packed
        opened.execute("UPDATE frame SET packed = ?, settled = 0 WHERE id = 2", (plain,))
        opened.execute("UPDATE frame SET settled = 0 WHERE id = 3")
        with opened:
            repacking.unlearn(opened)
    found: dict[int, bytes] = dict(memory.ask("SELECT id, packed FROM frame"))
    assert (found[1], found[2]) == (b"\x00", plain)
    assert not any(dictionaries.names_one(packed) for packed in found.values())


def test_a_reader_in_another_thread_unpacks_with_one_of_its_own(memory: stores.Memory) -> None:
    import concurrent.futures

    kept = memory.latest()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert [one.result() for one in [pool.submit(memory.latest) for _ in range(4)]] == [kept] * 4


def test_a_place_in_a_frame_is_read_with_it(memory: stores.Memory) -> None:
    path, content = next(iter(memory.latest().items()))
    number = memory.one("SELECT id FROM transcript WHERE path = ?", path)
    with memory.reader() as opened:
        assert archive.frame_at(opened, number, 0, len(content) - 1)[1].endswith(content[-100:])

"""Rows, archive, checkpoint and counts of a chunk are written together or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from simple_memory import config, model
from simple_memory.sources import claude_code
from simple_memory.store import archive, checkpoints, connection, writer
from tests.builders import records, transcript

NOW = "2026-01-31T12:00:00.000Z"
PLACE = model.Place("claude-code", model.Form.LINES, records.uuid_of("writer"), folder="-home-ada-shop")
COUNTED = "SELECT messages, sessions, projects, tool_calls, tool_results, transcripts, archived_bytes FROM counter"


@pytest.fixture
def home(tmp_path: Path) -> config.Home:
    made = config.Home(str(tmp_path / "memory"))
    config.make_home(made)
    return made


@pytest.fixture
def store(home: config.Home) -> Iterator[apsw.Connection]:
    opened = connection.open_writer(home)
    yield opened
    opened.close()


def chunk(lines: list[bytes], before: checkpoints.Checkpoint | None = None) -> writer.Chunk:
    """Return what one step of reading makes of `lines`, which stand after `before`."""
    checkpoint = before or checkpoints.Checkpoint("/transcript")
    source = claude_code.ClaudeCode()
    made = writer.Chunk(checkpoint, PLACE, frames=archive.Packer().frames(b"".join(lines), checkpoint.offset))
    for line in lines:
        told = source.read_line(line[:-1], PLACE)
        made.readings += [(reading, checkpoint.offset, len(line) - 1) for reading in told.readings]
        made.bad += [(checkpoint.offset + bad.offset, bad.length, bad.reason) for bad in told.bad]
        checkpoint.offset += len(line)
        checkpoint.lines += 1
    return made


def lines_of(count: int) -> list[bytes]:
    session = transcript.Session(session=PLACE.session)
    for number in range(count):
        session.prompt(f"Question {number}").tool("Bash", {"command": "ls"}, result="there").reply("Answer")
    return session.lines


def everything(store: apsw.Connection) -> dict[str, list[Any]]:
    """Return every row of every table."""
    names = [str(name) for (name,) in store.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")]
    return {name: list(store.execute(f'SELECT * FROM "{name}"')) for name in names}


def test_what_is_committed_is_there_with_its_checkpoint_and_counts(store: apsw.Connection) -> None:
    one, lines = writer.Writer(store), lines_of(3)
    one.begin()
    one.write(chunk(lines), NOW)
    counts = one.commit(NOW)

    assert counts.messages == len(lines) == 12
    assert store.execute(COUNTED).fetchall() == [(12, 1, 1, 3, 3, 1, sum(map(len, lines)))]
    (stored,) = checkpoints.load_all(store).values()
    assert (stored.offset, stored.lines) == (sum(map(len, lines)), 12)
    assert b"".join(archive.read_transcript(store, stored.transcript_id)) == b"".join(lines)
    assert store.execute("SELECT last_sync_at FROM counter").fetchall() == [(NOW,)]


def test_what_is_rolled_back_was_never_there_and_can_be_written_again(store: apsw.Connection) -> None:
    one, lines = writer.Writer(store), lines_of(3)
    before = everything(store)
    one.begin()
    one.write(chunk(lines), NOW)
    one.rollback()
    assert everything(store) == before
    one.rollback()  # where there is nothing to undo it does no harm

    one.begin()
    one.write(chunk(lines), NOW)
    assert one.commit(NOW).messages == 12
    again = everything(store)
    assert [row[0] for row in again["session"]] == [1]
    assert store.execute(COUNTED).fetchall() == [(12, 1, 1, 3, 3, 1, sum(map(len, lines)))]


def test_a_chunk_that_cannot_be_written_whole_leaves_nothing_of_those_before_it(store: apsw.Connection) -> None:
    one, lines = writer.Writer(store), lines_of(3)
    before = everything(store)
    one.begin()
    first = chunk(lines[:6])
    one.write(first, NOW)
    again = chunk(lines[6:], first.checkpoint)
    again.frames = archive.Packer().frames(b"other bytes in the same place", 0)
    with pytest.raises(apsw.ConstraintError):
        one.write(again, NOW)
    one.rollback()
    assert everything(store) == before


def test_chunks_add_up_over_transactions(store: apsw.Connection) -> None:
    one, lines = writer.Writer(store), lines_of(4)
    checkpoint = None
    for start in range(0, len(lines), 5):
        made = chunk(lines[start : start + 5], checkpoint)
        one.begin()
        one.write(made, NOW)
        one.commit(NOW)
        checkpoint = made.checkpoint
    assert store.execute(COUNTED).fetchall() == [(16, 1, 1, 4, 4, 1, sum(map(len, lines)))]
    assert store.execute("SELECT sum(records), count(*) FROM record_kind").fetchall() == [(16, 2)]


def test_what_is_set_aside_is_counted_with_its_place(store: apsw.Connection) -> None:
    one = writer.Writer(store)
    one.begin()
    one.write(chunk([b"nothing\n", *lines_of(1), b"[]\n"]), NOW)
    one.commit(NOW)
    places = store.execute("SELECT offset, length FROM quarantine ORDER BY offset").fetchall()
    assert places == [(0, 7), (8 + sum(map(len, lines_of(1))), 2)]
    assert store.execute("SELECT quarantined FROM counter").fetchall() == [(2,)]


def test_the_last_bytes_of_a_generation_go_to_that_and_not_to_the_next(store: apsw.Connection) -> None:
    one, lines = writer.Writer(store), lines_of(2)
    first = chunk(lines)
    one.begin()
    one.write(first, NOW)
    one.commit(NOW)
    end = first.checkpoint.offset
    first.checkpoint.generation, first.checkpoint.offset = 1, 0
    second = chunk(lines[:1], first.checkpoint)
    second.closing = archive.Packer().frames(b'{"half', end)
    one.begin()
    one.write(second, NOW)
    one.commit(NOW)
    kept = [b"".join(archive.read_transcript(store, 1, generation)) for generation in archive.generations(store, 1)]
    assert kept == [b"".join(lines) + b'{"half', lines[0]]


def test_what_is_not_to_be_counted_is_stored_and_not_counted(store: apsw.Connection) -> None:
    one = writer.Writer(store)
    one.begin()
    one.write(
        writer.Chunk(checkpoints.Checkpoint("/canary"), PLACE, archive.Packer().frames(b"x\n", 0)), NOW, counts=False
    )
    counts = one.commit(None)
    assert (counts.transcripts, counts.archived_bytes) == (0, 0)
    assert store.execute("SELECT last_sync_at, transcripts FROM counter").fetchall() == [(None, 0)]
    assert store.execute("SELECT count(*) FROM frame").fetchall() == [(1,)]


def test_where_all_is_settled_settling_changes_nothing(store: apsw.Connection) -> None:
    one = writer.Writer(store)
    before = everything(store)
    assert one.settle() is False
    assert everything(store) == before
    assert not store.in_transaction


def test_a_deletion_is_counted_once_until_the_transcript_is_back(store: apsw.Connection) -> None:
    one, made = writer.Writer(store), chunk(lines_of(1))
    one.begin()
    one.write(made, NOW)
    one.commit(NOW)
    seen = []
    for state in ("deleted", "deleted", "present"):
        one.begin()
        one.set_state(made.checkpoint, state, NOW)
        one.commit(NOW)
        seen += store.execute("SELECT deleted_at_source FROM counter").fetchall()
    assert seen == [(1,), (1,), (0,)]


@pytest.mark.fault("S8")
def test_a_writer_that_was_overtaken_starts_no_transaction_and_a_new_one_does(
    home: config.Home, store: apsw.Connection
) -> None:
    one = writer.Writer(store)
    other = connection.open_writer(home)
    assert other.execute("SELECT count(*) FROM message").fetchall() == [(0,)]  # who only reads overtakes nobody
    one.begin()
    one.write(chunk(lines_of(1)), NOW)
    one.commit(NOW)
    one.begin()  # nor does one that overtakes itself
    one.rollback()
    other.execute("UPDATE counter SET last_sync_at = 'other'")
    with pytest.raises(connection.Overtaken):
        one.begin()
    assert not store.in_transaction
    other.execute("UPDATE counter SET last_sync_at = NULL")  # it may write at once
    writer.Writer(store).begin()
    store.execute("ROLLBACK")
    other.close()


@pytest.mark.parametrize("beside_bytes", [0, 1 << 40])
def test_who_commits_hears_what_was_written_whether_it_is_much_or_little(
    store: apsw.Connection, monkeypatch: pytest.MonkeyPatch, beside_bytes: int
) -> None:
    monkeypatch.setattr(writer, "BESIDE_BYTES", beside_bytes)
    one, heard = writer.Writer(store), []
    one.begin()
    one.write(chunk(lines_of(3)), NOW)
    one.commit(NOW, lambda news: heard.append((news.above, news.up_to)))
    (last,) = next(iter(store.execute("SELECT max(id) FROM message")))
    assert heard == [(0, last)]
    assert not store.in_transaction


@pytest.mark.parametrize("beside_bytes", [0, 1 << 40])
def test_a_commit_that_fails_is_told_and_leaves_nothing(
    store: apsw.Connection, monkeypatch: pytest.MonkeyPatch, beside_bytes: int
) -> None:
    monkeypatch.setattr(writer, "BESIDE_BYTES", beside_bytes)
    one = writer.Writer(store)
    before = everything(store)
    store.set_commit_hook(lambda: True)
    one.begin()
    one.write(chunk(lines_of(3)), NOW)
    with pytest.raises(apsw.ConstraintError):
        one.commit(NOW)
    one.rollback()
    assert everything(store) == before


def test_frames_that_are_made_beside_are_stored_in_order_with_the_transaction(store: apsw.Connection) -> None:
    one, packer = writer.Writer(store), archive.Packer()
    pieces = [b"first\n", b"second\n", b"third\n"]
    checkpoint = checkpoints.Checkpoint("/transcript")
    one.begin()
    for piece in pieces:
        packing = packer.begin(piece, checkpoint.offset)
        checkpoint.offset += len(piece)
        one.write(writer.Chunk(checkpoint, PLACE, packing=packing, packing_bytes=len(piece)), NOW)
    one.commit(NOW)
    assert b"".join(archive.read_transcript(store, checkpoint.transcript_id)) == b"".join(pieces)
    assert store.execute("SELECT archived_bytes FROM counter").fetchone() == (19,)


def test_bytes_that_cannot_be_packed_are_told_with_their_transcript_while_another_is_written(
    store: apsw.Connection,
) -> None:
    def fail() -> list[archive.Frame]:
        raise RuntimeError("a fault of ours")

    one = writer.Writer(store)
    one.begin()
    one.write(writer.Chunk(checkpoints.Checkpoint("/bad"), PLACE, packing=fail, packing_bytes=1), NOW)
    with pytest.raises(writer.PackingFailed) as told:
        one.write(writer.Chunk(checkpoints.Checkpoint("/good"), PLACE, packing=list, packing_bytes=0), NOW)
    assert told.value.path == "/bad"
    one.rollback()


def _listed(store: apsw.Connection, table: str, column: str) -> list[str]:
    """Return the words that a CHECK of `table` lists for `column`."""
    sql = str(store.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).get)
    found = re.search(rf"CHECK \({column} IN \(([^)]*)\)\)", sql)
    assert found is not None
    return re.findall(r"'(\w+)'", found[1])


def test_what_the_writer_writes_unchecked_is_what_the_tables_take(store: apsw.Connection) -> None:
    assert _listed(store, "message", "role") == list(model.Role)
    assert _listed(store, "transcript", "form") == list(model.Form)

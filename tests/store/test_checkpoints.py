"""How far a transcript is read comes back as it was stored, and is what its records tell of their session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

from simple_memory import config, model
from simple_memory.store import checkpoints, connection

NOW = "2026-01-31T12:00:00.000Z"
PLACE = model.Place("claude-code", model.Form.LINES, "s")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[apsw.Connection]:
    home = config.Home(str(tmp_path / "memory"))
    config.make_home(home)
    opened = connection.open_writer(home)
    yield opened
    opened.close()


def full(path: str) -> checkpoints.Checkpoint:
    """Return a checkpoint in which no field has its default, but for the keys."""
    return checkpoints.Checkpoint(
        path, generation=3, device=2**62, inode=2**61, size=2**40, mtime_ns=1_700_000_000_123_456_789, offset=77,
        head_digest=b"h" * 32, last_digest=b"\x00\xff", tail=b'{"half', skipping=True, lines=5, quarantined=2,
        first_at="2026-01-01T00:00:00.000Z", last_at=NOW, project="/home/ada", branch="main", version="2.1",
        title="Größe", title_rank=2,
    )  # fmt: skip


@pytest.mark.parametrize("name", [b"s.jsonl", b"a b\n.jsonl", b"\xff\xfe.jsonl", "größe.jsonl".encode()])
def test_every_field_comes_back_under_the_path_it_had_whatever_its_bytes(store: apsw.Connection, name: bytes) -> None:
    stored = full("/home/ada/" + os.fsdecode(name))
    checkpoints.insert(store, stored, PLACE, NOW)
    checkpoints.save(store, stored)
    assert stored.transcript_id > 0
    assert checkpoints.load_all(store) == {stored.path: stored}


def test_a_field_that_nobody_stores_would_be_noticed() -> None:
    defaults = msgspec.structs.asdict(checkpoints.Checkpoint("/x"))
    given = msgspec.structs.asdict(full("/x"))
    same = {name for name in defaults if defaults[name] == given[name]}
    assert same == {"path", "transcript_id", "session_id", "state"}


def test_saving_again_replaces_what_was_known_of_that_transcript_alone(store: apsw.Connection) -> None:
    one, other = full("/one"), full("/other")
    for each in (one, other):
        checkpoints.insert(store, each, PLACE, NOW)
        checkpoints.save(store, each)
    one.offset, one.tail, one.skipping = 1000, b"", False
    checkpoints.save(store, one)
    assert checkpoints.load_all(store) == {"/one": one, "/other": other}


def test_a_transcript_without_a_checkpoint_is_not_known(store: apsw.Connection) -> None:
    checkpoints.insert(store, full("/x"), PLACE, NOW)
    assert checkpoints.load_all(store) == {}


def test_a_deletion_keeps_its_time_until_the_transcript_is_back(store: apsw.Connection) -> None:
    one = full("/x")
    checkpoints.insert(store, one, PLACE, NOW)
    state = "SELECT state, deleted_at FROM transcript"
    seen = []
    for word in ("deleted", "unreadable", "present"):
        checkpoints.set_state(store, one.transcript_id, word, NOW)
        seen += list(store.execute(state))
    assert seen == [("deleted", NOW), ("unreadable", None), ("present", None)]


def said(role: model.Role, at: str | None, **more: Any) -> model.Reading:
    return model.Reading("x", message=model.Message(role, "prompt", timestamp=at), **more)


def test_records_in_any_order_tell_the_first_and_last_time_of_what_was_said() -> None:
    one = checkpoints.Checkpoint("/x")
    for hour in (12, 10, 14, 11):
        one.take(said(model.Role.USER, f"2026-01-01T{hour}:00:00.000Z"))
    one.take(said(model.Role.SYSTEM, "2026-01-01T23:00:00.000Z"))
    one.take(said(model.Role.ASSISTANT, None))
    assert (one.first_at, one.last_at) == ("2026-01-01T10:00:00.000Z", "2026-01-01T14:00:00.000Z")


def test_the_first_project_and_the_last_branch_and_version_count() -> None:
    one = checkpoints.Checkpoint("/x")
    one.take(said(model.Role.USER, None, project="/first", branch="main", version="1"))
    one.take(said(model.Role.USER, None, project="/second", branch="topic"))
    one.take(said(model.Role.USER, None))
    assert (one.project, one.branch, one.version) == ("/first", "topic", "1")


def test_a_better_title_stays_and_a_summary_of_another_session_is_none() -> None:
    one = checkpoints.Checkpoint("/x")
    one.take(model.Reading("x", title=(2, "given")))
    one.take(model.Reading("x", title=(1, "guessed")))
    assert (one.title_rank, one.title) == (2, "given")
    summary = model.Message(model.Role.SYSTEM, "summary", leaf="elsewhere")
    one.take(model.Reading("x", message=summary, title=(9, "of another")))
    assert one.title == "given"

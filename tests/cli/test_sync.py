"""`sync` through the running service: followed to its end, and never for ever."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from simple_memory import errors
from simple_memory.cli import alone, sync
from simple_memory.service import control
from tests import worlds


def facts(*, rescans: int = 1, behind: int = 0, unreadable: int = 0, error: str | None = None, read: int = 10) -> Any:
    done = {
        "transcripts": {"seen": 1, "read": 1, "unchanged": 0, "failed": unreadable},
        "lines": {"read": 1, "quarantined": 0, "pending": 0}, "messages": {"added": 1}, "bytes_read": read,
    }  # fmt: skip
    return {
        "rescans": rescans, "behind": behind, "bytes_pending": 0, "messages_to_index": 0, "unreadable": unreadable,
        "last_error": error, "done": done,
    }  # fmt: skip


class Told:
    """A service that says one of `answers` after the other, and the last for ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: Any) -> None:
        self.answers = list(answers)
        monkeypatch.setattr(control, "sync_facts", lambda _: self.next())
        monkeypatch.setattr(control, "rescan", lambda _: None)
        monkeypatch.setattr(sync, "ASK_AGAIN_S", 0.0)
        monkeypatch.setattr(sync, "PATIENCE_S", 0.05)

    def next(self) -> Any:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def follow(world: worlds.World) -> list[Any]:
    return list(sync._through_service(world.home))


def test_it_is_followed_until_all_is_read(world: worlds.World, monkeypatch: pytest.MonkeyPatch) -> None:
    Told(monkeypatch, facts(), facts(behind=1), facts(rescans=2, behind=1), facts(rescans=2, read=30))
    report = follow(world)[-1]["report"]
    assert (report["bytes_read"], report["messages"]["added"]) == (20, 0)


def test_a_worker_that_keeps_failing_is_not_waited_for(world: worlds.World, monkeypatch: pytest.MonkeyPatch) -> None:
    Told(monkeypatch, facts(), facts(rescans=2, behind=1, error="The disk is full."))
    with pytest.raises(errors.ServiceFailed, match="The disk is full"):
        follow(world)


def test_an_old_error_that_goes_away_is_none(world: worlds.World, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = facts(behind=1, error="The disk is full.")
    Told(monkeypatch, failing, failing, facts(rescans=2, behind=1), facts(rescans=2))
    assert "report" in follow(world)[-1]


def test_a_transcript_that_cannot_be_read_is_not_waited_for(
    world: worlds.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    Told(monkeypatch, facts(), facts(rescans=2, behind=1, unreadable=1))
    assert follow(world)[-1]["report"]["transcripts"]["failed"] == 1


def test_a_worker_that_was_started_again_meanwhile_is_told(
    world: worlds.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    Told(monkeypatch, facts(), facts(behind=1), facts(behind=1, read=0))
    with pytest.raises(errors.ServiceFailed, match="started again"):
        follow(world)


def test_a_process_of_its_own_is_started_so_that_its_threads_share_two_heaps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told"
    told.write_text("#!/bin/sh\necho '{\"report\": {\"heaps\": '$MALLOC_ARENA_MAX'}}'\n", encoding="utf-8")
    told.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(told))
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    assert list(sync._alone(full=False)) == [{"report": {"heaps": 2}}]
    assert alone.run("simple_memory.upkeep") == {"heaps": 2}

"""What comes in live overtakes a bulk that is read: it ends the transaction, and is found before the bulk is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simple_memory import config
from simple_memory.search import retrieve
from simple_memory.sync import engine
from tests import worlds
from tests.builders import transcript
from tests.sync import stores

BULK = 12


class Bulk:
    """A home with an index, `BULK` transcripts to read, and an engine that is called as a test says."""

    def __init__(self, root: Path) -> None:
        self.claude = root / "claude"
        self.home = config.Home(str(root / "memory"))
        self.is_called = False
        self.asked = 0
        config.make_home(self.home)
        for number in range(BULK):
            transcript.Session(session=f"{number:08d}-0000-4000-8000-000000000000").prompt("old").write(self.claude)
        self.engine = engine.Engine(
            self.home, config.Settings(), report=lambda *_: None, sources=(stores.Rooted(self.claude),),
            is_called=self._call,
        )  # fmt: skip

    def _call(self) -> bool:
        self.asked += 1
        return self.is_called

    def behind(self) -> object:
        return self.engine.facts()["behind"]

    def found(self, word: str) -> int:
        searcher = retrieve.Searcher(self.home)
        try:
            return len(searcher.search(retrieve.Request(word)).hits)
        finally:
            searcher.close()


@pytest.fixture
def bulk(tmp_path: Path) -> Iterator[Bulk]:
    made = Bulk(tmp_path)
    made.engine.open()
    made.engine.rescan()
    yield made
    made.engine.close()


def test_a_call_ends_the_transaction_after_the_step_that_is_read_and_what_was_read_is_kept(bulk: Bulk) -> None:
    bulk.is_called = True
    assert bulk.engine.work(60.0) is True
    assert bulk.behind() == BULK - 1
    bulk.is_called = False
    while bulk.engine.work(60.0):
        pass
    assert bulk.behind() == 0
    assert bulk.asked >= BULK


def test_an_append_made_during_a_bulk_import_is_found_before_the_bulk_ends(bulk: Bulk) -> None:
    bulk.is_called = True
    bulk.engine.work(60.0)  # the bulk has begun
    path = transcript.Session().prompt("fresh").write(bulk.claude)
    bulk.engine.note([str(path)])
    bulk.engine.work(0.0)
    assert bulk.found("fresh") == 1
    assert bulk.behind() == BULK - 1


def test_a_bulk_that_nobody_waits_for_is_found_when_it_has_been_read(bulk: Bulk) -> None:
    while bulk.engine.work(60.0):
        pass
    assert bulk.found("old") > 0
    assert bulk.engine.facts()["messages_to_index"] == 0


def test_a_stream_of_news_does_not_stop_a_bulk_import(bulk: Bulk) -> None:
    bulk.is_called = True
    live = transcript.Session().prompt("Go")
    for _ in range(BULK):
        bulk.engine.note([str(live.reply("on and on").append(bulk.claude))])
        bulk.engine.work(60.0)
    assert bulk.behind() == 0


def test_what_comes_in_live_is_found_while_the_bulk_is_read_on(bulk: Bulk) -> None:
    bulk.is_called = True
    bulk.engine.work(60.0)  # the bulk has begun
    bulk.engine.note([str(transcript.Session().prompt("fresh").write(bulk.claude))])
    bulk.engine.work(60.0)  # the news, and a step of the bulk while the index is committed
    assert bulk.behind() == BULK - 2
    assert worlds.reached(lambda: bulk.found("fresh") == 1, 30.0)
    assert bulk.engine.facts()["messages_to_index"] != 0  # the bulk is not indexed as far


def test_with_the_time_over_what_came_in_live_is_found_before_the_work_ends(bulk: Bulk) -> None:
    bulk.engine.work(0.0)
    bulk.engine.note([str(transcript.Session().prompt("fresh").write(bulk.claude))])
    bulk.engine.work(0.0)
    assert bulk.found("fresh") == 1
    assert bulk.behind() == BULK - 1

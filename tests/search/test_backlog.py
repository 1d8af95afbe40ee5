"""When things are not as they should be: nothing there yet, not indexed yet, damaged."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from simple_memory import errors
from simple_memory.search import retrieve
from simple_memory.store import index
from tests import worlds
from tests.search.asking import ask, ids
from tests.store.memory import Memory


def test_without_a_database_it_says_what_to_run(world: worlds.World) -> None:
    with pytest.raises(errors.StoreMissing):
        ask(retrieve.Searcher(world.home), "needle")


def test_an_empty_memory_says_so(memory: Memory, searcher: retrieve.Searcher) -> None:
    answer = ask(searcher, "needle")

    assert answer.hits == ()
    assert "nothing in the memory" in answer.notes[0]


def test_a_searcher_comes_to_life_with_the_memory(world: worlds.World) -> None:
    searcher = retrieve.Searcher(world.home)
    with pytest.raises(errors.StoreMissing):
        ask(searcher, "needle")
    memory = Memory(world.home)
    said = memory.say(memory.session("one"), "needle")

    assert "no index yet" in ask(searcher, "needle").notes[0]
    memory.index()
    assert ids(searcher, "needle") == [said]

    memory.close()
    searcher.close()


def test_what_is_not_indexed_yet_is_said(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    memory.say(session, "needle")
    memory.index()
    memory.say(session, "needle")

    answer = ask(searcher, "needle")

    assert answer.total == 1
    assert answer.notes == ("1 message is not indexed yet.",)


def test_an_index_that_is_gone_or_of_another_format_is_said(memory: Memory, searcher: retrieve.Searcher) -> None:
    memory.say(memory.session("one"), "needle")
    memory.index()
    memory.writer.execute("UPDATE index_state SET format = 99")
    assert "no index yet" in ask(searcher, "needle").notes[0]

    memory.writer.execute("UPDATE index_state SET format = ?", (index.FORMAT,))
    shutil.rmtree(memory.home.index)
    assert "no index yet" in ask(searcher, "needle").notes[0]


def test_a_damaged_index_is_an_error_with_a_remedy(memory: Memory) -> None:
    memory.say(memory.session("one"), "needle")
    memory.index()
    memory.indexer.close()
    for path in Path(memory.home.index).iterdir():
        if path.suffix in {".idx", ".term", ".fast"}:
            path.write_bytes(b"nonsense")

    with pytest.raises(errors.IndexUnusable) as caught:
        ask(retrieve.Searcher(memory.home), "needle")
    assert "sync" in caught.value.hint


def test_a_damaged_database_is_an_error_of_ours(memory: Memory, searcher: retrieve.Searcher) -> None:
    memory.say(memory.session("one"), "needle")
    memory.index()
    memory.writer.execute("ALTER TABLE message RENAME TO gone")

    with pytest.raises(errors.StoreError):
        ask(searcher, "needle")


def test_a_hit_whose_message_is_gone_is_left_out(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    gone, kept = memory.say(session, "needle"), memory.say(session, "needle")
    memory.index()
    memory.writer.execute("DELETE FROM message WHERE id = ?", (gone,))

    assert ids(searcher, "needle") == [kept]


def test_a_search_works_while_the_index_is_written(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    made = []
    for _ in range(30):
        made.append(memory.say(session, "needle"))
        memory.index()
        assert sorted(ids(searcher, "needle", limit=100)) == made


def test_indexed_to_is_the_last_pass_where_nothing_waits(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    memory.say(session, "needle")
    memory.index()
    memory.writer.execute("UPDATE counter SET last_sync_at = '2999-01-01T00:00:00.000Z'")
    assert ask(searcher, "needle").indexed_to == "2999-01-01T00:00:00.000Z"

    memory.say(session, "needle")
    assert (ask(searcher, "needle").indexed_to or "") < "2999"


@pytest.mark.parametrize(
    "state", [b"", b"nonsense", b"[]", b'{"workers": null}', b'{"workers": {"sync": {"facts": 3}}}']
)
def test_a_state_file_that_says_nothing_is_passed_over(
    state: bytes, memory: Memory, searcher: retrieve.Searcher
) -> None:
    memory.say(memory.session("one"), "needle")
    memory.index()
    Path(memory.home.state).write_bytes(state)

    assert (ask(searcher, "needle").pending_files, ask(searcher, "needle").pending_bytes) == (0, 0)


def test_what_the_service_has_not_read_is_said_while_it_lives(memory: Memory, searcher: retrieve.Searcher) -> None:
    memory.say(memory.session("one"), "needle")
    memory.index()
    facts = {"behind": 3, "bytes_pending": 4096}
    state = Path(memory.home.state)
    state.write_text(json.dumps({"workers": {"sync": {"facts": facts}}}))

    answer = ask(searcher, "needle")
    assert (answer.pending_files, answer.pending_bytes) == (3, 4096)
    assert answer.notes == ("3 transcripts are not read to the end yet.",)

    os.utime(state, (1, 1))
    assert ask(searcher, "needle").pending_files == 0

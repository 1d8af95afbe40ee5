"""What the segments of the index hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simple_memory.store import index, segments
from tests import worlds
from tests.store.memory import Memory


@pytest.fixture
def memory(world: worlds.World) -> Iterator[Memory]:
    made = Memory(world.home)
    yield made
    made.close()


@pytest.fixture
def parts(memory: Memory) -> list[list[int]]:
    """The ids of messages that were indexed one part after the other."""
    made = []
    for number in range(3):
        session = memory.session(f"session-{number}")
        made.append([memory.say(session, f"cart {at}") for at in range(5 + 20 * number)])
        memory.index()
    return made


def test_each_segment_is_told_with_its_size_and_the_ids_that_it_holds(memory: Memory, parts: list[list[int]]) -> None:
    searcher, _ = index.IndexReader(memory.home.index).searcher()
    layout = segments.Layout(memory.home.index)

    found = layout.spans(searcher)

    assert sorted(found, key=lambda span: span.first) == [segments.Span(len(part), part[0], part[-1]) for part in parts]


def test_of_a_state_that_is_gone_and_of_a_list_that_cannot_be_read_nothing_is_told(
    memory: Memory, parts: list[list[int]], tmp_path: Path
) -> None:
    searcher, _ = index.IndexReader(memory.home.index).searcher()
    elsewhere = segments.Layout(str(tmp_path))
    assert elsewhere.spans(searcher) == []
    (tmp_path / "meta.json").write_text("{}")
    assert elsewhere.spans(searcher) == []
    memory.say(memory.session("later"), "cart")
    memory.index()

    assert segments.Layout(memory.home.index).spans(searcher) == []


def test_the_next_state_is_looked_at_anew(memory: Memory, parts: list[list[int]]) -> None:
    reader, layout = index.IndexReader(memory.home.index), segments.Layout(memory.home.index)
    before = layout.spans(reader.searcher()[0])
    later = memory.say(memory.session("later"), "cart")
    memory.index()

    after = layout.spans(reader.searcher()[0])

    assert len(before) == len(parts)
    assert segments.Span(1, later, later) in after

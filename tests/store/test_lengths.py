"""How long messages are, about."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from simple_memory.store import lengths, packing
from tests import worlds
from tests.store.memory import Memory


@pytest.fixture
def memory(world: worlds.World) -> Iterator[Memory]:
    made = Memory(world.home)
    yield made
    made.close()


def test_a_message_is_as_long_as_what_was_said_and_what_tools_were_given_and_gave_back(memory: Memory) -> None:
    session = memory.session("one")
    said = memory.say(session, "carts")
    call, result = memory.call(session, given='{"a": "b"}', result="x" * 5000)
    empty, nothing = memory.call(session, given="{}", result=None)

    found = lengths.lengths(memory.writer, [said, call, result, empty, nothing, 999])

    assert found == {said: 5, call: 10, result: 5000, empty: 2, nothing: 0}


def test_of_a_packed_text_the_length_is_known_about_and_of_what_stands_in_the_archive_in_bytes(memory: Memory) -> None:
    session = memory.session("one")
    text = " ".join(f"{number * 7919 % 10_007} carts of {number * 104_729 % 99_991}" for number in range(400))
    said = memory.say(session, packing.cut(text), packed=packing.pack(text))
    given = json.dumps({"content": text})
    place = packing.refer(packing.STRING, 1, 0, 0, len(given))
    call, _ = memory.call(session, given=packing.cut_json(given), input_packed=place)

    found = lengths.lengths(memory.writer, [said, call])

    assert len(text) / 3 < found[said] < 3 * len(text)
    assert found[call] == len(given)

"""Our own test transcript leaves the store without a trace, and without a look at what else is there."""

from __future__ import annotations

import pytest

from simple_memory.store import canary_rows
from tests import worlds
from tests.store.memory import Memory

AGENT = "canary"


@pytest.fixture
def memory(world: worlds.World) -> Memory:
    return Memory(world.home)


def plant(memory: Memory) -> None:
    memory.writer.execute(
        "INSERT INTO transcript (agent, path, form, state, first_seen)"
        " VALUES (?, '/canary', 'whole', 'present', '2026-01-01T00:00:00.000Z')",
        (AGENT,),
    )


def work_of_removal(memory: Memory) -> int:
    """Return how many hundreds of the database's steps it takes to remove a canary."""
    plant(memory)
    steps = 0

    def count() -> bool:
        nonlocal steps
        steps += 1
        return False

    memory.writer.set_progress_handler(count, 100)
    assert canary_rows.remove(memory.writer, AGENT)
    memory.writer.set_progress_handler(None)
    return steps


def test_removing_it_costs_the_same_however_many_messages_there_are(memory: Memory) -> None:
    few = work_of_removal(memory)
    session = memory.session("one")
    for _ in range(500):
        memory.say(session, "said")

    assert work_of_removal(memory) <= few + 2


def test_it_is_gone_and_the_store_looks_at_what_refers_to_what_again(memory: Memory) -> None:
    plant(memory)

    assert canary_rows.remove(memory.writer, AGENT)

    assert not canary_rows.remove(memory.writer, AGENT)
    assert memory.writer.execute("SELECT count(*) FROM transcript WHERE agent = ?", (AGENT,)).fetchall() == [(0,)]
    assert memory.writer.execute("PRAGMA foreign_keys").fetchall() == [(1,)]

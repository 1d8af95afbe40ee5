"""A memory to fill, and what searches it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simple_memory.search import retrieve
from tests import worlds
from tests.search import asking
from tests.store.memory import Memory


@pytest.fixture
def memory(world: worlds.World) -> Iterator[Memory]:
    made = Memory(world.home)
    yield made
    made.close()


@pytest.fixture
def searcher(memory: Memory) -> Iterator[retrieve.Searcher]:
    made = retrieve.Searcher(memory.home, now=lambda: asking.NOW)
    yield made
    made.close()

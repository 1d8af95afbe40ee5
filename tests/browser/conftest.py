"""A memory to browse, in a zone where times are always told alike."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests import worlds
from tests.browser import stock
from tests.store.memory import Memory


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tell times in UTC."""
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def memory(world: worlds.World) -> Iterator[Memory]:
    """Give a memory with the stock in it."""
    made = Memory(world.home)
    stock.fill(made)
    yield made
    made.close()

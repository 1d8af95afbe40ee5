"""Fixtures of the MCP tests: a home with rows in it, and a memory whose searcher is a fake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simple_memory import config
from simple_memory.mcp_server import calls
from simple_memory.store import sandbox
from tests.mcp_server import fakes, rows


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def home(tmp_path: Path) -> config.Home:
    made = config.Home(str(tmp_path / "home"))
    rows.make(made)
    return made


@pytest.fixture
def memory(home: config.Home) -> Iterator[calls.Memory]:
    made = calls.Memory(home, open_searcher=fakes.Searcher)
    yield made
    made.close()


@pytest.fixture(scope="session", autouse=True)
def no_process_left() -> Iterator[None]:
    yield
    sandbox.close()

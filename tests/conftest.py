"""What every test gets: a throw-away world, and no way to the real one."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import raw_opens, worlds

_REAL = (
    "SIMPLE_MEMORY_HOME",
    "CLAUDE_CONFIG_DIR",
    "XDG_DATA_HOME",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR",
    "PYTHONPATH",
    "NO_COLOR",
)


raw_opens.listen()
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in a shell's background job; what tests start inherits it
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_raw_open_of_the_database() -> Iterator[None]:
    """Fail a test in which code of ours opened the database's files by hand beside SQLite."""
    raw_opens.found.clear()
    yield
    assert raw_opens.found == []


@pytest.fixture(autouse=True)
def no_real_home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Take the person's own home and agents out of the environment, so that no test can touch them."""
    for name in _REAL:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path_factory.getbasetemp() / "nobody"))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_real_home: None) -> Iterator[worlds.World]:
    """Give a person with a home, an agent's folder and no memory yet; end what was started in it afterwards."""
    made = worlds.World(tmp_path)
    for name, value in made.variables.items():
        monkeypatch.setenv(name, value)
    yield made
    made.end()
    assert os.path.isdir(tmp_path)

"""How a worker is started: what it is given. Its life is tested with real processes in tests/e2e."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simple_memory import config
from tests import worlds
from tests.e2e import services


def test_a_person_s_own_way_with_memory_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_ARENA_MAX", "7")
    given = config.worker_environment()
    assert given["MALLOC_ARENA_MAX"] == "7"
    assert int(given["MALLOC_TRIM_THRESHOLD_"]) <= 1 << 20


def test_workers_are_started_so_that_freed_memory_goes_back(world: worlds.World) -> None:
    body = """
    import json
    with open(home.run + "/told", "w") as file:
        json.dump(dict(os.environ), file)
    serve()
    """
    services.Service(world, sync=body).started()
    told = json.loads(Path(world.home.run, "told").read_text())
    assert {name for name in told if name.startswith("MALLOC_")} == {
        "MALLOC_ARENA_MAX",
        "MALLOC_MMAP_THRESHOLD_",
        "MALLOC_TRIM_THRESHOLD_",
    }

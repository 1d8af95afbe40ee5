"""`doctor` asks a service that runs to prove that what is written is read."""

from __future__ import annotations

from typing import Any

from simple_memory import errors
from tests import worlds
from tests.e2e import services


def service_check(answer: dict[str, Any]) -> dict[str, Any]:
    return next(check for check in answer["checks"] if check["part"] == "service")


def test_a_canary_that_is_sent_through_a_sound_service_comes_back(world: worlds.World) -> None:
    assert world.run("start", "--daemon").returncode == errors.EXIT_OK

    answer = world.ask("doctor", timeout=60)

    assert answer["healthy"]
    assert "a canary sent now came back" in str(service_check(answer))
    assert world.run("stop").returncode == errors.EXIT_OK


def test_a_worker_that_lives_but_reads_nothing_is_found_out(world: worlds.World) -> None:
    service = services.Service(world)
    service.started()

    answer = world.ask("doctor", timeout=60)

    assert not answer["healthy"]
    assert "What is written is not read" in str(service_check(answer))
    assert world.run("stop").returncode == errors.EXIT_OK

import os

import pytest

from simple_memory import config
from simple_memory.daemon import canary
from tests import worlds


class FakeEngine:
    """Has read what stands in `read`; counts how often it was to forget."""

    def __init__(self) -> None:
        self.comes = False
        self.forgotten = 0

    def has_read(self, path: str, size: int) -> bool:
        return self.comes and os.path.getsize(path) == size

    def forget_canary(self) -> None:
        self.forgotten += 1


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def sent(world: worlds.World, engine: FakeEngine) -> canary.Canary:
    """Return a canary that was sent at the time 100."""
    config.make_home(world.home)
    made = canary.Canary(world.home, engine, now=100.0)
    made.prepare()
    made.step(99.0)
    assert os.listdir(world.home.canary) == []
    made.step(100.0)
    assert os.listdir(world.home.canary) == ["canary.jsonl"]
    assert os.stat(os.path.join(world.home.canary, "canary.jsonl")).st_mode & 0o777 == 0o600
    return made


def result(made: canary.Canary) -> tuple[object, object]:
    assert made.facts is not None
    return made.facts["ok"], made.facts["latency_s"]


def test_one_that_comes_through_leaves_nothing_and_the_next_goes_in_an_hour(
    sent: canary.Canary, engine: FakeEngine, world: worlds.World
) -> None:
    sent.step(100.1)
    assert sent.facts is None
    engine.comes = True
    sent.step(100.25)
    assert result(sent) == (True, 0.25)
    assert engine.forgotten == 2  # before it was sent, and after
    assert os.listdir(world.home.canary) == []
    assert sent.next_due() == 100.25 + 3600


def test_one_that_does_not_come_through_in_time_is_told_and_tried_again_in_a_minute(
    sent: canary.Canary, engine: FakeEngine
) -> None:
    sent.expire(130.0)
    assert sent.facts is None
    sent.expire(130.2)
    assert result(sent) == (False, None)
    assert sent.next_due() == 130.2 + 60
    sent.step(191.0)
    engine.comes = True
    sent.step(191.5)
    assert result(sent) == (True, 0.5)


def test_one_on_its_way_while_nothing_could_be_read_has_its_whole_time_again(
    sent: canary.Canary, engine: FakeEngine
) -> None:
    sent.forgive(200.0)
    sent.expire(229.0)
    assert sent.facts is None
    engine.comes = True
    sent.step(229.5)
    assert result(sent) == (True, 29.5)


def test_one_that_is_asked_for_does_not_disturb_one_on_its_way(sent: canary.Canary, engine: FakeEngine) -> None:
    sent.ask(105.0)
    sent.step(105.0)
    engine.comes = True
    sent.step(106.0)
    assert result(sent) == (True, 6.0)


def test_one_that_cannot_be_written_has_not_come_through(world: worlds.World, engine: FakeEngine) -> None:
    made = canary.Canary(world.home, engine, now=0.0)  # its home is not there
    made.prepare()
    made.step(0.0)
    assert result(made) == (False, None)


def test_a_link_in_its_place_is_not_followed(world: worlds.World, engine: FakeEngine) -> None:
    config.make_home(world.home)
    target = world.root / "precious"
    target.mkdir()
    os.symlink(target, world.home.canary)
    made = canary.Canary(world.home, engine, now=0.0)
    made.step(0.0)
    assert result(made) == (False, None)
    assert list(target.iterdir()) == []

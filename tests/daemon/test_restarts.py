import pytest

from simple_memory.daemon import restarts


@pytest.mark.fault("L13")
def test_each_crash_waits_twice_as_long_and_the_sixth_in_five_minutes_gives_up() -> None:
    crashes: list[float] = []
    delays = []
    for at in (0.0, 2.0, 5.0, 10.0, 20.0, 40.0):
        crashes.append(at)
        delays.append(restarts.next_delay(crashes, at))
    assert delays == [1.0, 2.0, 4.0, 8.0, 16.0, None]


@pytest.mark.parametrize("apart", [restarts.WINDOW_S, 1000.0])
def test_crashes_that_are_far_apart_never_add_up(apart: float) -> None:
    crashes = [number * apart for number in range(50)]
    assert restarts.next_delay(crashes, crashes[-1]) == 1.0


def test_more_or_fewer_crashes_can_be_borne() -> None:
    crashes = [0.0, 1.0, 2.0]
    assert restarts.next_delay(crashes, 2.0, 2) is None
    assert restarts.next_delay([float(at) for at in range(9)], 8.0, 9) == 16.0

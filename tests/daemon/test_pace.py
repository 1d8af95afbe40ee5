"""A first import stands back on battery and under load, says so, and never where a person waits for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_memory import config
from simple_memory.daemon import pace


class Machine:
    """A machine whose power, load and time a test sets."""

    def __init__(self, folder: Path, **settings: float) -> None:
        self.folder = folder
        self.load, self.time = 0.0, 0.0
        given = config.Settings()
        for name, value in settings.items():
            setattr(given, name, value)
        self.pace = pace.Pace(given, power=str(folder), load=lambda: self.load, cores=2, clock=lambda: self.time)

    def supply(self, name: str, **files: str) -> None:
        (self.folder / name).mkdir(exist_ok=True)
        for file, text in files.items():
            (self.folder / name / file).write_text(text + "\n")

    def rest(self) -> float:
        """Return the rest after a second of work, long after the import began and the last look."""
        self.time += pace.LOOK_S
        self.pace.rest_after(pace.GRACE_S)
        self.time += pace.LOOK_S
        return self.pace.rest_after(1.0)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_machine_that_nobody_else_wants_is_used_without_a_rest(machine: Machine) -> None:
    machine.supply("AC", type="Mains", online="1")
    machine.supply("BAT0", type="Battery", status="Charging")
    assert (machine.rest(), machine.pace.reason) == (0.0, None)


def test_on_battery_three_quarters_of_the_time_are_left_to_others(machine: Machine) -> None:
    machine.supply("AC", type="Mains", online="0")
    machine.supply("BAT0", type="Battery", status="Discharging")
    assert machine.rest() == pytest.approx(3.0)
    assert machine.pace.reason == "battery"
    machine.supply("AC", online="1")
    assert machine.rest() == 0.0


def test_load_that_is_not_our_own_slows_it(machine: Machine) -> None:
    machine.load = pace.OWN_LOAD + 2.0
    assert machine.rest() == 0.0
    machine.load += 0.1
    assert machine.rest() == pytest.approx(3.0)
    assert machine.pace.reason == "load"


def test_the_battery_of_a_mouse_is_not_the_machines(machine: Machine) -> None:
    machine.supply("hidpp_battery_0", type="Battery", scope="Device", status="Discharging")
    assert machine.rest() == 0.0


def test_a_system_that_tells_nothing_of_power_or_load_is_used_without_a_rest(tmp_path: Path) -> None:
    def no_load() -> float:
        raise OSError("not here")

    one = pace.Pace(config.Settings(), power=str(tmp_path / "missing"), load=no_load, cores=1)
    one.rest_after(pace.GRACE_S)
    assert one.rest_after(1.0) == 0.0


def test_a_small_backlog_is_never_slowed(machine: Machine) -> None:
    machine.load = 99.0
    assert machine.pace.rest_after(pace.GRACE_S) == 0.0
    assert machine.pace.rest_after(0.1) > 0.0


def test_who_waits_for_it_is_not_made_to_wait_until_all_is_read(machine: Machine) -> None:
    machine.load = 99.0
    machine.pace.hurry()
    assert (machine.rest(), machine.pace.reason) == (0.0, None)
    machine.pace.relax()
    assert machine.rest() > 0.0


@pytest.mark.parametrize("name", ["share_on_battery", "share_under_load"])
def test_a_share_of_one_in_the_settings_turns_it_off(tmp_path: Path, name: str) -> None:
    machine = Machine(tmp_path, **{name: 1.0})
    machine.supply("BAT0", type="Battery", status="Discharging" if "battery" in name else "Full")
    machine.load = 0.0 if "battery" in name else 99.0
    assert (machine.rest(), machine.pace.reason) == (0.0, None)


def test_what_nobody_waits_for_takes_a_fifth_of_the_time(machine: Machine) -> None:
    assert machine.pace.rest_at_leisure(1.0) == pytest.approx(4.0)
    assert machine.pace.rest_at_leisure(0.0) == pace.LEISURE_LEAST_S


@pytest.mark.parametrize("others", ["battery", "load"])
def test_what_nobody_waits_for_rests_a_minute_where_others_need_the_machine_and_then_looks_again(
    machine: Machine, others: str
) -> None:
    machine.supply("BAT0", type="Battery", status="Discharging" if others == "battery" else "Full")
    machine.load = 99.0 if others == "load" else 0.0
    assert machine.pace.rest_at_leisure(0.01) == machine.pace.rest_at_leisure(0.01) == pace.LEISURE_LOOK_S
    assert machine.pace.reason is None
    machine.supply("BAT0", type="Battery", status="Full")
    machine.load = 0.0
    assert machine.pace.rest_at_leisure(0.01) == pytest.approx(0.04)

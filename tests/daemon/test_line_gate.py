from hypothesis import given
from hypothesis import strategies as st

from simple_memory.daemon import line_gate


def test_a_burst_passes_and_then_a_few_lines_a_second() -> None:
    gate = line_gate.LineGate(0.0)
    passed = [line for number in range(1000) for line in gate.admit(str(number), 0.0)]
    assert passed == [str(number) for number in range(line_gate.BURST)]


def test_the_newest_line_of_a_flood_is_shown_with_how_many_were_left_out() -> None:
    gate = line_gate.LineGate(0.0)
    for number in range(1000):
        gate.admit(str(number), 0.0)
    assert gate.settle(1.0) == ["799 lines left out", "999"]
    assert gate.settle(1.0) == []


def test_what_was_left_out_is_told_before_the_next_line() -> None:
    gate = line_gate.LineGate(0.0)
    for number in range(line_gate.BURST + 1):
        gate.admit(str(number), 0.0)
    assert gate.admit("next", 10.0) == [str(line_gate.BURST), "next"]


@given(st.lists(st.floats(0, 0.5), max_size=600))
def test_every_line_is_shown_or_counted(gaps: list[float]) -> None:
    gate, now = line_gate.LineGate(0.0), 0.0
    shown: list[str] = []
    for gap in gaps:
        now += gap
        shown += gate.admit("line", now)
    shown += gate.settle(now + 1)
    counted = sum(int(line.split()[1]) if line.startswith("…") else 1 for line in shown)
    assert counted == len(gaps)

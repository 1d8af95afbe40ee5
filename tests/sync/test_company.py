"""How much is done at once: less while somebody works beside an import."""

from __future__ import annotations

from simple_memory.sync import company


def test_alone_much_is_done_at_once() -> None:
    assert company.Company().measure(100.0) == company.ALONE
    assert not company.Company().waits(0)


def test_in_company_little_is_done_at_once_until_nothing_has_come_for_a_while() -> None:
    made = company.Company()
    made.came(100.0, 7)
    assert made.measure(100.0 + company.LIVELY_S / 2) == company.IN_COMPANY
    made.came(110.0, 8)
    assert made.measure(109.0 + company.LIVELY_S) == company.IN_COMPANY
    assert made.measure(110.0 + company.LIVELY_S) == company.ALONE


def test_what_came_waits_until_the_index_is_committed_once_more() -> None:
    made = company.Company()
    made.came(100.0, 7)
    assert made.waits(7)
    assert not made.waits(8)

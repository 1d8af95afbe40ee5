"""Months and days that a question names."""

import pytest

from simple_memory.search import dates


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("what broke in March", {"-03-"}),
        ("october or November", {"-10-", "-11-"}),
        ("we may march in august company", set()),
        ("told in May", {"-05-"}),
        ("between 2026-03 and 2026-04-05", {"2026-03", "2026-04-05"}),
        ("2026-13 is no month, nor is 12026-01", set()),
    ],
)
def test_months_and_days_that_a_text_names_are_pieces_of_iso_dates(text: str, found: set[str]) -> None:
    assert dates.dates_named(text) == found

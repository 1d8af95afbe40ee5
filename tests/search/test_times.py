"""Times as people write them."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_memory.search import times

ZONE = datetime.timezone(datetime.timedelta(hours=2))
NOW = datetime.datetime(2026, 3, 31, 15, 30, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-01-31", "2026-01-30T22:00:00.000Z"),
        ("2026-01", "2025-12-31T22:00:00.000Z"),
        ("2026", "2025-12-31T22:00:00.000Z"),
        ("2026-01-31T10:00", "2026-01-31T08:00:00.000Z"),
        ("2026-01-31 10:00", "2026-01-31T08:00:00.000Z"),
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00.000Z"),
        ("now", "2026-03-31T13:30:00.000Z"),
        ("today", "2026-03-30T22:00:00.000Z"),
        (" Yesterday ", "2026-03-29T22:00:00.000Z"),
        ("2 weeks ago", "2026-03-17T13:30:00.000Z"),
        ("two  weeks ago", "2026-03-17T13:30:00.000Z"),
        ("10m", "2026-03-31T13:20:00.000Z"),
        ("3d", "2026-03-28T13:30:00.000Z"),
        ("1w", "2026-03-24T13:30:00.000Z"),
        ("5 hours ago", "2026-03-31T08:30:00.000Z"),
        ("1 month ago", "2026-02-28T13:30:00.000Z"),
        ("last year", "2025-03-31T13:30:00.000Z"),
        ("an hour ago", "2026-03-31T12:30:00.000Z"),
    ],
)
def test_people_say_when(text: str, meant: str) -> None:
    assert times.parse_time(text, NOW) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-01-31", "2026-01-31T22:00:00.000Z"),
        ("2026-12", "2026-12-31T22:00:00.000Z"),
        ("2025", "2025-12-31T22:00:00.000Z"),
        ("yesterday", "2026-03-30T22:00:00.000Z"),
        ("2026-01-31T10:00", "2026-01-31T08:00:00.000Z"),
        ("3d", "2026-03-28T13:30:00.000Z"),
    ],
)
def test_a_day_as_an_end_ends_with_that_day(text: str, meant: str) -> None:
    assert times.parse_time(text, NOW, end=True) == meant


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026-13", "2026-02-30", "99999", "999999 years ago", "0000", "12 parsecs", "9999-12-31T23:59-14:00"],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert times.parse_time(text, NOW) is None


@given(st.text(max_size=30) | st.from_regex(r"[0-9]{1,7} ?[a-z]{1,7}( ago)?", fullmatch=True), st.booleans())
def test_any_text_is_a_time_or_none(text: str, end: bool) -> None:
    meant = times.parse_time(text, NOW, end=end)

    assert meant is None or meant.endswith("Z")


@given(st.integers(1, 40), st.dates(datetime.date(1980, 1, 1), datetime.date(2100, 1, 1)))
def test_months_ago_stay_in_the_month(months: int, day: datetime.date) -> None:
    now = datetime.datetime.combine(day, datetime.time(12), datetime.UTC)
    meant = datetime.datetime.fromisoformat(times.parse_time(f"{months} months ago", now) or "")

    assert (now.year * 12 + now.month) - (meant.year * 12 + meant.month) == months

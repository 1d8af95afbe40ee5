"""Moments are written in one form, whatever zone they come in."""

from __future__ import annotations

import datetime

from hypothesis import given
from hypothesis import strategies as st

from simple_memory import moments

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes)))
FIRST, LAST = (datetime.datetime.fromisoformat(f"{year}-01-01") for year in ("0002", "9998"))
MOMENTS = st.datetimes(FIRST, LAST, timezones=ZONES)


@given(MOMENTS)
def test_a_moment_comes_back_from_its_text_to_the_millisecond(moment: datetime.datetime) -> None:
    text = moments.iso(moment)
    assert len(text) == len("2026-01-31T12:00:00.000Z")
    lost = moment - datetime.datetime.fromisoformat(text)
    assert datetime.timedelta(0) <= lost < datetime.timedelta(milliseconds=1)


@given(MOMENTS, MOMENTS)
def test_texts_are_in_the_order_of_their_moments(one: datetime.datetime, two: datetime.datetime) -> None:
    assert (one <= two) or moments.iso(one) >= moments.iso(two)


def test_now_is_between_two_looks_at_the_clock() -> None:
    before = moments.iso(datetime.datetime.now(datetime.UTC))
    assert before <= moments.now() <= moments.iso(datetime.datetime.now(datetime.UTC))

"""How sessions are named to people."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_memory.cli import render


@pytest.mark.parametrize(
    ("session", "shown"),
    [
        ("6a085920-0f4e-4e0a-9d7e-1b2c3d4e5f60", "6a085920"),
        ("6a085920-0f4e-4e0a-9d7e-1b2c3d4e5f60/agent-a1b2c3", "agent-a1b2c3"),
        ("notes", "notes"),
        ("drafts/01", "drafts/01"),
        ("2026-01-16-cde341db-b80a-44f5-b0f2-94db2ef7a164", "2026-01-16-cde341db-b80a-44f5-b0f2-94db2ef7a164"),
    ],
)
def test_a_session_is_named_so_that_show_finds_it(session: str, shown: str) -> None:
    assert render.short_id(session) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a title", "a title"),
        ("exactly 10", "exactly 10"),
        ("more than ten", "more than…"),
        ("with\x1bescape", "with\\x1be…"),
        ("  two\n lines ", "two lines"),
        (None, ""),
    ],
)
def test_a_line_is_as_wide_as_it_may_be_after_what_is_harmful_was_escaped(text: str | None, shown: str) -> None:
    assert render.one_line(text, 10) == shown


def test_of_a_long_path_the_end_is_shown() -> None:
    assert render.end_of("/home/ada/shop/src/basket.py", 15) == "…/src/basket.py"
    assert render.end_of("basket.py", 15) == "basket.py"


@given(st.integers(160_000_000, 13_000_000_000))
def test_a_stored_time_is_shown_as_datetime_would_show_it(seconds: int) -> None:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC).replace(tzinfo=None)
    for stored in (f"{moment.isoformat(timespec='milliseconds')}Z", f"{moment.isoformat(timespec='seconds')}+02:00"):
        local = datetime.datetime.fromisoformat(stored).astimezone()
        assert render.when(stored) == local.strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize("text", ["2026-02-30T10:00:00Z", "2026-13-01T10:00:00Z", "yesterday", "2026-01-01Tx0:00:00Z"])
def test_what_is_no_time_is_shown_as_it_is(text: str) -> None:
    assert render.when(text) == text


@pytest.mark.parametrize(
    ("directory", "name"),
    [
        ("/home/ada/shop", "shop"),
        ("/home/ada/shop/", "shop"),
        ("D:\\work\\shop", "shop"),
        ("shop", "shop"),
        ("/", "/"),
        ("", ""),
    ],
)
def test_a_project_is_called_by_the_last_part_of_its_directory(directory: str, name: str) -> None:
    assert render.project_name(directory) == name

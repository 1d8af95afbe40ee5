"""Text in columns of a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_memory.cli import cells, render

PRINTABLE = st.text(st.characters(categories=["L", "M", "N", "P", "S"]), max_size=60)


@pytest.mark.parametrize(
    ("text", "columns"),
    [("plain", 5), ("数据库", 6), ("ｆｕｌｌ", 8), ("e\u0301", 1), ("한국", 4), ("", 0), ("🙂", 2), ("\x02x\x03", 1)],
)
def test_a_wide_character_takes_two_columns_and_a_combining_one_none(text: str, columns: int) -> None:
    assert cells.width(text) == columns


@given(PRINTABLE, st.integers(2, 40))
def test_what_is_fitted_takes_no_more_columns_than_there_are(text: str, most: int) -> None:
    fitted = cells.fit(text, most)
    assert cells.width(fitted) <= most
    assert fitted == text or (fitted.endswith("…") and text.startswith(fitted[:-1]))
    assert cells.width(cells.fit_end(text, most)) <= most
    assert cells.width(cells.pad(fitted, most)) == most


def test_a_title_in_chinese_and_one_in_english_end_in_the_same_column() -> None:
    title = render.one_line("数据库连接池在重启之后为什么没有恢复", 20)
    assert 19 <= cells.width(title) <= 20

    lines = render.columns([("数据库", "x"), ("plain", "x")])
    assert {cells.width(line) for line in lines} == {9}


@given(st.lists(PRINTABLE, max_size=8).map(" ".join), st.integers(4, 30))
def test_wrapped_lines_fit_and_hold_every_character_in_order(text: str, room: int) -> None:
    lines = cells.wrap(text, room)
    assert all(cells.width(line) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_lines_that_are_too_many_end_with_an_ellipsis() -> None:
    assert cells.wrap("one two three four five", 9, 2) == ["one two", "three …"]
    assert cells.wrap("one two", 9, 2) == ["one two"]

"""How texts become lines: wrapped, cropped, marked; and the list that is made of them. Pure."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simple_memory.cli.browser import entries, inking, rows, wrapping
from simple_memory.cli.browser.asking import Found, Item
from simple_memory.cli.browser.listing import Listing, lines_of

TEXTS = st.text(st.sampled_from("ab 好é\n👩\u0301"), max_size=200)


@given(TEXTS, st.integers(2, 30))
def test_every_line_fits_and_nothing_but_blanks_is_lost(text: str, width: int) -> None:
    lines = [text[start:end] for start, end in wrapping.wrap(text, width)]

    assert all(wrapping.length(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace("\n", "").replace(" ", "")


@given(TEXTS, st.integers(0, 30))
def test_what_is_cropped_fits(text: str, width: int) -> None:
    line = text.replace("\n", "")

    assert wrapping.length(wrapping.crop(line, width)) <= max(width, 0)


def test_lines_break_at_words_and_indents_of_code_stay() -> None:
    text = "one two three\n    indented"

    assert [text[start:end] for start, end in wrapping.wrap(text, 8)] == ["one two", "three", "    inde", "nted"]


def test_a_mark_that_runs_over_a_line_end_is_marked_on_both_lines() -> None:
    block = entries.Block("text", "aaa bbb ccc", ((4, 11),))
    entry = entries.Entry(0, "user", "prompt", "", False, True, "", (), 0, (block,))

    made = rows.of_entry(entry, rows.SHORT, 10)

    assert [piece for row in made for piece in row.pieces if piece[1] == "mark"] == [("bbb", "mark"), ("ccc", "mark")]
    assert sum(row.is_marked for row in made) == 2


def test_code_is_inked_by_its_language_and_unknown_ones_stay_plain() -> None:
    text = "def f():  # why\n    return 'x'"

    assert [(text[start:end], ink) for start, end, ink in inking.inks(text, "python")] == [
        ("def", "keyword"),
        ("f", "name"),
        ("# why", "comment"),
        ("return", "keyword"),
        ("'", "string"),
        ("x", "string"),
        ("'", "string"),
    ]
    assert inking.inks(text, "nosuch") == inking.inks(text, "") == ()
    assert inking.inks("x" * (inking.LONGEST + 1), "python") == ()


def item(number: int, snippet: str = "") -> Item:
    return Item(
        session=f"session-{number}",
        agent="claude-code",
        project="/home/ada/shop",
        title=f"Title {number} 好 " + "long " * 30,
        cite=f"session-{number}:1",
        position=1 if snippet else None,
        said_by="user",
        when="2026-01-01 10:00",
        snippet=snippet,
        more=3,
        shown=12,
    )


def found(first: int, count: int, following: str | None = None) -> Found:
    return Found(tuple(item(number) for number in range(first, first + count)), None, following, ())


@given(st.integers(20, 200))
def test_every_line_of_the_list_fits(width: int) -> None:
    snippet = "some words before \x02the hit\x03 and some words \x02behind\x03 it, " * 4
    for line in (*lines_of(item(1), width), *lines_of(item(2, snippet), width)):
        assert wrapping.length("".join(text for text, _ in line)) <= width


def test_the_chosen_session_is_always_on_the_screen() -> None:
    listing = Listing(80, 7)
    listing.fill(found(0, 50))
    for move in (1, 1, 10, 100, -3, -1000, 49):
        listing.move(move)
        shown = listing.lines[listing.top : listing.top + 7]
        assert sum(line.item == listing.selected for line in shown) == 2


def test_the_next_page_is_wanted_near_the_end_and_doubles_are_left_out() -> None:
    listing = Listing(80, 10)
    listing.fill(found(0, 30, "more"))
    assert not listing.wants_more()
    listing.move(25)
    assert listing.wants_more()

    listing.extend(found(25, 10))

    assert [item.session for item in listing.items] == [f"session-{number}" for number in range(35)]
    assert not listing.wants_more()


def test_a_list_that_is_asked_again_keeps_what_is_chosen_where_it_was() -> None:
    listing = Listing(80, 10)
    listing.fill(found(0, 30))
    listing.move(12)
    line = 2 * listing.selected - listing.top

    listing.fill(Found((item(99), *listing.items), None, None, ()), keep=True)

    assert listing.chosen is not None
    assert listing.chosen.session == "session-12"
    assert 2 * listing.selected - listing.top == line

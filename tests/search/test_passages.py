"""The part of a text to show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_memory.search import passages, query
from simple_memory.search.words import sought_marks

MARKS = str.maketrans({"\x02": "[", "\x03": "]"})


def shown(text: str, words: str) -> str:
    return passages.best_passage(text, sought_marks(query.parse(words))).snippet.translate(MARKS)


def test_what_matches_is_marked_by_its_stem() -> None:
    assert shown("Databases were migrated; a migration.", "migrating database") == (
        "[Databases] were [migrated]; a [migration]."
    )


def test_a_part_of_a_word_is_no_match() -> None:
    assert shown("discard the card", "card") == "discard the [card]"


def test_a_prefix_marks_every_word_that_begins_so() -> None:
    assert shown("data, database, metadata", "data*") == "[data], [database], metadata"


def test_parts_of_identifiers_are_marked() -> None:
    assert shown("see src/money_store.py", "money_store.py") == "see src/[money]_[store].[py]"


def test_the_densest_place_of_a_long_text_is_shown() -> None:
    text = "alpha " + "filler " * 3000 + "here alpha meets beta and gamma " + "filler " * 3000

    assert "[alpha] meets [beta] and [gamma]" in shown(text, "alpha beta gamma")
    assert len(shown(text, "alpha beta gamma")) < passages.WIDTH + 40


def test_cuts_are_shown_and_fall_between_words() -> None:
    snippet = shown("lorem ipsum " * 100 + "needle " + "dolor sit " * 100, "needle")

    assert snippet.startswith("…")
    assert snippet.endswith("…")
    assert set(snippet.strip("…").split()) <= {"lorem", "ipsum", "[needle]", "dolor", "sit"}


def test_without_a_match_the_beginning_is_shown() -> None:
    assert shown("one  two\nthree", "other") == "one two three"
    assert shown("word " * 200, "other").endswith("…")
    assert shown("", "other") == ""


def test_marks_in_stored_text_cannot_be_faked() -> None:
    assert shown("a \x02fake\x03 word", "word") == "a fake [word]"


def test_letters_that_change_length_in_lower_case_shift_nothing() -> None:
    assert shown("İİİ needle", "needle") == "İİİ [needle]"


@pytest.mark.parametrize("size", [0, 1, 70_000, 2_000_000, 2 * passages.LONGEST + 2])
def test_a_text_of_any_size_is_looked_through(size: int) -> None:
    assert "[needle]" in shown("x " * (size // 2) + "needle", "needle")


@given(st.text(max_size=300), st.text(max_size=30))
def test_any_text_has_a_passage_with_matching_marks(text: str, words: str) -> None:
    snippet = passages.best_passage(text, sought_marks(query.parse(words))).snippet

    assert snippet.count("\x02") == snippet.count("\x03")
    assert all(piece.count("\x03") == 1 for piece in snippet.split("\x02")[1:])


@given(st.lists(st.sampled_from(["alpha", "beta", "gamma", "filler"]), max_size=200))
def test_a_passage_never_holds_fewer_words_than_any_single_place(words: list[str]) -> None:
    found = passages.best_passage(" ".join(words), sought_marks(query.parse("alpha beta gamma")))

    assert found.in_text == len({"alpha", "beta", "gamma"} & set(words))
    assert (found.words > 0) == (found.in_text > 0)

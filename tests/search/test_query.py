"""What a person typed, taken apart; nothing is an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_memory.search import query
from simple_memory.search.query import Clause, Filter, Kind

SIGNS = st.text(alphabet="ab \"-*:\\'()[]é日\x00\n\u202e", max_size=60)


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("fix cart", (Clause("fix"), Clause("cart"))),
        ('"the cart" total', (Clause("the cart", Kind.PHRASE), Clause("total"))),
        ("-draft cart", (Clause("draft", negated=True), Clause("cart"))),
        ('-"a draft" cart', (Clause("a draft", Kind.PHRASE, negated=True), Clause("cart"))),
        ("data*", (Clause("data", Kind.PREFIX),)),
        ("-data*", (Clause("data", Kind.PREFIX, negated=True),)),
        ("foo_bar src/a.py", (Clause("foo_bar"), Clause("src/a.py"))),
        ("cart cart", (Clause("cart"),)),
        ("http://x.org", (Clause("http://x.org"),)),
        ("note:this", (Clause("note:this"),)),
        ("in:space", (Clause("in:space"),)),
        ("project:", (Clause("project:"),)),
        ('"never closed', (Clause("never"), Clause("closed"))),
        ("- -- * ** \" '", ()),
        ("--force", (Clause("-force", negated=True),)),
        ("", ()),
    ],
)
def test_text_is_taken_apart(text: str, clauses: tuple[Clause, ...]) -> None:
    assert query.parse(text).clauses == clauses


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("project:shop", (Filter("project", "shop"),)),
        ('project:"my shop" x', (Filter("project", "my shop"),)),
        ("-role:user", (Filter("role", "user", negated=True),)),
        ("ROLE:user", (Filter("role", "user"),)),
        ("in:tools", (Filter("in", "tools"),)),
        ("since:2026-01-01T10:00", (Filter("since", "2026-01-01T10:00"),)),
    ],
)
def test_filters_stand_before_a_colon(text: str, filters: tuple[Filter, ...]) -> None:
    assert query.parse(text).filters == filters


def test_values_of_a_filter_are_given_by_name_and_sign() -> None:
    parsed = query.parse("tool:read tool:edit -tool:bash")

    assert parsed.values("tool") == ["read", "edit"]
    assert parsed.values("tool", negated=True) == ["bash"]


def test_stop_words_are_not_sought_unless_there_is_nothing_else() -> None:
    assert [clause.text for clause in query.parse("how did we fix the cart?").sought] == ["fix", "cart?"]
    assert [clause.text for clause in query.parse("to be or not").sought] == ["to", "be", "or", "not"]
    assert [clause.text for clause in query.parse("What's -the").sought] == ["What's"]


def test_stop_words_in_phrases_stay() -> None:
    assert query.parse('"to be"').sought == (Clause("to be", Kind.PHRASE),)


@given(SIGNS | st.text(max_size=200))
def test_any_text_is_a_query(text: str) -> None:
    parsed = query.parse(text)

    assert parsed.text == text
    assert all(clause.text for clause in parsed.clauses)
    assert set(parsed.sought).isdisjoint(parsed.refused)


@given(st.lists(st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True), min_size=1, max_size=6, unique=True))
def test_plain_words_are_all_there(words: list[str]) -> None:
    assert [clause.text for clause in query.parse(" ".join(words)).clauses] == words

"""What titles add to the scores of sessions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_memory.search import rank, titles, words
from simple_memory.search.rank import Candidate


class Shelf:
    """Titles by session; notes which were asked for. A title is the share of the words that it holds."""

    def __init__(self, shares: dict[int, float]) -> None:
        self._shares = shares
        self.asked: list[int] = []

    def titles(self, sessions: list[int]) -> dict[int, str | None]:
        self.asked = sessions
        return {session: str(self._shares[session]) for session in sessions if session in self._shares}

    def add(self, ranked: list[rank.Ranked], wanted: int) -> list[rank.Ranked]:
        return titles.add(ranked, wanted, self.titles, lambda title: float(title or 0))


def test_a_title_decides_between_equals() -> None:
    ranked = rank.group([Candidate(1, 10, 5.0), Candidate(2, 20, 5.0), Candidate(3, 30, 5.0)])

    lifted = Shelf({20: 1.0}).add(ranked, 3)

    assert [entry.best.id for entry in lifted] == [2, 1, 3]
    assert lifted[0].title == pytest.approx(titles.SHARE * 5.0)
    assert lifted[0].score == pytest.approx(5.0 + titles.SHARE * 5.0)


def test_titles_are_asked_for_where_they_may_lift_a_session_onto_the_page_alone() -> None:
    ranked = rank.group([Candidate(1, 10, 9.0), Candidate(2, 20, 8.0), Candidate(3, 30, 6.5), Candidate(4, 40, 6.0)])
    shelf = Shelf({30: 1.0, 40: 1.0})

    lifted = shelf.add(ranked, 2)

    assert shelf.asked == [10, 20, 30]
    assert [entry.best.session for entry in lifted] == [10, 30, 20, 40]


@given(
    st.lists(st.tuples(st.floats(0.01, 30), st.sampled_from([0.0, 0.25, 0.5, 1.0])), max_size=40),
    st.integers(1, 45),
)
def test_the_entries_that_are_wanted_stand_as_if_every_title_had_been_read(
    sessions: list[tuple[float, float]], wanted: int
) -> None:
    ranked = rank.group([Candidate(number, number, score) for number, (score, _) in enumerate(sessions, 1)])
    shelf = Shelf({number: share for number, (_, share) in enumerate(sessions, 1)})

    every = shelf.add(ranked, len(ranked) + 1)
    lifted = shelf.add(ranked, wanted)

    assert lifted[:wanted] == every[:wanted]
    assert sorted(entry.best.id for entry in lifted) == sorted(entry.best.id for entry in ranked)


def test_a_title_is_covered_by_the_words_it_holds() -> None:
    sought = [["cart"], ["money", "py"], ["total"]]

    assert titles.coverage(sought, str.split)("The cart in money py") == 2 / 3
    assert titles.coverage(sought, str.split)("Nothing of the kind") == 0.0
    assert titles.coverage(sought, str.split)(None) == 0.0
    assert titles.coverage([], str.split)("x") == 0.0


@pytest.mark.parametrize("form", ["try", "tries", "use", "using", "happily", "dying", "skies", "news", "innings", "a"])
def test_a_title_that_holds_any_form_of_a_word_covers_it(form: str) -> None:
    assert titles.coverage([words.stems(form)], words.stems)(f"About {form} it") == 1.0

"""The order of hits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_memory.search import rank
from simple_memory.search.rank import Candidate


def order(candidates: list[Candidate], *, near: int = 0) -> list[int]:
    ranked = rank.group(candidates, lambda session: session == near)
    return [entry.best.id for entry in ranked]


def test_each_session_stands_once_with_its_best_match() -> None:
    candidates = [Candidate(1, 10, 9.0), Candidate(2, 10, 8.0), Candidate(3, 10, 7.0), Candidate(4, 20, 5.0)]

    ranked = rank.group(candidates)

    assert [(entry.best.id, entry.more) for entry in ranked] == [(1, 2), (4, 0)]


def test_more_matches_lift_a_session_a_little() -> None:
    candidates = [Candidate(1, 10, 9.0), Candidate(2, 20, 8.5), Candidate(3, 20, 8.0), Candidate(4, 20, 8.0)]

    assert order(candidates) == [2, 1]


def test_many_weak_matches_do_not_beat_a_strong_one() -> None:
    candidates = [Candidate(1, 10, 9.0), *(Candidate(number, 20, 3.0) for number in range(2, 100))]

    assert order(candidates) == [1, 2]


def test_the_own_project_decides_between_equals() -> None:
    candidates = [Candidate(1, 10, 5.0), Candidate(2, 20, 5.0), Candidate(3, 30, 5.0)]

    assert order(candidates) == [1, 2, 3]
    assert order(candidates, near=30) == [3, 1, 2]


def test_what_belongs_to_no_session_stands_alone() -> None:
    assert order([Candidate(1, 0, 5.0), Candidate(2, 0, 4.0)]) == [1, 2]


def test_a_match_lends_to_matches_up_to_two_places_away_in_its_session() -> None:
    candidates = [Candidate(1, 10, 8.0), Candidate(2, 20, 5.0), Candidate(3, 30, 5.0), Candidate(4, 10, 4.9)]
    candidates += [Candidate(5, 10, 4.8), Candidate(6, 10, 4.4)]

    placed = rank.in_context(candidates, {1: 7, 2: 8, 3: None, 4: 8, 5: 5, 6: 10})

    assert [candidate.id for candidate in placed] == [1, 4, 5, 2, 3, 6]
    assert placed[1].around == pytest.approx(0.2 * 8.0 + 0.1 * 4.4)
    assert placed[-1].around == pytest.approx(0.1 * 4.9)


def test_what_a_tool_gave_back_lends_nothing_and_is_lent_to() -> None:
    candidates = [Candidate(1, 10, 9.0), Candidate(2, 10, 8.0)]

    placed = rank.in_context(candidates, {1: 7, 2: 8}, tools={1})

    assert {candidate.id: candidate.around for candidate in placed} == {1: pytest.approx(1.6), 2: 0.0}


def test_a_title_does_not_outrank_the_message_that_says_the_same() -> None:
    candidates = [Candidate(1, 10, 9.0), Candidate(2, 10, 5.0), Candidate(3, 20, 4.0)]

    placed = rank.in_context(candidates, {1: None, 2: 3, 3: 1}, titles={1})

    assert [candidate.id for candidate in placed] == [2, 1, 3]


def test_each_word_that_is_there_counts_and_less_where_it_stands_near_alone() -> None:
    candidates = [Candidate(1, 10, 5.0), Candidate(2, 10, 4.0), Candidate(3, 10, 3.0), Candidate(4, 20, 2.0)]

    placed = rank.in_context(candidates, {1: 7, 2: 8, 3: 9, 4: 8}, seen={1: 0b0001, 2: 0b0011, 3: 0b1000, 4: 0b0111})

    presence = {candidate.id: candidate.presence / rank.PRESENCE for candidate in placed}
    assert presence == {1: 1 + 0.5 + 0.25, 2: 2 + 0.5, 3: 1 + 0.5 * 2, 4: 3}


def test_a_rare_word_that_is_there_counts_for_more_than_a_common_one() -> None:
    candidates = [Candidate(1, 10, 5.0), Candidate(2, 20, 5.0)]

    placed = rank.in_context(candidates, {1: 0, 2: 0}, seen={1: 0b0001, 2: 0b1010}, weights=(1.5, 4.0, 9.0))

    assert {candidate.id: candidate.presence for candidate in placed} == {1: 1.5, 2: 4.0 + rank.PRESENCE}


def test_a_word_that_stands_in_a_long_text_counts_for_less() -> None:
    candidates = [Candidate(1, 10, 5.0), Candidate(2, 20, 5.0), Candidate(3, 30, 5.0)]
    lengths = {1: rank.SHORT, 2: 4 * rank.SHORT}

    placed = rank.in_context(
        candidates, dict.fromkeys((1, 2, 3), 0), seen=dict.fromkeys((1, 2, 3), 0b1), lengths=lengths
    )

    presence = {candidate.id: candidate.presence / rank.PRESENCE for candidate in placed}
    assert presence == {1: 1, 2: 0.5, 3: 1}


def test_many_words_once_beat_one_word_often() -> None:
    placed = rank.in_context([Candidate(1, 10, 9.0), Candidate(2, 20, 6.0)], {1: 0, 2: 0}, seen={1: 0b01, 2: 0b111})

    assert [candidate.id for candidate in placed] == [2, 1]


def test_a_match_whose_words_were_not_looked_at_gets_nothing_for_its_neighbours_words() -> None:
    placed = rank.in_context([Candidate(1, 10, 5.0), Candidate(2, 10, 4.0)], {1: 0, 2: 1}, seen={1: 0b11})

    assert [candidate.presence for candidate in placed] == [2 * rank.PRESENCE, 0.0]


def test_a_session_whose_title_matches_best_shows_its_best_message_and_ranks_by_the_title() -> None:
    title, message = Candidate(1, 10, 12.0, note=-4.0), Candidate(2, 10, 5.0)

    ranked = rank.group([title, message, Candidate(3, 20, 7.0), Candidate(4, 30, 6.0, note=-3.0)])

    assert [entry.best.id for entry in ranked] == [2, 3, 4]
    assert (ranked[0].title, ranked[0].score) == (3.0, 8.0 + ranked[0].session)
    assert [entry.title for entry in ranked[1:]] == [0.0, 0.0]


def test_words_that_stand_elsewhere_in_a_session_lift_it() -> None:
    candidates = [
        Candidate(1, 10, 5.0, words=0b011),
        Candidate(2, 20, 4.9, words=0b011),
        Candidate(3, 20, 0.1, words=0b110),
    ]

    ranked = rank.group(candidates)

    assert [entry.best.session for entry in ranked] == [20, 10]
    assert ranked[0].session == pytest.approx(rank.SESSION_SHARE * 0.1 / 2 + rank.PRESENCE_SESSION)


def test_messages_in_the_company_of_other_matches_rank_higher() -> None:
    candidates = [Candidate(1, 10, 5.0), Candidate(2, 20, 4.9), Candidate(3, 20, 4.0)]

    assert [entry.best.id for entry in rank.alone(candidates)] == [2, 1, 3]
    assert all(entry.more == 0 for entry in rank.alone(candidates))


@given(
    st.lists(st.tuples(st.integers(0, 5), st.floats(0.01, 100)), max_size=50).map(
        lambda pairs: [
            Candidate(number, session, score)
            for number, (session, score) in enumerate(sorted(pairs, key=lambda pair: -pair[1]), start=1)
        ]
    )
)
def test_grouping_loses_no_session_and_orders_by_score(candidates: list[Candidate]) -> None:
    ranked = rank.group(candidates)

    assert {entry.best.session for entry in ranked} == {candidate.session for candidate in candidates}
    assert [entry.score for entry in ranked] == sorted((entry.score for entry in ranked), reverse=True)
    assert sum(entry.more + 1 for entry in ranked) == len(candidates)


@given(st.lists(st.integers(0, 5), max_size=20))
def test_the_entries_of_a_grouping_are_counted_without_making_it(sessions: list[int]) -> None:
    candidates = [Candidate(number, session, 1.0) for number, session in enumerate(sessions, 1)]

    assert rank.count_groups(candidates) == len(rank.group(candidates))

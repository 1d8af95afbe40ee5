"""The measures of a ranking, by hand."""

import math

from bench.retrieval import metrics

A, B = frozenset({"a", "a2"}), frozenset({"b"})


def test_the_first_place_is_a_perfect_answer() -> None:
    assert metrics.score(["a", "x"], [A]) == metrics.Scores(1, 1, 1, 1, 1)


def test_one_of_several_messages_that_say_the_same_is_enough() -> None:
    assert metrics.score(["a2"], [A]) == metrics.Scores(1, 1, 1, 1, 1)


def test_a_lower_place_is_worth_less() -> None:
    found = metrics.score(["x", "y", "a"], [A])

    assert (found.recall_1, found.recall_5, found.recall_10) == (0, 1, 1)
    assert found.mrr == 1 / 3
    assert found.ndcg_10 == 1 / math.log2(4)


def test_each_thing_that_must_be_found_counts_for_its_share() -> None:
    found = metrics.score(["a", "x", "y"], [A, B])

    assert (found.recall_1, found.recall_5, found.recall_10) == (1, 0.5, 0.5)
    assert found.ndcg_10 == 1 / (1 + 1 / math.log2(3))


def test_what_stands_below_the_tenth_place_is_not_found() -> None:
    assert metrics.score([*"0123456789", "a"], [A]) == metrics.Scores(0, 0, 0, 0, 0)


def test_the_mean_is_taken_of_each_measure() -> None:
    both = [metrics.Scores(1, 1, 1, 1, 1), metrics.Scores(0, 0, 1, 0.5, 0.2)]

    assert metrics.mean(both) == metrics.Scores(0.5, 0.5, 1, 0.75, 0.6)
    assert metrics.mean([]) == metrics.Scores(0, 0, 0, 0, 0)

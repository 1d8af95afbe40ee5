"""A model has the price of its family, however its maker's resellers call it, and no other."""

from __future__ import annotations

import pytest

from simple_memory import pricing

OWN = {"input": 1.0, "output": 2.0, "cache_read": 0.5, "cache_write": 4.0}


@pytest.mark.parametrize(
    "model",
    [
        "claude-opus-4-5",
        "claude-opus-4-5-20251101",
        "claude-opus-4-5@20251101",
        "claude-opus-4-5-latest",
        "claude-opus-4-5[1m]",
        "anthropic/claude-opus-4-5",
        "us.anthropic.claude-opus-4-5-20251101-v1:0",
    ],
)
def test_a_family_is_known_by_every_name_of_its_models(model: str) -> None:
    (price,) = pricing.Prices().of([model])

    assert price[5:] == (5.0, 25.0, 0.5, 6.25, 10.0)


@pytest.mark.parametrize(
    "model", ["claude-opus-4-55", "claude-opus-9", "gpt-9", "<synthetic>", "", "my-claude-opus-4-5"]
)
def test_no_price_is_guessed(model: str) -> None:
    assert pricing.Prices().of([model]) == []


def test_an_older_name_is_not_the_newer_ones_family() -> None:
    (old,) = pricing.Prices().of(["claude-opus-4-20250514"])

    assert old.input == 15.0


def test_prices_that_changed_follow_each_other_without_a_gap() -> None:
    before, after = pricing.Prices().of(["claude-sonnet-5-5"])

    assert (before.since, before.until, after.until) == ("", after.since, "~")
    assert before.cache_read == 2 * after.cache_read


def test_a_long_prompt_has_its_own_price_from_the_first_token_beyond_the_bound() -> None:
    short, long = pricing.Prices().of(["claude-haiku-5-5"])

    assert short.upto == long.over == 100_000
    assert long.input == 5 * short.input


def test_the_persons_own_prices_come_before_the_tables() -> None:
    prices = pricing.Prices({"claude-opus-4-5": OWN, "my-model": OWN})

    assert [price[5:] for price in prices.of(["claude-opus-4-5-20251101", "my-model"])] == [
        (1.0, 2.0, 0.5, 4.0, 4.0)
    ] * 2


def test_every_family_of_the_table_has_a_price_for_every_time_and_size() -> None:
    prices = pricing.Prices()
    assert prices.as_of
    assert prices.source.startswith("https://")
    for family in prices.families():
        found = prices.of([family])
        for day in ("2024-01-01", "2026-10-06", "2026-10-07", "2030-01-01"):
            for size in (0, 100_000, 100_001, 10**9):
                fits = [
                    price for price in found if price.since <= day < price.until and price.over < size <= price.upto
                ]
                assert len(fits) == 1, (family, day, size)

"""The classes of query that are timed."""

from __future__ import annotations

import random
import re
from typing import cast

import pytest

from bench import asked, budgets
from bench.world import World
from simple_memory.search import query


class Place:
    """What stands in a memory, as the classes ask for it."""

    def planted(self, surface: str) -> list[str]:
        return [f"word{surface}"]

    def ask(self, statement: str) -> list[list[object]]:
        return [["/home/ada/shop/money.py"]] if "path" in statement else [["3f2a-session"]]


@pytest.mark.parametrize("name", asked.CLASSES)
def test_each_class_has_a_budget_and_makes_queries_with_the_filters_that_it_is_named_for(name: str) -> None:
    what, _ = asked.CLASSES[name]
    make = asked.makers(cast("World", Place()))[name]

    parsed = query.parse(make(random.Random(name)))

    assert what in budgets.BUDGETS[f"query_{name}"].what
    assert {each.name for each in parsed.filters} >= set(re.findall(r"`-?(\w+):`", what))
    assert bool(parsed.sought) == (name != "only_filters")


def test_the_same_seed_makes_the_same_query() -> None:
    make = asked.makers(cast("World", Place()))["several_file"]

    assert make(random.Random("a")) == make(random.Random("a")) != make(random.Random("b"))

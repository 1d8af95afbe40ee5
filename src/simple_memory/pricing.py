"""What tokens cost: the table of prices (prices.toml, config.toml) and which of its rows a model has; no sums.

The table is a file beside this module, read when a cost is asked for and never before.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from simple_memory import settings_file
from simple_memory.records import NamedTuple

_PROVIDER = re.compile(r"^(?:[\w-]+/)*(?:(?:[a-z]+\.)*anthropic\.)?")
_ENDING = re.compile(r"(?:[-@]\d{8})?(?:-latest|@default)?(?:-v\d+(?::\d+)?)?(?:\[1m\])?$")
_ALWAYS = ""
_NO_END = "~"  # after every ISO time


class Price(NamedTuple):
    """The price of a model for answers since `since` and before `until`, to a prompt of `over` < tokens ≤ `upto`.

    The times are ISO 8601, compared as text; the prices are US dollars per million tokens. `cache_write_1h` is that of
    what is kept in the cache for an hour, `cache_write` of the rest.
    """

    model: str
    since: str
    until: str
    over: int
    upto: int
    input: float
    output: float
    cache_read: float
    cache_write: float
    cache_write_1h: float


class _Entry(NamedTuple):
    since: str
    over: int
    numbers: tuple[float, ...]


class Prices:
    """The table: `as_of` and `source` are the file's own words."""

    def __init__(self, own: Mapping[str, Mapping[str, float]] | None = None) -> None:
        """Read the file beside this module, and put `own` over it: family → its numbers."""
        import tomllib

        with open(os.path.join(os.path.dirname(__file__), "prices.toml"), "rb") as file:
            table = tomllib.load(file)
        self.as_of = str(table["as_of"])
        self.source = str(table["source"])
        self._families: dict[str, list[_Entry]] = {}
        for given in table["price"]:
            entry = _Entry(given.get("since", _ALWAYS), int(given.get("prompt_over", -1)), _numbers(given))
            for family in given["families"]:
                self._families.setdefault(family, []).append(entry)
        for family, numbers in (own or {}).items():
            self._families[family] = [_Entry(_ALWAYS, -1, _numbers(numbers))]

    def families(self) -> list[str]:
        """Return every family that has a price."""
        return sorted(self._families)

    def cuts(self) -> tuple[list[str], list[int]]:
        """Return the days since which, and the sizes of prompts above which, some price is another, each in order."""
        entries = [entry for family in self._families.values() for entry in family]
        return sorted({one.since for one in entries} - {_ALWAYS}), sorted({one.over for one in entries} - {-1})

    def of(self, models: Iterable[str]) -> list[Price]:
        """Return the prices of those of `models` that have any; a model's prices never overlap."""
        return [price for model in models for price in _spread(model, self._families.get(self._family(model), []))]

    def _family(self, model: str) -> str:
        """Return the family of a model, "" for none: its name as it is, else without provider, date and version."""
        if model in self._families:
            return model
        plain = _ENDING.sub("", _PROVIDER.sub("", model, count=1), count=1)
        return plain if plain in self._families else ""


def _numbers(given: Mapping[str, float]) -> tuple[float, ...]:
    hour = given.get(settings_file.PRICE_OF_AN_HOUR, given["cache_write"])
    return (*(float(given[name]) for name in settings_file.PRICE_FIELDS), float(hour))


def _spread(model: str, entries: list[_Entry]) -> list[Price]:
    """Return the entries of a family as prices, each ending where the next of its kind begins."""
    days = sorted({entry.since for entry in entries})
    found: list[Price] = []
    for number, since in enumerate(days):
        until = days[number + 1] if number + 1 < len(days) else _NO_END
        steps = sorted(entry for entry in entries if entry.since == since)
        ends = [*(entry.over for entry in steps[1:]), 2**62]
        found += [
            Price(model, since, until, entry.over, upto, *entry.numbers)
            for entry, upto in zip(steps, ends, strict=True)
        ]
    return found

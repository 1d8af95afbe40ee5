"""What answers of models cost: SQL adds up the tokens of those that have one price, and they are priced here.

One pass over the answers, whatever models there are; what counts where is told in usage.py and listing.py.
"""

# ruff: noqa: S608 - what is put into statements here are constants of this module; values are bound

from __future__ import annotations

import json
from collections.abc import Sequence

import apsw

from simple_memory import pricing
from simple_memory.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SUMS = """
    sum(response.input_tokens), sum(response.output_tokens), sum(response.cache_read_tokens),
    sum(response.cache_write_tokens), sum(response.cache_write_1h_tokens)
"""
"""The tokens of a group of answers, in the order in which `Tariff.cost` takes them."""
_TIME = "coalesce(message.timestamp, '9')"
_PROMPT = "response.input_tokens + response.cache_read_tokens + response.cache_write_tokens"
_AT_ONCE = 100
"""Sessions whose answers are grouped together: all at once would keep a part of every answer in memory."""


class Cost(NamedTuple):
    """What answers cost in US dollars, None where no price is known of any; and how many tokens have no price."""

    usd: float | None
    unpriced_tokens: int


class Tariff:
    """Prices as two columns of SQL, `columns`: the answers of one model in which both are alike have one price.

    They read `message` and `response`, and take `bindings`.
    """

    def __init__(self, prices: pricing.Prices | None) -> None:
        """Take the prices; None: nothing has one."""
        self._prices = prices
        self._days, self._steps = prices.cuts() if prices else ([], [])
        self._known: dict[tuple[str | None, int, int], pricing.Price | None] = {}
        since, over = (f"({left} ?)" for left in (f"{_TIME} >=", f"{_PROMPT} >"))
        self.columns = ", ".join(
            " + ".join([each] * len(cuts)) or "0" for each, cuts in ((since, self._days), (over, self._steps))
        )
        self.bindings: tuple[str | int, ...] = (*self._days, *self._steps)

    def cost(self, model: str | None, day: int, step: int, tokens: Sequence[int]) -> float | None:
        """Return what a group of answers cost in US dollars, None where no price is known.

        `day` and `step` are the two columns, `tokens` are SUMS.
        """
        group = (model, day, step)
        if group not in self._known:
            self._known[group] = self._price(*group)
        price = self._known[group]
        if price is None:
            return None
        given, output, read, written, kept_an_hour = tokens
        whole = given * price.input + output * price.output + read * price.cache_read
        return (whole + (written - kept_an_hour) * price.cache_write + kept_an_hour * price.cache_write_1h) / 1e6

    def _price(self, model: str | None, day: int, step: int) -> pricing.Price | None:
        if self._prices is None or model is None:
            return None
        time = self._days[day - 1] if day else ""
        prompt = self._steps[step - 1] + 1 if step else 0
        found = self._prices.of([model])
        return next((one for one in found if one.since <= time < one.until and one.over < prompt <= one.upto), None)


def of_sessions(connection: apsw.Connection, prices: pricing.Prices | None, ids: Sequence[int]) -> dict[int, Cost]:
    """Return what each of the sessions with these row ids cost, without its sub-agents; those without answers lack."""
    tariff = Tariff(prices)
    statement = f"""
        SELECT response.session_id, message.model, {tariff.columns}, {SUMS}
        FROM json_each(?) AS wanted JOIN response ON response.session_id = wanted.value
        JOIN message ON message.id = response.message_id GROUP BY 1, 2, 3, 4
    """
    found: dict[int, Cost] = {}
    for first in range(0, len(ids), _AT_ONCE):
        rows: Any = connection.execute(statement, (*tariff.bindings, json.dumps(ids[first : first + _AT_ONCE])))
        for session_id, model, day, step, *tokens in rows:
            cost = tariff.cost(model, day, step, tokens)
            usd, unpriced = found.get(session_id, Cost(None, 0))
            if cost is None:
                unpriced += sum(tokens[:4])  # those kept for an hour are in those that were written
            else:
                usd = (usd or 0.0) + cost
            found[session_id] = Cost(usd, unpriced)
    return found

"""What a session costs is the sum over its answers, each at the price of its model, its day and its prompt's size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simple_memory import pricing
from simple_memory.store import connection, costs
from tests import worlds
from tests.store.memory import Memory

DAYS = (None, "2026-10-06T23:59:59.999Z", "2026-10-07T00:00:00.000Z")
PROMPTS = (100, 100_000, 100_001)
MODELS = ("claude-sonnet-5-5", "claude-haiku-5-5", "claude-haiku-5-5-20260901", "strange-9", None)


@pytest.fixture
def memory(world: worlds.World) -> Iterator[Memory]:
    made = Memory(world.home)
    yield made
    made.close()


def answer(memory: Memory, session: int, model: str | None, time: str | None, prompt: int) -> None:
    message = memory.reply(session, "Yes.", model=model, timestamp=time)
    memory.writer.execute(
        "INSERT INTO response (response, message_id, session_id, input_tokens, output_tokens, cache_read_tokens,"
        " cache_write_tokens, cache_write_1h_tokens) VALUES (CAST('r' || ?1 AS BLOB), ?1, ?2, ?3 - 30, 7, 20, 10, 4)",
        (message, session, prompt),
    )


def reckoned(model: str | None, time: str | None, prompt: int) -> float | None:
    """Return the cost of one answer by the table itself."""
    for one in pricing.Prices().of([model or ""]):
        if one.since <= (time or "9") < one.until and one.over < prompt <= one.upto:
            given = (prompt - 30) * one.input + 7 * one.output
            return (given + 20 * one.cache_read + 6 * one.cache_write + 4 * one.cache_write_1h) / 1e6
    return None


def test_a_session_costs_what_its_answers_cost_each_by_itself(memory: Memory) -> None:
    together = memory.session("together")
    apart = {}
    for model in MODELS:
        for time in DAYS:
            for prompt in PROMPTS:
                session = memory.session(f"{model} {time} {prompt}")
                apart[session] = reckoned(model, time, prompt)
                answer(memory, session, model, time, prompt)
                answer(memory, together, model, time, prompt)

    found = costs.of_sessions(connection.open_reader(memory.home), pricing.Prices(), [together, *apart])

    assert {session: found[session].usd for session in apart} == pytest.approx(apart)
    known = [cost for cost in apart.values() if cost is not None]
    assert found[together].usd == pytest.approx(sum(known))
    assert len(set(known)) > len(PROMPTS), "days and sizes must tell prices apart here"
    assert found[together].unpriced_tokens == 2 * len(DAYS) * sum(prompt + 7 for prompt in PROMPTS)


def test_without_prices_every_token_lacks_one(memory: Memory) -> None:
    session = memory.session("one")
    answer(memory, session, MODELS[0], None, 100)

    found = costs.of_sessions(connection.open_reader(memory.home), None, [session, memory.session("silent")])

    assert found == {session: costs.Cost(None, 107)}

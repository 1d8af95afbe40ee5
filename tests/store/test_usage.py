"""What was said and what it cost is counted once, whatever it is counted by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simple_memory import errors, pricing
from simple_memory.store import connection, usage
from tests import worlds
from tests.store.memory import Memory

OPUS = "claude-opus-4-5"


@pytest.fixture
def memory(world: worlds.World) -> Iterator[Memory]:
    made = Memory(world.home)
    yield made
    made.close()


def answer(
    memory: Memory, session: int, *, model: str | None = OPUS, tokens: tuple[int, ...], hour: int = 0, **columns: Any
) -> None:
    message = memory.reply(session, "Yes.", model=model, **columns)
    memory.writer.execute(
        "INSERT INTO response (response, message_id, session_id, input_tokens, output_tokens, cache_read_tokens,"
        " cache_write_tokens, cache_write_1h_tokens) VALUES (CAST('r' || ?1 AS BLOB), ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (message, session, *tokens, hour),
    )


def count(memory: Memory, by: str, **filters: Any) -> usage.Account:
    return usage.count(connection.open_reader(memory.home), by, pricing.Prices(), **filters)


def test_a_copy_in_a_resumed_session_is_not_counted_again(memory: Memory) -> None:
    first, resumed = memory.session("first"), memory.session("resumed")
    said = memory.say(first, "Hello")
    memory.copy(said, resumed)
    memory.say(resumed, "And on")

    total = count(memory, "project").total

    assert (total.messages, total.prompts, total.sessions) == (2, 2, 2)


def test_a_session_of_copies_alone_is_no_session_of_that_day(memory: Memory) -> None:
    memory.copy(memory.say(memory.session("first"), "Hello"), memory.session("resumed"))

    assert count(memory, "day").total.sessions == 1


def test_a_subagent_counts_in_its_parents_session(memory: Memory) -> None:
    memory.say(memory.session("main"), "Look")
    memory.say(memory.session("main/agent-a", kind="subagent", parent="main"), "Looking")

    total = count(memory, "agent").total

    assert (total.sessions, total.subagents, total.messages) == (1, 1, 2)


def test_cost_is_the_sum_over_the_four_kinds_of_tokens(memory: Memory) -> None:
    answer(memory, memory.session("one"), tokens=(1_000_000, 1_000_000, 1_000_000, 1_000_000))

    (row,) = count(memory, "model").rows

    assert row.key == OPUS
    assert row.tokens == 4_000_000
    assert row.cost_usd == pytest.approx(5 + 25 + 0.5 + 6.25)


def test_an_hour_in_the_cache_has_its_own_price(memory: Memory) -> None:
    answer(memory, memory.session("one"), tokens=(0, 0, 0, 1_000_000), hour=400_000)

    assert count(memory, "model").total.cost_usd == pytest.approx(0.6 * 6.25 + 0.4 * 10)


def test_what_has_no_price_is_told_and_not_guessed(memory: Memory) -> None:
    session = memory.session("one")
    answer(memory, session, model="strange-9", tokens=(10, 10, 0, 0))
    answer(memory, session, tokens=(1_000_000, 0, 0, 0))

    account = count(memory, "model")
    rows = {row.key: row for row in account.rows}

    assert account.unknown_models == ["strange-9"]
    assert rows["strange-9"].cost_usd is None
    assert rows[OPUS].cost_usd == pytest.approx(5.0)
    assert account.total.cost_usd == pytest.approx(5.0)
    assert account.total.unpriced_tokens == 20


def test_the_price_of_the_day_and_of_the_prompts_size_is_taken(memory: Memory) -> None:
    session = memory.session("one")
    read = (0, 0, 1_000_000, 0)
    answer(memory, session, model="claude-sonnet-5-5", tokens=read, timestamp="2026-10-06T23:59:59.999Z")
    answer(memory, session, model="claude-sonnet-5-5", tokens=read, timestamp="2026-10-07T00:00:00.000Z")
    answer(memory, session, model="claude-haiku-5-5", tokens=(100_000, 0, 0, 0))
    answer(memory, session, model="claude-haiku-5-5", tokens=(100_001, 0, 0, 0))

    rows = {row.key: row for row in count(memory, "model").rows}

    assert rows["claude-sonnet-5-5"].cost_usd == pytest.approx(0.2 + 0.1)
    assert rows["claude-haiku-5-5"].cost_usd == pytest.approx(0.01 + 0.0500005)


def test_days_weeks_and_months_are_the_persons_own(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    memory.say(memory.session("late"), "Hello", timestamp="2026-02-01T23:30:00.000Z")
    try:
        for zone, day, week, month in (
            ("UTC", "2026-02-01", "2026-01-26", "2026-02"),
            ("Etc/GMT-1", "2026-02-02", "2026-02-02", "2026-02"),
            ("Etc/GMT+12", "2026-02-01", "2026-01-26", "2026-02"),
        ):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            assert [count(memory, by).rows[0].key for by in ("day", "week", "month")] == [day, week, month]
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


def test_a_message_without_a_time_is_counted_under_none(memory: Memory) -> None:
    memory.say(memory.session("old"), "Hello", timestamp=None)

    assert [(row.key, row.messages) for row in count(memory, "day").rows] == [(None, 1)]


def test_a_call_counts_once_by_its_id(memory: Memory) -> None:
    memory.call(memory.session("one"), "Bash", result="four", call_id="same", is_error=1)
    two = memory.session("two")
    memory.call(two, "Bash", result="four", call_id="same", is_error=1)
    memory.call(two, "Read", result="x")

    rows = {row.key: row for row in count(memory, "tool").rows}

    assert (rows["Bash"].calls, rows["Bash"].failed, rows["Bash"].result_chars) == (1, 1, 4)
    assert rows["Read"].sessions == 1


def test_filters_choose_messages(memory: Memory) -> None:
    shop, blog = memory.session("shop"), memory.session("blog", project="/home/ada/blog", agent="codex")
    memory.say(shop, "Old", timestamp="2026-01-01T00:00:00.000Z")
    memory.say(shop, "New", timestamp="2026-01-03T00:00:00.000Z")
    memory.say(blog, "Post", timestamp="2026-01-03T00:00:00.000Z")

    assert count(memory, "day", project="shop").total.messages == 2
    assert count(memory, "day", agent="codex").total.messages == 1
    assert count(memory, "day", since="2026-01-02T00:00:00.000Z").total.messages == 2
    assert count(memory, "day", until="2026-01-03T00:00:00.000Z").total.messages == 1
    with pytest.raises(errors.NotFound):
        count(memory, "day", project="nowhere")

"""Sessions and projects are listed in every order, page by page, each once, with what they took."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simple_memory import pricing
from simple_memory.store import connection, listing
from tests import worlds
from tests.store.memory import Memory

MILLION = 1_000_000


@pytest.fixture
def memory(world: worlds.World) -> Iterator[Memory]:
    made = Memory(world.home)
    yield made
    made.close()


def listed(
    memory: Memory, prices: pricing.Prices | None = None, **more: Any
) -> tuple[list[listing.Listed], str | None]:
    return listing.sessions(connection.open_reader(memory.home), prices, **more)


def answered(memory: Memory, session: int, *, model: str, tokens: int) -> None:
    message = memory.reply(session, "Yes.", model=model)
    memory.writer.execute(
        "INSERT INTO response (response, message_id, session_id, input_tokens, output_tokens, cache_read_tokens,"
        " cache_write_tokens) VALUES (CAST('r' || ?1 AS BLOB), ?1, ?2, ?3, 0, 0, 0)",
        (message, session, tokens),
    )
    memory.writer.execute("UPDATE session SET input_tokens = input_tokens + ? WHERE id = ?", (tokens, session))


def three(memory: Memory) -> None:
    """Make sessions of which each is the first in another order."""
    day = "2026-01-0{}T10:00:00.000Z"
    long = memory.session(
        "long", started_at=day.format(1), ended_at=day.format(4), shown=1, messages=1, model="claude-haiku-4-5"
    )
    many = memory.session("many", started_at=day.format(2), ended_at=day.format(3), shown=9, messages=9, branch="fix")
    new = memory.session(
        "new", project="/home/ada/blog", started_at=day.format(5), ended_at=day.format(5), shown=2, messages=2
    )
    answered(memory, long, model="claude-haiku-4-5", tokens=3 * MILLION)
    answered(memory, many, model="claude-opus-4-1", tokens=MILLION)
    answered(memory, new, model="strange-9", tokens=2 * MILLION)
    for number, (session, size) in enumerate(((long, 10), (many, 20), (new, 30))):
        memory.writer.execute(
            "INSERT INTO checkpoint (transcript_id, device, inode, size, mtime_ns, offset, head_digest, last_digest)"
            " SELECT id, 0, ?2, ?3, 0, ?3, x'', x'' FROM transcript WHERE session_id = ?1",
            (session, number, size),
        )


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("recent", ["new", "long", "many"]),
        ("oldest", ["long", "many", "new"]),
        ("messages", ["many", "new", "long"]),
        ("tokens", ["long", "new", "many"]),
        ("cost", ["many", "long", "new"]),
        ("duration", ["long", "many", "new"]),
        ("size", ["new", "many", "long"]),
    ],
)
def test_every_order_is_kept_over_pages(memory: Memory, order: str, names: list[str]) -> None:
    three(memory)
    found: list[str] = []
    after = None
    for _ in names:
        page, after = listed(memory, pricing.Prices(), order=order, limit=1, after=after)
        found += [one.row.session for one in page]

    assert found == names
    assert after is None


def test_equal_values_are_told_each_once(memory: Memory) -> None:
    for number in range(7):
        memory.session(f"s{number}", shown=number // 3)
    found: list[str] = []
    after = None
    while True:
        page, after = listed(memory, order="messages", limit=2, after=after)
        found += [one.row.session for one in page]
        if after is None:
            break

    assert sorted(found) == [f"s{number}" for number in range(7)]


def test_what_a_session_took_is_told(memory: Memory) -> None:
    three(memory)
    rows = {one.row.session: one for one in listed(memory, pricing.Prices())[0]}

    long = rows["long"]
    assert (long.tokens, long.unpriced_tokens, long.duration_s, long.size_bytes) == (3 * MILLION, 0, 3 * 86_400, 10)
    assert long.cost_usd == pytest.approx(3.0)
    assert (rows["new"].cost_usd, rows["new"].unpriced_tokens) == (None, 2 * MILLION)
    assert listed(memory)[0][1].cost_usd is None


def test_filters_choose_by_model_and_branch(memory: Memory) -> None:
    three(memory)

    assert [one.row.session for one in listed(memory, model="haiku")[0]] == ["long"]
    assert [one.row.session for one in listed(memory, branch="fix")[0]] == ["many"]


@pytest.mark.parametrize("order", listing.PROJECT_ORDERS)
def test_projects_are_told_in_every_order(memory: Memory, order: str) -> None:
    three(memory)
    database = connection.open_reader(memory.home)
    first = "shop" if order in {"oldest", "sessions", "messages", "tokens", "cost"} else "blog"

    page, following = listing.projects(database, pricing.Prices(), order=order, limit=1)
    rest, end = listing.projects(database, pricing.Prices(), order=order, limit=1, after=following)

    assert [page[0].name, rest[0].name] == [first, "shop" if first == "blog" else "blog"]
    assert end is None

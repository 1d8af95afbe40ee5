"""What an agent has asked and not been answered: another server can go on with it, and no answer comes twice."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_memory.mcp_server import ledger
from tests.mcp_server.test_lines import INITIALIZE


def line(**message: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"


def answer(number: object) -> bytes:
    return b'{"jsonrpc":"2.0","id":' + json.dumps(number).encode() + b',"result":{"x":1}}\n'


HELLO = line(id=1, method="initialize", params=INITIALIZE["params"])
READY = line(method="notifications/initialized")


def test_what_was_answered_is_not_asked_again() -> None:
    kept = ledger.Ledger()
    for number in (1, "a", 2):
        kept.ask(line(id=number, method="tools/list"))
    assert kept.hear(answer(1) + answer("a")) == answer(1) + answer("a")
    assert kept.replay() == line(id=2, method="tools/list")
    assert kept.has_pending


def test_the_handshake_is_told_again_and_its_answer_kept_from_the_agent() -> None:
    kept = ledger.Ledger()
    kept.ask(HELLO)
    kept.hear(answer(1))
    kept.ask(READY + line(id=2, method="ping"))
    assert kept.replay() == HELLO + READY + line(id=2, method="ping")
    assert kept.hear(answer(1) + answer(2)) == answer(2)
    assert kept.replay() == HELLO + READY
    assert not kept.has_pending


def test_an_unanswered_handshake_is_answered_by_the_next_server() -> None:
    kept = ledger.Ledger()
    kept.ask(HELLO)
    assert kept.replay() == HELLO
    assert kept.hear(answer(1)) == answer(1)


def test_a_half_line_of_the_old_server_is_forgotten_and_one_of_the_agent_is_not() -> None:
    kept = ledger.Ledger()
    asked = line(id=5, method="ping")
    kept.ask(asked[:10])
    assert kept.hear(answer(4)[:20]) == b""
    assert kept.replay() == asked[:10]
    kept.ask(asked[10:])
    assert kept.hear(answer(5)) == answer(5)
    assert kept.replay() == b""


def test_cancelled_requests_and_notifications_are_not_asked_again() -> None:
    kept = ledger.Ledger()
    kept.ask(line(id=3, method="tools/call", params={}) + line(method="notifications/progress"))
    kept.ask(line(method="notifications/cancelled", params={"requestId": 3}))
    assert kept.replay() == b""


@pytest.mark.parametrize("garbage", [b"garbage\n", b"[1]\n", b'{"params": 5}\n', b"\xff\n", b"\n", b"null\n"])
def test_garbage_is_not_asked_again(garbage: bytes) -> None:
    kept = ledger.Ledger()
    kept.ask(garbage + line(id=1, method="ping"))
    assert kept.replay() == line(id=1, method="ping")


def test_it_stays_small_while_answers_come() -> None:
    kept = ledger.Ledger()
    for number in range(5_000):
        kept.ask(line(id=number, method="tools/list", params={"pad": "x" * 100}))
        kept.hear(answer(number))
    assert len(kept._asked) < 60_000


def test_more_than_a_message_unanswered_cannot_be_replayed() -> None:
    kept = ledger.Ledger()
    for _ in range(70):
        kept.ask(b"x" * 65_536)
    assert kept.is_overfull
    assert kept.replay() == b""
    assert kept.hear(b"half") == b"half"


@given(st.lists(st.integers(1, 40), max_size=30), st.data())
def test_however_the_bytes_are_cut_each_request_is_answered_once(sizes: list[int], choose: st.DataObject) -> None:
    """Two servers; the first answers some requests and dies in the middle of a line."""
    kept = ledger.Ledger()
    asked = b"".join(line(id=number, method="ping") for number in range(len(sizes)))
    for start in range(0, len(asked), 17):
        kept.ask(asked[start : start + 17])
    done = choose.draw(st.integers(0, len(sizes)))
    said = b"".join(answer(number) for number in range(done))
    said += answer(done)[: choose.draw(st.integers(0, 20))]
    heard = b"".join(kept.hear(said[at : at + 13]) for at in range(0, len(said), 13))
    again = [json.loads(each)["id"] for each in kept.replay().splitlines()]
    heard += kept.hear(b"".join(answer(number) for number in again))
    assert [json.loads(each)["id"] for each in heard.splitlines()] == list(range(len(sizes)))

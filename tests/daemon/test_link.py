import json
import select
import socket

from simple_memory import errors
from simple_memory.daemon import link as links


def heard(other: socket.socket) -> list[dict[str, object]]:
    return [json.loads(line) for line in other.recv(1 << 20).decode().splitlines()]


def test_what_a_worker_says_is_a_line_of_json_each() -> None:
    link, other = links.Link.detached()
    link.ready()
    link.beat({"seen": 3})
    link.failed(errors.DiskFull("Full.", "Make room."))
    assert heard(other) == [
        {"ready": True},
        {"beat": {"seen": 3}},
        {"failed": {"code": "disk_full", "message": "Full.", "hint": "Make room."}},
    ]
    assert not link.stop_requested()
    other.close()


def test_the_end_of_the_supervisor_is_the_wish_to_stop() -> None:
    link, other = links.Link.detached()
    assert not link.wait(0)
    other.close()
    assert link.wait(10)
    link.beat({})  # to nobody; harms nobody


def test_a_wish_to_stop_wakes_whoever_waits_on_the_descriptor_and_the_last_words_still_go_out() -> None:
    link, other = links.Link.detached()
    link.request_stop()
    assert select.select([link.fileno()], [], [], 0)[0]
    assert link.stop_requested()
    link.beat({"last": True})
    assert heard(other) == [{"beat": {"last": True}}]
    other.close()


def test_requests_are_words_in_order_and_whole() -> None:
    link, other = links.Link.detached()
    other.sendall(b"rescan\nres")
    assert not link.wait(1)
    assert link.requests() == ["rescan"]
    other.sendall(b"can\n")
    link.wait(1)
    assert (link.requests(), link.requests()) == (["rescan"], [])
    other.close()


def test_a_supervisor_that_does_not_read_never_blocks_and_gets_whole_lines_later() -> None:
    link, other = links.Link.detached()
    for number in range(5000):
        link.beat({"number": number, "filler": "x" * 500})
    received = b""
    while b"the end" not in received:
        link.beat({"filler": "the end"})
        received += other.recv(1 << 20)
    lines = received.split(b"\n")[:-1]
    assert len(lines) > 10
    assert all("beat" in json.loads(line) for line in lines)
    other.close()

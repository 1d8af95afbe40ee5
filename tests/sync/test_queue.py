"""What is read next: what came in live before all else, and of that what is soon done; then the newest."""

from __future__ import annotations

from simple_memory import model
from simple_memory.sync import plan, queue, scan

SMALL = queue.SMALL_BYTES


def found(name: str, size: int, *, mtime: int = 0) -> scan.Found:
    place = model.Place(agent="claude-code", form=model.Form.LINES, session=name)
    return scan.Found(path=name, place=place, device=1, inode=1, size=size, mtime_ns=mtime)


def order(waiting: queue.Queue) -> list[str]:
    names = []
    while item := waiting.take(0.0):
        names.append(item.found.path)
        waiting.done(item.found.path)
    return names


def test_what_came_in_live_goes_first_and_the_newest_of_the_rest() -> None:
    waiting = queue.Queue()
    waiting.put(found("old", 9, mtime=1), plan.Step.READ, urgent=False, now=0.0)
    waiting.put(found("new", 9, mtime=2), plan.Step.READ, urgent=False, now=0.0)
    waiting.put(found("live", 9), plan.Step.READ, urgent=True, now=0.0)
    assert order(waiting) == ["live", "new", "old"]


def test_of_what_came_in_live_the_line_of_a_long_session_goes_before_large_files_that_came_earlier() -> None:
    waiting = queue.Queue()
    waiting.put(found("large", SMALL * 9), plan.Step.READ, urgent=True, now=0.0)
    waiting.put(found("larger", SMALL * 90), plan.Step.READ, urgent=True, now=0.0)
    waiting.put(found("first", SMALL - 1), plan.Step.READ, urgent=True, now=0.0)
    waiting.put(found("session", SMALL * 500), plan.Step.READ, urgent=True, now=0.0, read=SMALL * 500 - 100)
    assert order(waiting) == ["first", "session", "large", "larger"]


def test_what_is_queued_twice_is_taken_once_with_what_was_noticed_last() -> None:
    waiting = queue.Queue()
    waiting.put(found("a", SMALL * 9), plan.Step.READ, urgent=True, now=0.0)
    waiting.put(found("b", SMALL * 5), plan.Step.READ, urgent=True, now=0.0)
    waiting.put(found("a", SMALL * 9 + 10), plan.Step.READ, urgent=True, now=1.0, read=SMALL * 9)
    item = waiting.take(0.0)
    assert item is not None
    assert (item.found.path, item.found.size, item.since) == ("a", SMALL * 9 + 10, 0.0)
    waiting.done("a")
    assert order(waiting) == ["b"]
    assert not waiting.has_urgent()


def test_what_cannot_be_read_now_is_urgent_no_more() -> None:
    waiting = queue.Queue()
    waiting.put(found("a", 9), plan.Step.READ, urgent=True, now=0.0)
    item = waiting.take(0.0)
    assert item is not None
    waiting.postpone(item, 0.0)
    assert waiting.take(queue.FIRST_PAUSE / 2) is None
    assert not waiting.has_urgent()
    assert waiting.take(queue.FIRST_PAUSE) is not None


def test_how_much_waits_is_known_at_any_time_without_looking_at_each() -> None:
    waiting = queue.Queue()
    assert (waiting.behind(), waiting.oldest_wait(9.0)) == ((0, 0), 0.0)
    waiting.put(found("a", 100), plan.Step.READ, 40, urgent=False, now=1.0)
    waiting.put(found("b", 10), plan.Step.READ, urgent=False, now=2.0)
    waiting.put(found("a", 150), plan.Step.READ, 40, urgent=True, now=3.0)
    assert (waiting.behind(), waiting.oldest_wait(9.0)) == ((2, 120), 8.0)
    first = waiting.take(0.0)
    assert first is not None
    waiting.put_back(first.continued(100))
    assert waiting.behind() == (2, 60)
    waiting.done("a")
    assert (waiting.behind(), waiting.oldest_wait(9.0)) == ((1, 10), 7.0)
    waiting.put_back(first)  # what was read of it was not committed
    assert waiting.behind() == (2, 120)
    second = waiting.take(0.0)
    assert second is not None
    waiting.postpone(second, 0.0)
    assert waiting.behind() == (2, 120)
    waiting.done("a")
    waiting.done("b")
    waiting.done("b")
    assert (waiting.behind(), waiting.oldest_wait(9.0)) == ((0, 0), 0.0)

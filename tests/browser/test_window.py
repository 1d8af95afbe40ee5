"""The part of a session that is on the screen: what is loaded and let go, where it stands, what is folded; pure."""

from __future__ import annotations

import pytest

from simple_memory.cli.browser import rows, window
from simple_memory.cli.browser.entries import Block, Entry

WIDTH, HEIGHT = 60, 20


def entry(position: int, text: str = "", *, noise: bool = False, marks: tuple[tuple[int, int], ...] = ()) -> Entry:
    said = text or f"Message {position}"
    return Entry(
        position=position,
        role="assistant",
        kind="tool_call" if noise else "reply",
        when="2026-01-01 10:00",
        is_noise=noise,
        starts_turn=not noise and position % 10 == 0,
        gist=f"→ Read {position}",
        tools=("Read",) if noise else (),
        failed=0,
        blocks=(Block("given" if noise else "text", said, marks),),
    )


def page(first: int, count: int, *, noise: bool = False) -> list[Entry]:
    return [entry(position, noise=noise) for position in range(first, first + count)]


def opened(entries: list[Entry], *, at: int | None = None, last: int | None = None) -> window.Window:
    made = window.Window(WIDTH, HEIGHT)
    made.fill(entries, at=at, last=entries[-1].position if last is None else last)
    return made


def shown(made: window.Window) -> list[str]:
    return [line.text.strip() for line in made.lines[made.top : made.top + made.height]]


def walk(made: window.Window, last: int, lines: int) -> int:
    """Scroll by `lines` until nothing changes, loading what is wanted; return the most messages that were held."""
    most = 0
    while True:
        before = (made.top, made.pointed, len(made.entries), made.entries[0].position)
        made.scroll(lines)
        while (wanted := made.wanted()) is not None:
            first = wanted.position if wanted.side == "after" else max(0, wanted.position - window.PAGE)
            end = min(last, first + window.PAGE - 1) if wanted.side == "after" else wanted.position - 1
            made.add(wanted.side, page(first, end - first + 1))
            most = max(most, len(made.entries))
        if (made.top, made.pointed, len(made.entries), made.entries[0].position) == before:
            return most


def test_thousands_of_messages_scroll_both_ways_while_few_are_held() -> None:
    last = 4_999
    made = opened(page(0, window.PAGE), last=last)

    most = walk(made, last, 400)

    assert made.is_at_end
    assert "Message 4999" in shown(made)
    assert most <= window.MOST_LOADED
    assert walk(made, last, -400) <= window.MOST_LOADED
    assert shown(made)[1] == "Message 0"


def test_a_page_that_comes_before_moves_nothing_on_the_screen() -> None:
    made = opened(page(100, 60), at=130, last=500)
    before = shown(made)

    made.add("before", page(40, 60))

    assert shown(made) == before


def test_long_texts_are_let_go_sooner_than_short_ones() -> None:
    made = opened([entry(position, "x" * 70_000) for position in range(120)], last=1000)

    made.add("after", [entry(position, "x" * 70_000) for position in range(120, 180)])

    assert len(made.entries) == 2 * window.PAGE
    assert made.entries[-1].position == 179


def test_noise_folds_into_one_line_that_counts_it() -> None:
    made = opened([entry(0), *page(1, 5, noise=True), entry(6)])

    assert [line for line in shown(made) if "steps" in line] == ["⋯ 5 steps: Read ×5"]


def test_a_line_that_stands_for_many_unfolds_and_folds_again() -> None:
    made = opened([entry(0), *page(1, 3, noise=True), entry(4)])
    folded = shown(made)

    made.point(1)
    made.toggle()
    assert [line for line in shown(made) if "→" in line] == ["1 → Read 1", "2 → Read 2", "3 → Read 3"]
    made.point(3)
    made.fold()

    assert shown(made) == folded
    assert made.pointed == 1


def test_a_hit_inside_noise_stands_by_itself_with_its_words() -> None:
    long = "\n".join(f"line {number}" for number in range(200))
    at = long.index("line 150")
    made = opened(
        [entry(0), entry(1, noise=True), entry(2, long, noise=True, marks=((at, at + 8),)), entry(3, noise=True)], at=2
    )

    marked = [line for line in made.lines[made.top : made.top + HEIGHT] if line.is_marked]

    assert [line.text.strip() for line in marked] == ["line 150"]
    assert made.pointed == 2


def test_what_was_gone_to_stays_on_the_screen_when_its_size_changes() -> None:
    made = opened(page(0, 60), at=30)

    for width, height in ((20, 5), (200, 50), (10, 3)):
        made.resize(width, height)
        assert made.pointed == 30
        assert any(line.position == 30 for line in made.lines[made.top : made.top + height])


def test_the_end_is_followed_when_it_is_on_the_screen() -> None:
    made = opened(page(0, 30))
    made.scroll_to_end()

    made.grow(31)
    assert made.wanted() == window.Wanted("after", 30)
    made.add("after", page(30, 2), last=31)

    assert "Message 31" in shown(made)
    assert made.pointed == 31


def test_the_end_is_not_followed_from_further_up() -> None:
    made = opened(page(0, 30))
    before = shown(made)

    made.grow(31)
    made.add("after", page(30, 2), last=31)

    assert shown(made) == before


def test_turns_are_walked_forward_and_back() -> None:
    made = opened(page(0, 40))
    seen = []
    for forward in (True, True, False):
        position = made.step(forward, turns=True)
        assert position is not None
        made.point(position)
        seen.append(position)

    assert seen == [10, 20, 10]


def test_the_share_of_the_session_that_is_shown_reaches_from_nothing_to_all() -> None:
    made = opened(page(0, 60), last=59)

    assert made.share()[0] == 0.0
    made.scroll_to_end()
    assert made.share()[1] == 1.0
    assert opened(page(500, 60), at=530, last=1000).share()[0] == pytest.approx(0.53, abs=0.01)


def test_an_empty_session_has_no_line_and_wants_nothing() -> None:
    made = window.Window(WIDTH, HEIGHT)
    made.fill([], at=None, last=-1)
    made.scroll(5)
    made.toggle()
    made.fold()
    made.fold_all()

    assert (made.lines, made.wanted(), made.entry(), made.pointed) == ([], None, None, None)


def test_one_text_is_laid_out_up_to_a_limit_and_says_so() -> None:
    made = opened([entry(0, "\n".join("x" for _ in range(rows.MOST_LINES * 2)))])
    made.toggle()

    assert len(made.lines) <= rows.MOST_LINES + 2
    assert "`show --full` has all" in made.lines[-1].text

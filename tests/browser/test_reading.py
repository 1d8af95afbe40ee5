"""The screen that reads one session: it opens at the hit, walks hits and turns, folds, pages, and follows."""

from __future__ import annotations

import pytest

from simple_memory.cli.browser import window
from simple_memory.cli.browser.panes import Session
from simple_memory.cli.browser.reading import Reading
from tests.browser import stock
from tests.browser.driving import Driver, drive
from tests.store.memory import Memory


async def opened(driver: Driver, words: str, sees: str) -> Session:
    """Type words, wait for what they find, and open the first hit."""
    await driver.type(words)
    await driver.sees(sees)
    await driver.keys("enter")
    await driver.until(lambda: isinstance(driver.browser.screen, Reading), "the session")
    pane = driver.browser.screen.query_one(Session)
    await driver.until(lambda: pane.window.entries, "its messages")
    return pane


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 20)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_session_opens_at_its_hit_with_the_words_marked(memory: Memory, size: tuple[int, int]) -> None:
    async def script(driver: Driver) -> None:
        await opened(driver, '"whole cents"', "11111111:8")
        await driver.looks_like(f"session-{size[0]}x{size[1]}")
        assert "cents" in driver.styled("mark")

    drive(memory.home, script, size=size)


def test_steps_unfold_one_by_one_and_fold_again(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await opened(driver, '"basket total"', "11111111:0")
        await driver.sees("7 steps: Read, Edit, Bash, thinking")
        await driver.keys("right", "enter")
        await driver.looks_like("steps-80x24")
        await driver.keys("right", "right", "right", "enter")
        await driver.looks_like("change-80x24")
        await driver.keys("minus")
        await driver.sees("7 steps: Read, Edit, Bash, thinking")

    drive(memory.home, script)


def test_everything_unfolds_in_two_steps(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        pane = await opened(driver, '"basket total"', "11111111:0")
        await driver.keys("f")
        await driver.sees("Each step has its line.")
        await driver.keys("f")
        await driver.sees("All is open.")
        assert any("line 59 of the test run" in line.text for line in pane.window.lines)
        await driver.keys("f")
        await driver.sees("7 steps")

    drive(memory.home, script)


def test_n_goes_to_the_next_hit_and_round_the_end(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        pane = await opened(driver, "zzneedle", "Question")
        await driver.sees("hit ")
        seen: list[int] = []
        for _ in range(4):
            before = pane.window.pointed
            await driver.keys("n")
            await driver.until(lambda before=before: pane.window.pointed != before, "another hit")  # type: ignore[misc]
            seen.append(pane.window.pointed or 0)
        assert sorted(seen[:3]) == [200, 700, 1200]
        assert seen[3] == seen[0]
        await driver.keys("N")
        await driver.until(lambda: pane.window.pointed == seen[2], "the hit before")

    drive(memory.home, script)


def test_a_long_session_is_walked_to_its_end_while_few_messages_are_held(memory: Memory) -> None:
    most = 0

    async def script(driver: Driver) -> None:
        nonlocal most
        pane = await opened(driver, "zzneedle", "Question")
        await driver.keys("g")
        await driver.until(lambda: pane.window.top == 0 and pane.window.pointed == 0, "the beginning")
        while not pane.window.is_at_end:
            before = pane.window.share()
            await driver.keys("pagedown")
            await driver.until(lambda before=before: pane.window.share() != before, "to get on")  # type: ignore[misc]
            most = max(most, len(pane.window.entries))
        await driver.sees(f"Answer {stock.LONG_MESSAGES // 2 - 1}")

    drive(memory.home, script, size=(80, 60))
    assert 2 * window.PAGE < most <= window.MOST_LOADED


def test_the_end_is_a_key_away_and_so_is_the_beginning(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await opened(driver, "zzneedle", "Question")
        await driver.keys("G")
        await driver.sees(f"Answer {stock.LONG_MESSAGES // 2 - 1}")
        await driver.keys("g")
        await driver.sees("Question 0")

    drive(memory.home, script)


def test_new_lines_appear_while_a_session_is_open(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await opened(driver, "stock client", "22222222:0")
        await driver.sees("after three tries")
        session = memory._one("SELECT id FROM session WHERE session = ?", stock.RETRY)
        for number in range(40):
            memory.reply(session, f"It goes on {number}")
        driver.browser.watch_store()
        await driver.sees("It goes on 39")

    drive(memory.home, script)


def test_who_reads_further_up_is_not_moved_by_new_lines(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        pane = await opened(driver, "zzneedle", "Question")
        await driver.keys("g")
        await driver.until(lambda: pane.window.pointed == 0, "the beginning")
        session = memory._one("SELECT id FROM session WHERE session = ?", stock.LONG)
        last = memory.reply(session, "Much later") and pane.window.last + 1
        driver.browser.watch_store()
        await driver.until(lambda: pane.window.last == last, "the news")
        assert pane.window.top == 0

    drive(memory.home, script)


def test_other_words_are_found_inside_the_session(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        pane = await opened(driver, '"basket total"', "11111111:0")
        await driver.keys("slash")
        await driver.keys(*["backspace"] * 14)
        await driver.type("discount")
        await driver.keys("enter")
        await driver.sees("hit 0/2")
        await driver.keys("n")
        await driver.until(lambda: pane.window.pointed == 9, "the hit")
        assert "discount" in driver.styled("mark")

    drive(memory.home, script)


def test_the_message_that_is_pointed_at_is_copied(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await opened(driver, "stock client", "22222222:0")
        await driver.keys("right", "y", "Y", "c")
        await driver.sees("Copied the text.")
        assert driver.copied == [
            "22222222:1",
            stock.RETRY,
            "It now waits 1, 2, 4 seconds and gives up after three tries.",
        ]

    drive(memory.home, script)


def test_sub_agents_are_reached_from_their_session(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await opened(driver, '"basket total"', "11111111:0")
        await driver.sees("1 sub-agent (s)")
        await driver.keys("s")
        await driver.sees("the sub-agents of one session")
        await driver.sees("Find where prices are added")
        await driver.keys("enter")
        await driver.sees("In basket.py and discount.py.")

    drive(memory.home, script)


def test_escape_goes_back_to_the_list(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await opened(driver, '"whole cents"', "11111111:8")
        await driver.keys("slash", "escape")
        assert isinstance(driver.browser.screen, Reading)
        await driver.keys("escape")
        await driver.looks_like("found-80x24")

    drive(memory.home, script)


def test_a_change_of_size_keeps_the_place(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        pane = await opened(driver, "zzneedle", "Question")
        shown = pane.window.pointed
        await driver.pilot.resize_terminal(50, 18)
        await driver.until(lambda: pane.window.width == 48, "the new size")
        assert pane.window.pointed == shown
        await driver.sees("zzneedle")

    drive(memory.home, script)

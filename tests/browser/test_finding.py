"""The first screen: search as you type, list, filters, preview; as pictures and as what keys do."""

from __future__ import annotations

import pytest
from textual.css.query import NoMatches
from textual.widgets import Input

from simple_memory import config
from simple_memory.cli.browser import asking
from simple_memory.cli.browser.app import Delivered
from simple_memory.cli.browser.finding import Finding
from simple_memory.cli.browser.panes import Hits, Session
from tests.browser import stock
from tests.browser.driving import Driver, drive
from tests.store.memory import Memory

SIZES = [(80, 24), (120, 40), (60, 20), (40, 10)]


def hits(driver: Driver) -> Hits:
    return driver.browser.screen.query_one(Hits)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_it_opens_on_the_newest_sessions_with_a_preview(memory: Memory, size: tuple[int, int]) -> None:
    async def script(driver: Driver) -> None:
        await driver.looks_like(f"begin-{size[0]}x{size[1]}")

    drive(memory.home, script, size=size)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_it_finds_what_is_typed(memory: Memory, size: tuple[int, int]) -> None:
    async def script(driver: Driver) -> None:
        await driver.type('"whole cents"')
        await driver.looks_like(f"found-{size[0]}x{size[1]}")
        assert "cents" in driver.styled("mark")

    drive(memory.home, script, size=size)


def test_every_key_searches_anew(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.keys(*'"whole', "space", *'cents"')
        await driver.looks_like("found-80x24")

    drive(memory.home, script)


def test_a_change_of_size_lays_everything_out_anew(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.type('"whole cents"')
        await driver.looks_like("found-80x24")
        await driver.pilot.resize_terminal(120, 40)
        await driver.looks_like("found-120x40")
        await driver.pilot.resize_terminal(60, 20)
        await driver.looks_like("found-60x20")

    drive(memory.home, script)


def test_what_is_pasted_is_searched(memory: Memory) -> None:
    from textual import events

    async def script(driver: Driver) -> None:
        driver.browser.screen.query_one(Input).post_message(events.Paste("stock client\nsecond line"))
        await driver.until(
            lambda: len(hits(driver).listing.items) >= 1 and hits(driver).listing.items[0].position == 0, "the hit"
        )
        assert driver.browser.screen.query_one(Input).value == "stock client"

    drive(memory.home, script)


def test_arrows_choose_while_the_words_keep_the_focus(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.sees("Basket total in cents")
        await driver.keys("down")
        await driver.until(lambda: hits(driver).listing.selected == 1, "the second session")
        await driver.sees("11111111  Basket total")
        assert isinstance(driver.browser.focused, Input)

    drive(memory.home, script)


def test_keys_go_through_the_filters(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.sees("Basket total in cents")
        await driver.keys("tab", "r")
        await driver.sees("role user")
        await driver.until(lambda: all(item.said_by.startswith("user") for item in hits(driver).listing.items), "users")
        await driver.keys("i", "t")
        await driver.sees("in conversation  since today")
        await driver.sees("Nothing found.")
        await driver.keys("x")
        await driver.sees("role all  in all  since all")
        await driver.sees("Basket total in cents")

    drive(memory.home, script)


def test_a_project_is_chosen_by_a_part_of_its_name(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.sees("Basket total in cents")
        await driver.keys("tab", "p")
        await driver.looks_like("projects-80x24")
        await driver.type("ap")
        await driver.keys("enter")
        await driver.sees("project api")
        await driver.until(
            lambda: [item.session for item in hits(driver).listing.items] == [stock.RETRY], "one project"
        )

    drive(memory.home, script)


def test_escape_clears_the_words_and_then_leaves(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.type("cents")
        await driver.keys("tab", "escape")
        assert isinstance(driver.browser.focused, Input)
        await driver.keys("escape")
        assert driver.browser.screen.query_one(Input).value == ""
        assert driver.browser._exit is False
        await driver.keys("escape")

    assert drive(memory.home, script)._exit


def test_q_leaves_from_the_list_and_is_a_letter_in_the_words(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.keys("q")
        assert driver.browser.screen.query_one(Input).value == "q"
        assert driver.browser._exit is False
        await driver.keys("tab", "q")

    assert drive(memory.home, script)._exit


def test_the_citation_the_id_and_the_passage_are_copied(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.type('"whole cents"')
        await driver.sees("11111111:8")
        await driver.keys("tab", "y", "Y", "c")
        await driver.sees("Copied the passage.")
        assert driver.copied[:2] == ["11111111:8", stock.BASKET]
        assert "whole cents" in driver.copied[2]

    drive(memory.home, script)


def test_sub_agents_are_listed_and_left_again(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.type('"basket total"')
        await driver.sees("11111111:0")
        await driver.keys("tab", "s")
        await driver.sees("Find where prices are added")
        await driver.keys("escape")
        await driver.sees("11111111:0")

    drive(memory.home, script)


def test_a_click_chooses_and_a_second_one_opens(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.sees("Basket total in cents")
        await driver.pilot.click(Hits, offset=(5, 2))
        await driver.until(lambda: hits(driver).listing.selected == 1, "the clicked session")
        await driver.pilot.click("#filters", offset=(30, 0))
        await driver.sees("role user")
        await driver.pilot.click(Hits, offset=(5, 0), times=2)
        await driver.until(lambda: not isinstance(driver.browser.screen, Finding), "the session")

    drive(memory.home, script)


def test_secrets_are_hidden_in_list_and_preview(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.type("stock token")
        await driver.sees("[redacted:github-token]")
        assert stock.SECRET not in driver.text

    drive(memory.home, script, size=(120, 40))


def test_secrets_are_shown_when_asked_for(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.type("stock token")
        await driver.sees("22222222:0")
        await driver.sees(stock.SECRET)

    drive(memory.home, script, size=(160, 40), reveal=True)


def test_hostile_text_is_shown_and_does_nothing(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.type("zzhostile")
        await driver.looks_like("hostile-80x24")
        for character in driver.text:
            assert character == "\n" or character.isprintable() or character == "\u200d", repr(character)

    drive(memory.home, script)


def test_what_comes_meanwhile_appears_and_the_chosen_session_stays(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.sees("Basket total in cents")
        await driver.keys("down")
        await driver.sees("11111111  Basket total")
        added = memory.session(
            "55555555-0000-4000-8000-000000000005", title="Just begun", ended_at="2026-02-01T10:00:00Z"
        )
        memory.say(added, "A new question")
        memory.writer.execute("UPDATE counter SET messages = messages + 1")
        driver.browser.watch_store()
        await driver.sees("Just begun")
        chosen = hits(driver).listing.chosen
        assert chosen is not None
        assert chosen.session == stock.BASKET

    drive(memory.home, script)


def test_a_memory_that_is_not_indexed_yet_says_so(memory: Memory) -> None:
    memory.say(1, "Not indexed: zzlate")

    async def script(driver: Driver) -> None:
        await driver.type("zzlate")
        await driver.sees("Nothing found.")
        await driver.sees("1 message is not indexed yet.")

    drive(memory.home, script)


def test_a_stopped_service_is_told(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.sees("The service is stopped")

    drive(memory.home, script)


def test_a_memory_that_is_gone_says_what_to_do(tmp_path: object) -> None:
    async def script(driver: Driver) -> None:
        await driver.sees("There is no memory yet")
        await driver.sees("simple-memory start")

    drive(config.Home(f"{tmp_path}/nowhere"), script)


def test_an_unknown_project_is_told(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.sees("No project matches 'nosuch'.")

    drive(memory.home, script, filters=asking.Filters(project="nosuch"))


def test_the_help_tells_the_keys(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.sees("Basket total in cents")
        await driver.keys("f1")
        await driver.looks_like("help-80x24")
        await driver.keys("escape")
        await driver.sees("Basket total in cents")

    drive(memory.home, script)


def test_the_preview_has_the_focus_after_two_tabs_and_scrolls(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.type("zzneedle")
        await driver.sees("Question 100")
        await driver.keys("tab", "tab")
        preview = driver.browser.screen.query_one("#preview", Session)
        assert driver.browser.focused is preview
        before = preview.window.top
        await driver.keys("pagedown")
        await driver.until(lambda: preview.window.top > before, "the preview to scroll")

    drive(memory.home, script)


def test_why_a_session_cannot_be_resumed_is_told_in_full(memory: Memory) -> None:
    async def script(driver: Driver) -> None:
        await driver.sees("Basket total in cents")
        await driver.keys("tab", "R")
        await driver.sees("--touch` gives it back")

    drive(memory.home, script)


def test_an_answer_that_comes_while_the_screens_close_is_let_go(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def script(driver: Driver) -> None:
        await driver.sees("asket")

    browser = drive(memory.home, script)
    monkeypatch.setattr(browser.desk, "is_latest", lambda _: True)
    late = asking.Page("after", (), 0)
    with pytest.raises(NoMatches):
        browser._finding.take(asking.Open("any", None, "", "preview"), late)
    browser.on_delivered(Delivered(asking.Open("any", None, "", "preview"), late))

"""Driving the browser in tests: keys in, the screen as lines out, stored pictures of it; waits for what must come."""

from __future__ import annotations

import asyncio
import difflib
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input

from simple_memory import config
from simple_memory.cli.browser import look
from simple_memory.cli.browser.app import Browser
from tests import worlds

SNAPSHOTS = Path(__file__).parent / "snapshots"
UPDATES = bool(os.environ.get("UPDATE_SNAPSHOTS"))
"""With UPDATE_SNAPSHOTS=1 the pictures are written instead of compared."""
_STILL_S = 0.6


class Driver:
    """A running browser and the keyboard before it."""

    def __init__(self, browser: Browser, pilot: Pilot[Any]) -> None:
        self.browser = browser
        self.pilot = pilot
        self.copied: list[str] = []
        browser.copy_to_clipboard = self.copied.append  # type: ignore[assignment,method-assign]

    @property
    def lines(self) -> list[str]:
        strips = self.browser.screen._compositor.render_strips(self.browser.size)
        return [strip.text.rstrip() for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def styled(self, name: str) -> list[str]:
        """Return the texts on the screen that are drawn in a style."""
        wanted = look.STYLES[name]
        strips = self.browser.screen._compositor.render_strips(self.browser.size)
        return [part.text for strip in strips for part in strip if part.style and part.style.color == wanted.color
                and part.style.bold == wanted.bold and part.style.underline == wanted.underline]  # fmt: skip

    async def keys(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Put text where the cursor is, at once."""
        field = self.browser.focused
        assert isinstance(field, Input)
        field.insert_text_at_cursor(text)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], object], what: str) -> None:
        end = time.monotonic() + worlds.BOUND_S
        while not condition():
            assert time.monotonic() < end, f"waited for {what}; the screen:\n{self.text}"
            await self.pilot.pause()

    async def sees(self, text: str) -> None:
        await self.until(lambda: text in self.text, repr(text))

    async def looks_like(self, name: str) -> None:
        """Wait until the screen is the stored picture; fail with the difference."""
        path = SNAPSHOTS / f"{name}.txt"
        if UPDATES:
            await self._still()
            path.write_text(self.text + "\n", encoding="utf-8")
            return
        stored = path.read_text(encoding="utf-8").rstrip("\n").split("\n") if path.exists() else []
        end = time.monotonic() + worlds.BOUND_S
        while [*self.lines] != stored and self.text.rstrip("\n").split("\n") != stored:
            if time.monotonic() > end:
                difference = difflib.unified_diff(stored, self.lines, "stored", "screen", lineterm="")
                raise AssertionError("\n".join(difference))
            await self.pilot.pause()

    async def _still(self) -> None:
        shown, since = self.text, time.monotonic()
        while time.monotonic() - since < _STILL_S:
            await self.pilot.pause()
            if self.text != shown:
                shown, since = self.text, time.monotonic()


def drive(
    home: config.Home, script: Callable[[Driver], Awaitable[None]], *, size: tuple[int, int] = (80, 24), **more: Any
) -> Browser:
    """Run the browser on a screen of that size while `script` uses it; return it after its end."""

    async def run() -> Browser:
        browser = Browser(home, **more)
        async with browser.run_test(size=size) as pilot:
            await script(Driver(browser, pilot))
        return browser

    return asyncio.run(run())

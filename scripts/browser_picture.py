"""Draw docs/browse.svg: the browser on a small made-up memory, as it stands on a screen of 110 columns and 30 lines.

`python -m scripts.browser_picture`. Everything happens in a folder of its own that is gone afterwards.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from simple_memory import config
from simple_memory.cli.browser.app import Browser
from tests.builders import transcript

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "browse.svg"
SIZE = (110, 30)
WORDS = "rounding cents"
SHOWN = "All 14 tests pass"
_BOUND_S = 60.0
_REPLY = """The total is a float, and 0.1 + 0.2 is not 0.3. Rounding at the end hides it; count whole cents instead:

```python
@dataclass
class Basket:
    total: int = 0  # cents

    def add(self, price: int, count: int = 1) -> None:
        self.total += price * count
```

All 14 tests pass."""


def sessions() -> list[transcript.Session]:
    """Return the sessions of a made-up person."""
    basket = transcript.Session(project="/home/ada/shop").title("Basket total in cents")
    basket.prompt("The basket's total is off by one cent for some customers. Is it the rounding?")
    basket.thinking("Prices are floats. Look at where they are added.")
    basket.tool("Grep", {"pattern": "total"}, result="src/basket.py:7: total = 0.0")
    basket.tool("Read", {"file_path": "/home/ada/shop/src/basket.py"}, result="7    total = 0.0")
    basket.tool("Edit", {"file_path": "/home/ada/shop/src/basket.py", "old_string": "0.0", "new_string": "0"})
    basket.tool("Bash", {"command": "pytest -q"}, result="14 passed in 0.31s")
    basket.reply(_REPLY)
    basket.prompt("And the discount? Round it down, in cents too.")
    basket.tool("Edit", {"file_path": "/home/ada/shop/src/discount.py", "old_string": "round", "new_string": "floor"})
    basket.reply("Done: a discount is rounded down to whole cents, and the two tests that said otherwise are mended.")
    invoice = transcript.Session(project="/home/ada/billing").title("Invoice lines and tax")
    invoice.prompt("Tax is computed per line. Should rounding to cents happen per line or for the sum?")
    invoice.reply("Per line, as the invoice shows it: then the lines add up to the sum that is printed.")
    report = transcript.Session(project="/home/ada/reports").title("Monthly report in euros")
    report.prompt("Show the report in euros, with cents only below 100.")
    report.reply("It does now; the rounding is in one place, `money.shown`.")
    return [basket, invoice, report]


class Still(Browser):
    """The browser without its looking for what is new: nobody runs who would tell it."""

    def watch_store(self) -> None:
        """Look for nothing."""


async def draw(home: config.Home) -> str:
    """Return the picture of the browser on that home, once it has found what is typed."""
    browser = Still(home, text=WORDS)
    async with browser.run_test(size=SIZE) as pilot:
        end = time.monotonic() + _BOUND_S
        while SHOWN not in browser.export_screenshot().replace("&#160;", " "):
            if time.monotonic() > end:
                raise TimeoutError("The browser has not shown what it should find.")
            await pilot.pause()
        return browser.export_screenshot(title="simple-memory browse")


def main() -> int:
    """Make the memory, draw, write."""
    with tempfile.TemporaryDirectory() as root:
        claude = Path(root, "claude")
        for session in sessions():
            session.write(claude)
        os.environ.update(HOME=root, SIMPLE_MEMORY_HOME=f"{root}/memory", CLAUDE_CONFIG_DIR=str(claude), TZ="UTC")
        time.tzset()
        subprocess.run([sys.executable, "-m", "simple_memory", "sync"], check=True, stdout=subprocess.DEVNULL)
        drawn = asyncio.run(draw(config.find_home()))
    fontless = re.sub(r"(?s)@font-face \{.*?\}\s*", "", drawn)
    PICTURE.write_text(re.sub(r"(?m)[ \t]+$", "", fontless), encoding="utf-8")
    print(f"{PICTURE.name} written.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

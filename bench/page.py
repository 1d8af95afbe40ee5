"""The table, on the terminal and in bench/README.md between its markers."""

from __future__ import annotations

import platform
from pathlib import Path

from bench import budgets

PAGE = Path(__file__).with_name("README.md")
BEGIN = "<!-- measured: begin -->"
END = "<!-- measured: end -->"


def table(found: list[budgets.Measured], sentences: list[str]) -> str:
    """Return the table of budgets in their order, and the sentences below it."""
    by_key = {measured.key: measured for measured in found}
    rows = [budgets.row(by_key.get(key, budgets.Measured(key, None))) for key in budgets.BUDGETS]
    head = ["| what | budget | today | |", "|---|---|---|---|"]
    return "\n".join([*head, *rows, "", *sentences])


def conditions(*, messages: int, sessions: int, size: int) -> str:
    """Return what was measured on what."""
    return (
        f"{messages:,} messages in {sessions:,} sessions, {size / 1e6:,.0f} MB of transcripts; "
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}."
    )


def write(text: str) -> None:
    """Put `text` between the markers of bench/README.md."""
    whole = PAGE.read_text(encoding="utf-8")
    before, _, rest = whole.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")

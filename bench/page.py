"""Tables of results in Markdown, and how they are put between the marks of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench import budgets


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def of_budgets(found: Sequence[budgets.Measured]) -> str:
    """Return the table of all budgets in their order."""
    by_key = {measured.key: measured for measured in found}
    rows = [budgets.cells(by_key.get(key, budgets.Measured(key, None))) for key in budgets.BUDGETS]
    return table(("what", "budget", "today", "of the budget", ""), rows)


def conditions(told: Mapping[str, Any]) -> str:
    """Return what was measured on what."""
    corpus = f"{told['messages']:,} messages in {told['sessions']:,} sessions"
    return (
        f"{corpus}, {told['bytes'] / 1e6:,.0f} MB of transcripts; "
        f"Python {told['python']}, {told['system']}, {told['cores']} cores."
    )


def filled(text: str, parts: Mapping[str, str]) -> str:
    """Return a page with each part between its marks `<!-- NAME: begin -->` and `<!-- NAME: end -->`.

    Raises ValueError where a mark is missing.
    """
    for name, part in parts.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        if begin not in text or end not in text:
            raise ValueError(f"the page has no marks for {name}")
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n{part}\n{end}{rest.partition(end)[2]}"
    return text

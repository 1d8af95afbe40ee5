"""Months and days that a question names, as pieces of ISO dates; pure. Not the times of filters: times.py."""

from __future__ import annotations

import re

_DATE = r"\b\d{4}-(?:0[1-9]|1[0-2])(?:-\d\d)?\b"
_MONTH_NAMES = {
    name: number
    for number, name in enumerate(
        ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
         "december"), 1)
}  # fmt: skip
_NO_MONTHS = frozenset({"may", "march", "august"})


def dates_named(text: str) -> frozenset[str]:
    """Return the months and days that `text` names ("March", "2026-03", "2026-03-05") as pieces of an ISO date.

    "may" and "march" are months with a capital only: else they are words like others.
    """
    found = {named[0] for named in re.finditer(_DATE, text)}
    for word in re.findall(r"[A-Za-z]+", text):
        month = _MONTH_NAMES.get(word.lower())
        if month and (word[0].isupper() or word not in _NO_MONTHS):
            found.add(f"-{month:02d}-")
    return frozenset(found)

"""Whether somebody works with an agent while much is read, and so how much is done at once. Pure.

What comes in live waits for the step, the transaction and the commit of the index that are under way: in company they
are small, which makes an import a little dearer.
"""

from __future__ import annotations

from typing import NamedTuple

LIVELY_S = 30.0
"""Seconds for which one is taken to be still there after something has come in live."""


class Measure(NamedTuple):
    """Bytes of transcripts that one step reads, and from which a transaction ends."""

    step_bytes: int
    commit_bytes: int


ALONE = Measure(4 * 1024 * 1024, 8 * 1024 * 1024)
"""This bounds memory and the WAL."""
IN_COMPANY = Measure(512 * 1024, 1024 * 1024)


class Company:
    """What came in live, and whether it can be found yet. Times are seconds on any one clock."""

    def __init__(self) -> None:
        """Begin alone."""
        self._until = 0.0
        self._commits: int | None = None

    def came(self, now: float, commits: int) -> None:
        """Take it that the store has got something live; the index was committed `commits` times before."""
        self._until = now + LIVELY_S
        self._commits = commits

    def is_here(self, now: float) -> bool:
        """Return whether somebody is taken to be there."""
        return now < self._until

    def waits(self, commits: int) -> bool:
        """Return whether what came last waits for the next commit of the index, after so many."""
        return commits == self._commits

    def measure(self, now: float) -> Measure:
        """Return how much is to be done at once."""
        return IN_COMPANY if self.is_here(now) else ALONE

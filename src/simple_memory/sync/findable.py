"""The index at the engine's heels: it gets what was written, and reads what it missed; never an end to the reading."""

from __future__ import annotations

import time
from collections.abc import Callable

from simple_memory import errors
from simple_memory.store import fresh, indexer
from simple_memory.sync import company

PAUSE_SECONDS = 5.0
"""After a failure of the index it is tried again when so much time has passed."""


class Findable:
    """Makes what the store holds findable. A failure is told once, in `error`, and tried again after a while."""

    def __init__(self, index: indexer.Indexer, report: Callable[[str, dict[str, object]], None]) -> None:
        """Take the index, and whom to tell of failures (an event's name, facts)."""
        self._index = index
        self._report = report
        self._due = 0.0
        self._company = company.Company()
        self.error: str | None = None

    def begin(self) -> None:
        """Open the index if it is not, so that it takes what the next transaction writes."""
        if not self._index.is_open():
            self.catch_up(0.0)

    def offer(self, news: fresh.Fresh) -> None:
        """Hand over what is committed at this moment, if the index has all that came before; else it reads the store.

        Touches no database. Where that commit fails, `close` is to be called.
        """
        if news.above is None or not self._index.has_come_to(news.above):
            return
        try:
            made = news.documents()
            if made is not None:
                self._index.offer(made, news.above, news.up_to)
        except errors.StoreError:
            return  # it begins afresh at the next look, and says so then
        except Exception as error:  # a fault of ours, at one message: the reading goes on
            self._index.close()
            self._failed(_said(error))

    def catch_up(self, seconds: float, *, in_bulk: bool = False, soon: bool = False) -> bool:
        """Bring the index up to the store, for about `seconds`; return whether more is left.

        `in_bulk` lets it wait for more; with `soon` what there is is committed beside.
        """
        if time.monotonic() < self._due:
            return False
        try:
            self._index.is_lively = self._company.is_here(time.monotonic())
            more = self._index.catch_up(seconds, in_bulk=in_bulk, soon=soon or self.is_awaited())
        except errors.StoreError as error:
            return self._failed(error.message)
        except Exception as error:
            self._index.close()
            return self._failed(_said(error))
        self.error = None
        return more

    def came_live(self) -> None:
        """Take it that the store has got something that somebody may look for soon."""
        self._company.came(time.monotonic(), self._index.commits)

    def measure(self) -> company.Measure:
        """Return how much is to be read at once."""
        return self._company.measure(time.monotonic())

    def is_awaited(self) -> bool:
        """Return whether something that came in live is in the store, and no commit of the index has it yet."""
        return self._company.waits(self._index.commits)

    def wants_to_commit(self) -> bool:
        """Return whether there is something like that, and no commit under way any more that stands before its own."""
        return self.is_awaited() and not self._index.is_committing()

    def catch_up_between(self, *, is_due: bool, is_over: bool, to_come: int) -> bool:
        """Do so for a moment between two transactions; return whether more is left.

        `is_due` says that the next one waits; `is_over` that who asked for this work wants to be served first;
        `to_come` how many bytes are still to be read.
        """
        self._index.bytes_to_come = to_come if is_due else indexer.COMMIT_CHARACTERS
        return self.catch_up(0.05, in_bulk=is_due and not (is_over and self.is_awaited()))

    def catch_up_before_settling(self) -> bool:
        """Begin to commit what the index has, where it is much or awaited, while the store is settled; return True."""
        if self._index.has_much() or self.is_awaited():
            self.catch_up(0.05, in_bulk=True, soon=True)
        return True

    def look(self) -> None:
        """Look whether the index is whole, as far as it shows at opening."""
        self._index.look()

    def is_gone(self) -> bool:
        """Return whether the index was taken away."""
        return self._index.is_gone()

    def pending(self) -> int:
        """Return how many messages cannot be found yet, or only as they were."""
        return self._index.pending()

    def close(self) -> None:
        """Let go of the index."""
        self._index.close()

    def _failed(self, why: str) -> bool:
        self._due = time.monotonic() + PAUSE_SECONDS
        if self.error != why:
            self._report("index_failed", {"why": why})
        self.error = why
        return False


def _said(error: Exception) -> str:
    return f"The index could not take a message: {type(error).__name__}."

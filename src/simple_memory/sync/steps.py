"""Taking transcripts from the queue, one step after another, and writing what they hold; not when to commit it."""

from __future__ import annotations

import time
from collections.abc import Callable

from simple_memory import errors, moments
from simple_memory.sources import canary, source
from simple_memory.store import known, writer
from simple_memory.sync import apply, queue

Report = Callable[[str, dict[str, object]], None]
"""Takes the name of something that happened, and facts about it: one line of a log."""


class Steps:
    """Reads the queue's transcripts with one reader."""

    def __init__(
        self,
        reader: apply.Reader,
        waiting: queue.Queue,
        totals: queue.Totals,
        sources: tuple[source.Source, ...],
        report: Report,
    ) -> None:
        """Take who reads, what is to be read, where failures are counted, who knows the agents, and whom to tell."""
        self._reader = reader
        self._queue = waiting
        self._totals = totals
        self._sources = sources
        self._report = report
        self._warned: set[str] = set()

    def take(self, item: queue.Item, before: known.Known, store: writer.Writer, batch: queue.Batch) -> bool:
        """Read and write the next step of one item; return whether it was urgent.

        `before` are the checkpoints that are committed. Raises a StoreError, apsw.Error, or what a fault of ours does.
        """
        batch.items.append(item)
        path = item.found.path
        checkpoint = batch.known.get(path) or before.get(path)
        try:
            outcome = self._reader.read(item, checkpoint, item.source_of(self._sources))
        except FileNotFoundError:
            self._queue.done(path)  # gone again: the next scan tells whether it is deleted
            return item.urgent
        except errors.TranscriptUnreadable as error:
            self.warn_once(path, error.message)
            self._queue.postpone(item, time.monotonic())
            self._totals.failed.add(path)
            return item.urgent
        if outcome.chunk is not None:
            is_counted = item.found.place.agent != canary.AGENT
            store.write(outcome.chunk, moments.now(), counts=is_counted)
            if is_counted:
                batch.take(outcome.chunk)
            else:
                batch.known[path] = outcome.chunk.checkpoint
        self._totals.failed.discard(path)
        if outcome.more:
            self._queue.put_back(item.continued(outcome.chunk.checkpoint.offset if outcome.chunk else 0))
        else:
            self._queue.done(path)
        return item.urgent

    def distrust(self, culprit: queue.Item, error: BaseException) -> None:
        """Have a transcript read with more care: a line that brings our own code down costs itself and nothing else."""
        if not self._queue.distrust(culprit, error, time.monotonic()):
            self._totals.failed.add(culprit.found.path)
        self.warn_once(culprit.found.path, f"something in it could not be taken: {type(error).__name__}")

    def warn_once(self, path: str, why: str) -> None:
        """Tell that a transcript is passed over, the first time that it is."""
        if path not in self._warned:
            self._warned.add(path)
            self._report("transcript_skipped", {"path": path, "why": why})

"""Keeps a store in step with the transcripts, a slice of work at a time; not what decides when to work."""

from __future__ import annotations

import datetime
import functools
import gc
import os
import time
from collections.abc import Callable, Iterable

import apsw

from simple_memory import config, errors, moments
from simple_memory.sources import canary, registry, source
from simple_memory.store import (
    archive,
    backup,
    canary_rows,
    checkpoints,
    connection,
    indexer,
    known,
    redacted,
    tombstones,
    writer,
    writer_lock,
)
from simple_memory.sync import apply, findable, never, plan, queue, quiet, room, scan, steps

Report = steps.Report

COMMIT_SECONDS = 0.5
"""A transaction ends after so many seconds, so many bytes (see company), or a step after something comes in live."""


class Engine:
    """Reads transcripts into the store of one home. One at a time in all processes: `open` takes the writer's lock."""

    def __init__(
        self,
        home: config.Home,
        settings: config.Settings,
        *,
        report: Report,
        sources: tuple[source.Source, ...] = registry.SOURCES,
        stays: bool = False,
        is_called: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take where to write, how, and whom to tell; nothing is opened yet.

        `is_called` tells between two steps whether `work` is to end soon, since something more urgent has come in.
        One that `stays` uses quiet times for what keeps the store well (see quiet), and reads the canary.
        """
        self._home = home
        self._settings = settings
        self._report = report
        self._is_called = is_called
        self._sources = (*sources, canary.Canary(home.canary)) if stays else sources
        self._packer = packer = archive.Packer()
        self._reader = apply.Reader(packer, longest=settings.max_line_bytes)
        self._quiet = quiet.Quiet(home, settings, report, packer) if stays else None
        self._busy_at = 0.0
        self.is_at_leisure = False  # whether what `work` did last was nothing but what keeps the store well
        self._queue = queue.Queue()
        self._totals = queue.Totals()
        self._steps = steps.Steps(self._reader, self._queue, self._totals, self._sources, report)
        self._known = known.Known()
        self._lock: writer_lock.WriterLock | None = None
        self._connection: apsw.Connection | None = None
        self._writer: writer.Writer | None = None
        self._findable: findable.Findable | None = None
        self._last_sync_at: str | None = None
        self._last_error: str | None = None
        self._unsettled = True
        self._rescans = 0
        self._canary_path = ""
        self._journal = room.Journal(home, report)

    # ── opening and closing ──

    def open(self) -> None:
        """Take the lock, open the store (made or migrated as needed) and the index. Raises a StoreError."""
        if self._lock is None:
            self._lock = writer_lock.WriterLock(self._home)
        backup.before_migration(self._home, datetime.datetime.now(datetime.UTC), report=self._report)
        self._connection = connection.open_writer(self._home)
        self._busy_at = time.monotonic()
        self._writer = writer.Writer(self._connection)
        canary_rows.remove(self._connection, canary.AGENT)  # of a process that was killed meanwhile
        self._known = known.Known(self._connection)
        self._reader.redacts = self._settings.redact_on_read
        redacted.note(self._connection, redacts=self._settings.redact_on_read)
        self._reader.forgotten = tombstones.load(self._connection)
        self._reader.digests_of = functools.partial(archive.frame_digests, self._connection)
        self._reader.gaps_of = functools.partial(archive.gaps, self._connection)
        index = indexer.Indexer(self._connection, self._home.index, self._settings.index_heap_bytes)
        self._findable = findable.Findable(index, self._report)
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)  # a first import makes millions of short-lived objects, and no cycles

    def close(self) -> None:
        """Commit nothing more, and let everything go."""
        self._close_store()
        self._packer.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _close_store(self) -> None:
        for one in (self._quiet, self._findable):
            if one is not None:
                one.close()
        if self._writer is not None:
            self._writer.close()
        if self._connection is not None:
            self._connection.close()
        self._findable = self._writer = self._connection = None

    def roots(self) -> list[str]:
        """Return the folders to watch; they need not exist."""
        return [root for one in self._sources for root in one.roots()]

    # ── what there is to do ──

    def rescan(self, *, verify: bool = False) -> None:
        """Look at every transcript's name, size and time, and queue what differs; `verify` compares every byte anew.

        And at the index, whether its files are whole.
        """
        if self._findable is not None:
            self._findable.look()
        seen = scan.scan(self._sources)
        for path, why in seen.skipped:
            self._steps.warn_once(path, why)
        todo = plan.plan(seen.found, self._known, seen.covers)
        self._rescans += 1
        self._totals.seen = sum(found.place.agent != canary.AGENT for found in seen.found.values())
        self._totals.unchanged = todo.unchanged
        self._take_plan(todo, urgent=False)
        if verify:
            for path, found in seen.found.items():
                if path in self._known and not self._queue.holds(path) and not self._is_left_out(found):
                    self._queue.put(found, plan.Step.VERIFY, urgent=False, now=time.monotonic())

    def note(self, paths: Iterable[str]) -> None:
        """Take it that these files or folders changed: they are read before everything else."""
        seen = scan.Scan(found={}, unread=[], skipped=[])
        wanted = []
        for path in paths:
            for one in self._sources:
                for root in one.roots():
                    if path == root or path.startswith(root + os.sep):
                        wanted.append(path)
                        scan.scan_path(one, root, path, seen)
        wanted.extend(seen.found)
        self._take_plan(plan.plan(seen.found, self._known, lambda _: True, dict.fromkeys(wanted)), urgent=True)
        self._totals.seen = max(self._totals.seen, len(self._known) - (self._canary_path in self._known))

    def _take_plan(self, todo: plan.Plan, *, urgent: bool) -> None:
        for found, step in todo.work:
            if not self._is_left_out(found):
                self._queue.put(found, step, self._known.bytes_read(found.path), urgent=urgent, now=time.monotonic())
        changes = [*((checkpoint, "deleted") for checkpoint in todo.gone), *((back, "present") for back in todo.back)]
        if changes:
            self._set_states(changes)

    def _is_left_out(self, found: scan.Found) -> bool:
        """Return whether a transcript was forgotten, or is never to be read."""
        self._open_writer()
        return self._reader.forgotten.hides(found.place, found.path) or never.covers(self._settings.never, found)

    def _set_states(self, changes: list[tuple[checkpoints.Checkpoint, str]]) -> None:
        before = [(checkpoint, checkpoint.state) for checkpoint, _ in changes]
        store = self._open_writer()
        try:
            store.begin()
            for checkpoint, state in changes:
                store.set_state(checkpoint, state, moments.now())
            store.commit(moments.now())
            for checkpoint, state in before:
                self._known.took_state(checkpoint, state)
        except BaseException as error:
            for checkpoint, state in before:  # what was not committed is noticed again by the next look
                checkpoint.state = state
            store.rollback()
            if isinstance(error, apsw.Error):
                raise self._give_up(error) from error
            raise

    # ── doing it ──

    def work(self, seconds: float) -> bool:
        """Read, write and index for about `seconds`; return whether more is left to do.

        At least one step is done if any is due. Raises a StoreError (nothing is lost: what was not committed is queued
        again, on a new connection; DiskFull above the floor too); a transcript that cannot be read is reported, and
        tried again later.
        """
        deadline = time.monotonic() + seconds
        self.is_at_leisure = False
        try:
            if self._queue.is_due(time.monotonic()):
                self._index().begin()
            while self._queue.is_due(time.monotonic()):
                left = self._take_turn(deadline)
                if left is not None:
                    return left
            self._look_at_journal()
            if self._unsettled:
                self._open_writer().settle()
                self._unsettled = False
            return self._index().catch_up(max(0.05, deadline - time.monotonic())) or self._rest()
        except apsw.Error as error:
            raise self._give_up(error) from error

    def misses_index(self) -> bool:
        """Return whether the index was taken away: `work` makes it anew."""
        return self._findable is not None and self._findable.is_gone()

    def tidy(self) -> None:
        """Let go of pages in memory: a day of appends would fill all that SQLite may take."""
        if self._connection is not None:
            connection.release_memory(self._connection)

    def _take_turn(self, deadline: float) -> bool | None:
        """Run a transaction and index for a moment; return whether more is left where `work` is to end, else None."""
        room.check(self._home, self._settings.disk_floor_bytes)
        self._look_at_journal()
        was_urgent = self._run_transaction(deadline)
        is_over = time.monotonic() >= deadline
        is_due = self._queue.is_due(time.monotonic())
        if self._unsettled and not (is_due or was_urgent):
            index_more = self._index().catch_up_before_settling()  # which has some indexed again
        else:
            to_come = self._queue.behind()[1]
            index_more = self._index().catch_up_between(is_due=is_due, is_over=is_over, to_come=to_come)
        if is_over or (self._is_called() and not was_urgent):  # a stream of news does not stop all else
            return index_more or self._queue.is_due(time.monotonic()) or self._unsettled
        return None

    def _look_at_journal(self) -> None:
        if self._writer is not None:
            self._writer.look()
            self._journal.look(self._writer.shorten_journal)

    def _rest(self) -> bool:
        """Use a quiet time; return whether there is more to do in it."""
        if self._quiet is None or self._connection is None:
            return False
        if time.monotonic() - self._busy_at < quiet.QUIET_S:
            self._quiet.pause()
            return False
        self.is_at_leisure = self._quiet.step(self._connection)
        return self.is_at_leisure

    def _give_up(self, error: apsw.Error) -> errors.StoreError:
        """Let the connection go, so that the next try gets a new one; return what happened."""
        failure = connection.translate(error, self._home.database)
        self._last_error = failure.message
        self._close_store()
        return failure

    def _open_writer(self) -> writer.Writer:
        if self._writer is None:
            self.open()
        if self._writer is None:
            raise errors.StoreError("The store is not open.")
        return self._writer

    def _index(self) -> findable.Findable:
        self._open_writer()
        if self._findable is None:
            raise errors.StoreError("The index is not open.")
        return self._findable

    def _run_transaction(self, deadline: float) -> bool:
        """Take items from the queue until it is time to commit, and commit; on an error put them back.

        Return whether one of them came in live.
        """
        store = self._open_writer()
        batch = queue.Batch()
        store.begin()
        try:
            self._take_steps(store, batch, min(deadline, time.monotonic() + COMMIT_SECONDS))
            now_text = moments.now()
            counts = store.commit(now_text if batch.read else None, self._index().offer)
        except BaseException as error:
            store.rollback()
            for item in reversed(batch.items):  # the first step of a transcript is the one to begin with again
                self._queue.put_back(item)
            culprit = None if isinstance(error, apsw.Error) else batch.culprit(error)
            if culprit is None:
                self._index().close()  # what it was offered may not be in the store
                raise
            self._steps.distrust(culprit, error)
            return any(item.urgent for item in batch.items)
        self._known.update(batch.known)
        self._totals.add(batch, counts.messages)
        if batch.read:
            self._unsettled = True
            self._busy_at = time.monotonic()
            self._last_sync_at = now_text
        self._last_error = None
        live = [item.found.place.agent for item in batch.items if item.urgent]
        if any(agent != canary.AGENT for agent in live):
            self._index().came_live()
        return bool(live)

    def _take_steps(self, store: writer.Writer, batch: queue.Batch, end: float) -> None:
        """Read and write until it is time to commit: at `end`, or for one of the other reasons."""
        self._reader.step_bytes, commit_bytes = self._index().measure()
        while item := self._queue.take(time.monotonic()):
            batch.is_stepping = True
            urgent = self._steps.take(item, self._known, store, batch)
            batch.is_stepping = False
            is_full = batch.bytes_read >= commit_bytes or time.monotonic() >= end
            is_served = urgent and not self._queue.has_urgent()
            if is_full or is_served or item.care or self._is_called() or self._index().wants_to_commit():
                break

    # ── the canary ──

    def has_read(self, path: str, size: int) -> bool:
        """Return whether the canary at `path` is in the store with all of its `size` bytes. Raises a StoreError."""
        self._canary_path = path
        if path not in self._known or self._connection is None:
            return False
        try:
            return canary_rows.is_read(self._connection, path, size)
        except apsw.Error as error:
            raise self._give_up(error) from error

    def forget_canary(self) -> None:
        """Take every canary out of the store again. Raises a StoreError."""
        self._known.forget(self._canary_path)
        self._queue.done(self._canary_path)
        if self._connection is not None:
            try:
                canary_rows.remove(self._connection, canary.AGENT)
            except apsw.Error as error:
                raise self._give_up(error) from error

    # ── how it stands ──

    def facts(self) -> dict[str, object]:
        """Return how far the store is: what `status` shows of the sync worker."""
        behind, pending_bytes = self._queue.behind()
        return {
            "seen": self._totals.seen,
            "behind": behind,
            "lag_s": round(self._queue.oldest_wait(time.monotonic()), 3),
            "bytes_pending": pending_bytes,
            "messages_to_index": self._findable.pending() if self._findable else 0,
            "quarantined": self._totals.quarantined,
            "deleted_at_source": self._known.deleted,
            "unreadable": len(self._totals.failed),
            "last_sync_at": self._last_sync_at,
            "last_error": self._last_error or (self._findable.error if self._findable else None),
            "journal_bytes": self._journal.left,
            "journal_readers": self._journal.readers,
            "rescans": self._rescans,
            "phase": "importing" if behind else "watching",
            "done": self._totals.report(),
        }

    def totals(self) -> queue.Totals:
        """Return what was done since `open`: what `sync` reports."""
        self._totals.pending = sum(bool(checkpoint.tail) for checkpoint in self._known.values())
        return self._totals

"""Bringing the index up to the store, in slices of time; not what wrote the store, and not searching.

The order that makes a crash harmless: the index commits first, then one transaction of the store says so. Whatever the
index holds beyond that is removed before anything is added again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import apsw

from simple_memory import errors, moments
from simple_memory.store import committing, documents, index, indexed, vocabulary
from simple_memory.store import connection as opening

SLICE_CHARACTERS = 4 * 1024 * 1024
"""Text that is read from the store at once."""
COMMIT_CHARACTERS = 64 * 1024 * 1024
COMMIT_SECONDS = 2.0
"""In bulk the index is committed when this much text, or time, has passed since the last commit …"""
LAST_CHARACTERS = 12 * 1024 * 1024
"""… and towards the end, when what is not committed is more than what is still to be read, and more than this …"""
LIVELY_CHARACTERS = 256 * 1024
"""… and when this much has while somebody works beside it, whose words wait for the commit that is under way."""
LIVE_CHARACTERS = 1024 * 1024
"""A slice that ends caught up with no more than this is live: it is committed at once."""
MOST_HELD = 16 * 1024 * 1024
"""Characters of documents that wait for a commit; where there are more it is waited for."""
AGAIN_AT_ONCE = 4000
AGAIN_IN_COMPANY = 400
"""Messages that are indexed again in one commit, alone and while somebody works beside it."""
RENEWED_AFTER = 300
"""Commits of one writer; the engine keeps some 1.5 kB of each until its writer is closed, which takes 10 ms."""


class Indexer:
    """Keeps the index in `folder` in step with the store. For the process that writes both, and for one thread."""

    def __init__(
        self,
        connection: apsw.Connection,
        folder: str,
        heap_bytes: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], str] = moments.now,
    ) -> None:
        """Take the writer's connection (no transaction may be open at any call), the index's folder and its heap.

        `clock` gives seconds, `now` an ISO time. Nothing is opened before the first call of `catch_up`.
        `commits` counts those that were begun; `is_lively` may be set so that those in bulk are small ones, and
        `bytes_to_come` to what is still to be read at once, so that little is left to commit when all is.
        """
        self._connection = connection
        self._folder = folder
        self._heap_bytes = heap_bytes
        self._clock = clock
        self._now = now
        self._writer: index.IndexWriter | None = None
        self._added_to = 0
        self._committed_to = 0
        self._uncommitted = 0
        self._offered = 0
        self._last_commit = 0.0
        self._live_commits = 0
        self._committing = committing.Committing()
        self._words = vocabulary.Keeper(folder)
        self.commits = 0
        self.is_lively = False
        self.bytes_to_come = COMMIT_CHARACTERS

    def catch_up(self, seconds: float, *, in_bulk: bool = False, soon: bool = False) -> bool:
        """Index what the store has beyond the index, for about `seconds`; return whether more is left to do.

        `in_bulk` says that the store gets more at once: then the index is committed in a thread, now and then or,
        where somebody waits for what the store has got (`soon`), once no commit is under way; otherwise here as soon
        as it has caught up.
        A missing, damaged or older index is built again from nothing. Raises DiskFull, StoreBusy (another process
        writes the index), IndexUnusable (the next call begins afresh), or a StoreError of the database.
        """
        try:
            return self._catch_up(self._clock() + seconds, in_bulk=in_bulk, soon=soon)
        except apsw.Error as error:
            self.close()
            raise opening.translate(error, self._connection.filename) from error
        except errors.StoreError:
            self.close()
            if index.exists(self._folder):
                raise
            return True  # the folder was taken away under us: the next call builds it again

    def offer(self, made: Sequence[documents.Document], above: int, up_to: int) -> bool:
        """Take documents from the one that commits their messages at this moment; return whether they were taken.

        The database is not touched. Where that commit fails, `close` makes it undone.
        `made` are those of every message with an id above `above` and up to `up_to`, in the order of their ids: what
        `documents.read_documents` would read. They are not taken where the index has not come to `above` exactly, or is
        not open; the next `catch_up` reads them then, and commits in either case. Raises what `catch_up` raises.
        """
        if self._writer is None or above != self._added_to:
            return False
        size = sum(document.size() for document in made)
        self._words.take(made, size)
        try:
            if self._committing.is_under_way():
                self._committing.hold(made, size)
            else:
                self._writer.add(made)
        except errors.StoreError:
            self.close()
            if index.exists(self._folder):
                raise
            return False
        self._added_to = up_to
        self._offered += size
        self._uncommitted += size
        return True

    def is_committing(self) -> bool:
        """Return whether a commit is under way in the thread, and not done yet."""
        return self._committing.is_running()

    def is_open(self) -> bool:
        """Return whether the index is open; `catch_up` opens it."""
        return self._writer is not None

    def look(self) -> None:
        """Let go of an index whose files were damaged since it was opened: the next `catch_up` makes it anew."""
        if self._writer is None:
            return
        try:
            index.IndexReader(self._folder).searcher()
        except errors.IndexUnusable:
            self.close()

    def is_gone(self) -> bool:
        """Return whether the index was taken away, or never made; `catch_up` makes it."""
        return not index.exists(self._folder)

    def has_come_to(self, message_id: int) -> bool:
        """Return whether `offer` would take documents of the messages after `message_id`."""
        return self._writer is not None and message_id == self._added_to

    def has_much(self) -> bool:
        """Return whether so much is not committed that it is better committed while something else is done."""
        return self._uncommitted > LIVE_CHARACTERS

    def pending(self) -> int:
        """Return how many messages cannot be found yet, or only as they were."""
        progress = indexed.read_progress(self._connection)
        usable = progress.format == index.FORMAT and index.exists(self._folder)
        return indexed.count_pending(self._connection, progress.indexed_to if usable else 0)

    def close(self) -> None:
        """Let go of the index; what was not committed is added again by the next `catch_up`."""
        self._committing.close()
        if self._writer is not None:
            self._writer.close()
        self._writer = None
        self._uncommitted = self._offered = 0

    def _catch_up(self, deadline: float, *, in_bulk: bool, soon: bool) -> bool:
        writer = self._opened()
        added, self._offered = self._offered, 0
        if not self._is_free(writer, wait=not in_bulk or self._holds_much()):
            return True
        while (size := self._add_slice(writer)) is not None:
            added += size
            if self._is_bulk_due():
                self._commit(writer)
            if self._clock() >= deadline:
                return True
        is_live = soon if in_bulk else added <= LIVE_CHARACTERS
        if self._has_news() and (is_live or self._is_bulk_due()):
            self._commit(writer, beside=in_bulk)
        return self._is_behind(writer, in_bulk=in_bulk)

    def _opened(self) -> index.IndexWriter:
        """Return the index, opened where it is not, and made anew where its folder was removed."""
        if not index.exists(self._folder):
            self.close()
        return self._writer or self._open()

    def _add_slice(self, writer: index.IndexWriter) -> int | None:
        """Add the next messages that the store has; return the characters of their texts, None where there are none."""
        last = indexed.last_message(self._connection)
        batch = documents.read_documents(self._connection, self._added_to, SLICE_CHARACTERS)
        if not batch:
            self._added_to = max(self._added_to, last)
            return None
        size = sum(document.size() for document in batch)
        self._words.take(batch, size)
        writer.add(batch)
        self._added_to = batch[-1].id
        self._uncommitted += size
        return size

    def _is_behind(self, writer: index.IndexWriter, *, in_bulk: bool) -> bool:
        """Return whether more is left to do; where nothing is, nor comes at once, do what a quiet moment is for."""
        has_news = self._has_news()
        if not has_news and not in_bulk:
            self._words.complete(writer.searcher)
            if self._live_commits >= RENEWED_AFTER:
                self.close()
        return has_news

    def _is_free(self, writer: index.IndexWriter, *, wait: bool) -> bool:
        """Return whether no commit is under way any more; of one that ended the store is told, and what waited added.

        With `wait` it is waited for.
        """
        if not self._committing.is_under_way():
            return True
        done = self._committing.end(wait=wait)
        if done is None:
            return False
        self._confirm(done)
        writer.add(self._committing.release())
        return True

    def _holds_much(self) -> bool:
        return self._committing.held > (LIVELY_CHARACTERS if self.is_lively else MOST_HELD)

    def _is_bulk_due(self) -> bool:
        most = min(COMMIT_CHARACTERS, max(LAST_CHARACTERS, self.bytes_to_come))
        if self.is_lively:
            most = LIVELY_CHARACTERS
        return self._uncommitted > most or self._clock() - self._last_commit > COMMIT_SECONDS

    def _has_news(self) -> bool:
        """Return whether the store has something that no commit has covered."""
        if self._added_to > self._committed_to:
            return True
        return bool(indexed.waiting_again(self._connection, self._added_to, 1))

    def _commit(self, writer: index.IndexWriter, *, beside: bool = False) -> None:
        """Commit the index, then say so in the store. What waits to be indexed again goes with it.

        With `beside` it only begins: the store is told once it is done.
        """
        again, listed = self._add_again(writer)
        progress = indexed.Progress(indexed_to=self._added_to, indexed_at=self._now(), format=index.FORMAT)
        new, self._uncommitted = self._uncommitted, 0
        is_changed = bool(again or new)
        self._last_commit = self._clock()
        self.commits += 1
        done = committing.Committed(progress, again)
        self._live_commits += is_changed
        if is_changed and not (new or beside or self._words.is_whole):  # all other words are in the index
            self._committing.begin(writer.commit, done)
            self._words.complete(writer.searcher, listed)
            self._is_free(writer, wait=True)
            return
        self._words.take(listed, sum(document.size() for document in listed))
        if beside and is_changed:
            self._committing.begin(writer.commit, done)
            return
        if is_changed:
            writer.commit()
        self._confirm(done)

    def _add_again(self, writer: index.IndexWriter) -> tuple[list[int], list[documents.Document]]:
        """Index again what waits for it; return the messages' ids and their documents."""
        at_once = AGAIN_IN_COMPANY if self.is_lively else AGAIN_AT_ONCE
        again = indexed.waiting_again(self._connection, self._added_to, at_once)
        if not again:
            return [], []
        writer.remove(again)
        listed = documents.read_listed(self._connection, again)
        writer.add(listed)
        return again, listed

    def _confirm(self, done: committing.Committed) -> None:
        stamp = self._writer.stamp if self._writer is not None else 0
        indexed.write_progress(self._connection, done.progress._replace(stamp=stamp), done.again)
        self._committed_to = done.progress.indexed_to

    def _open(self) -> index.IndexWriter:
        """Open the index where the store says that it is, or begin a new one."""
        progress = indexed.read_progress(self._connection)
        writer = self._open_known(progress)
        if writer is None:
            index.drop(self._folder)
            progress = indexed.Progress(indexed_to=0, indexed_at=None, format=index.FORMAT)
            indexed.write_progress(self._connection, progress, [])
            writer = index.IndexWriter(self._folder, self._heap_bytes)
        writer.remove_above(progress.indexed_to)
        self._writer = writer
        self._live_commits = 0
        self._words.open()
        self._added_to = self._committed_to = progress.indexed_to
        self._uncommitted = 0
        self._last_commit = self._clock()
        return writer

    def _open_known(self, progress: indexed.Progress) -> index.IndexWriter | None:
        """Open the index that `progress` speaks of; None where it is missing, damaged, empty, older or other."""
        if progress.format != index.FORMAT or not index.exists(self._folder):
            return None
        try:
            writer = index.IndexWriter(self._folder, self._heap_bytes)
        except errors.IndexUnusable:
            return None
        if progress.indexed_to and (not writer.found or writer.stamp < progress.stamp):
            writer.close()
            return None
        return writer

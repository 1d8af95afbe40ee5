"""What is to be read next: urgent things first, then the newest; and what a transaction has taken. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from enum import IntEnum

import msgspec

from simple_memory import errors
from simple_memory.sources import source
from simple_memory.store import checkpoints, writer
from simple_memory.sync import plan, scan

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 300.0
"""Seconds until a transcript that cannot be read is tried again: doubled each time, up to the longest."""

SMALL_BYTES = 64 * 1024
"""Of what came in live, what has less unread than this goes first, then what has less than twice as much, and so on:
the line of a session does not wait for the thousands of files that somebody copies in."""


class Care(IntEnum):
    """How carefully a transcript is read, since one of its lines brought the reader down."""

    NONE = 0
    BY_LINE = 1  # one line at a time, to find which
    UNREAD = 2  # the next line is archived and set aside, and not looked into


class Item(msgspec.Struct):
    """One transcript that is to be read. `since` is when that was noticed, `due` when to try (monotonic seconds).

    `unread` are the bytes that were not read when it was queued. `why` is what happened, where it is read with `care`.
    """

    found: scan.Found
    step: plan.Step
    urgent: bool
    since: float
    unread: int = 0
    due: float = 0.0
    pause: float = FIRST_PAUSE
    care: Care = Care.NONE
    why: str = ""

    def continued(self, read: int) -> Item:
        """Return the item for the rest of the same transcript, of which `read` bytes are read.

        Once the line is set aside, that is without care again.
        """
        care, unread = Care.NONE if self.care is Care.UNREAD else self.care, max(0, self.found.size - read)
        return msgspec.structs.replace(self, step=plan.Step.READ, pause=FIRST_PAUSE, care=care, unread=unread)

    def distrusted(self, error: BaseException) -> Item:
        """Return the item after `error`, which no transcript should bring about: with more care than before."""
        why = f"{type(error).__name__}: {error}"[:200]
        return msgspec.structs.replace(self, care=Care(min(self.care + 1, Care.UNREAD)), why=why)

    def source_of(self, sources: Iterable[source.Source]) -> source.Source:
        """Return the source that knows the transcript."""
        return next(one for one in sources if one.agent == self.found.place.agent)


class Queue:
    """Transcripts to be read, each at most once."""

    def __init__(self) -> None:
        """Begin empty."""
        self._items: dict[str, Item] = {}
        self._urgent: dict[str, int] = {}
        self._smallest: list[tuple[int, int, str]] = []
        self._number = 0
        self._unread = 0
        self._newest: list[tuple[int, str]] = []
        self._postponed: dict[str, None] = {}

    def put(self, found: scan.Found, step: plan.Step, read: int = 0, *, urgent: bool, now: float) -> None:
        """Queue a transcript of which `read` bytes are read, or renew what is queued of it."""
        old = self._items.get(found.path)
        is_urgent, since = urgent or bool(old and old.urgent), old.since if old else now
        item = Item(found=found, step=step, urgent=is_urgent, since=since, unread=max(0, found.size - read))
        if old is not None and not urgent:
            item.due, item.pause = old.due, old.pause
        if old is not None:
            item.care, item.why = old.care, old.why
        if old is not None and old.step in (plan.Step.VERIFY, plan.Step.REWRITE) and step is plan.Step.READ:
            item.step = old.step
        self._place(item)

    def put_back(self, item: Item) -> None:
        """Queue again what was taken and is not finished."""
        self._place(item)

    def distrust(self, item: Item, error: BaseException, now: float) -> bool:
        """Queue again what `error` came out of, to be read with more care; return False where there is no more.

        Then not even its bytes can be taken, and it waits, so that the others do not.
        """
        if item.care is Care.UNREAD:
            self.postpone(item, now)
            return False
        self.put_back(item.distrusted(error))
        return True

    def postpone(self, item: Item, now: float) -> None:
        """Queue again what cannot be read now, for later."""
        later = msgspec.structs.replace(
            item, due=now + item.pause, pause=min(item.pause * 2, LONGEST_PAUSE), urgent=False
        )
        self._keep(later)
        self._urgent.pop(item.found.path, None)
        self._postponed[item.found.path] = None

    def _keep(self, item: Item) -> None:
        old = self._items.get(item.found.path)
        self._unread += item.unread - (old.unread if old else 0)
        self._items[item.found.path] = item

    def _place(self, item: Item) -> None:
        path = item.found.path
        self._keep(item)
        self._postponed.pop(path, None)
        if item.due > 0:
            self._postponed[path] = None
        elif item.urgent:
            self._number += 1
            self._urgent[path] = self._number
            heapq.heappush(self._smallest, (item.unread // SMALL_BYTES, self._number, path))
        else:
            heapq.heappush(self._newest, (-item.found.mtime_ns, path))

    def take(self, now: float) -> Item | None:
        """Return the next item that is due and take it out of the order, or None; it stays queued until `done`."""
        self._wake(now)
        while self._smallest:
            _, number, path = heapq.heappop(self._smallest)
            if self._urgent.get(path) != number:
                continue
            del self._urgent[path]
            return self._items[path]
        while self._newest:
            _, path = heapq.heappop(self._newest)
            item = self._items.get(path)
            if item is not None and not item.urgent and item.due == 0:
                return item
        return None

    def _wake(self, now: float) -> None:
        for path in [path for path in self._postponed if self._items[path].due <= now]:
            self._place(msgspec.structs.replace(self._items[path], due=0.0))

    def done(self, path: str) -> None:
        """Forget a transcript: it is read as far as it goes."""
        gone = self._items.pop(path, None)
        self._unread -= gone.unread if gone else 0
        self._urgent.pop(path, None)
        self._postponed.pop(path, None)

    def holds(self, path: str) -> bool:
        """Return whether a transcript is queued."""
        return path in self._items

    def has_urgent(self) -> bool:
        """Return whether something waits that came in live."""
        return bool(self._urgent)

    def is_due(self, now: float) -> bool:
        """Return whether `take` would give something."""
        return len(self._items) > len(self._postponed) or any(self._items[path].due <= now for path in self._postponed)

    def oldest_wait(self, now: float) -> float:
        """Return for how many seconds the longest waiting transcript waits; 0 for none."""
        longest = next(iter(self._items.values()), None)  # who is queued again keeps his place among them
        return 0.0 if longest is None else now - longest.since

    def behind(self) -> tuple[int, int]:
        """Return how many transcripts are queued, and how many bytes of them are not read."""
        return len(self._items), self._unread


class Batch:
    """What one transaction has taken: to be put back if it fails, to be known if it commits."""

    def __init__(self) -> None:
        """Begin empty."""
        self.items: list[Item] = []
        self.is_stepping = False  # whether the latest item is being read or written
        self.known: dict[str, checkpoints.Checkpoint] = {}
        self.read: set[str] = set()
        self.bytes_read = 0
        self.lines = 0
        self.quarantined = 0

    def culprit(self, error: BaseException) -> Item | None:
        """Return the item, as the transaction began with it, whose reading or writing `error` came out of.

        None for what is no fault of the bytes that were read: an error that we know, or a signal.
        """
        if isinstance(error, writer.PackingFailed):
            path = error.path
        elif self.is_stepping and isinstance(error, Exception) and not isinstance(error, errors.SimpleMemoryError):
            path = self.items[-1].found.path
        else:
            return None
        return next(item for item in self.items if item.found.path == path)

    def take(self, chunk: writer.Chunk) -> None:
        """Count a chunk that was written."""
        self.known[chunk.checkpoint.path] = chunk.checkpoint
        self.read.add(chunk.checkpoint.path)
        self.bytes_read += chunk.packing_bytes + sum(frame.length for frame in chunk.frames)
        self.lines += len({offset for _, offset, _ in chunk.readings})
        self.quarantined += len(chunk.bad)


class Totals(msgspec.Struct):
    """What was done so far: transcripts, lines, messages, bytes. `pending` lines are not finished yet."""

    seen: int = 0
    unchanged: int = 0
    lines: int = 0
    quarantined: int = 0
    pending: int = 0
    messages: int = 0
    bytes_read: int = 0
    read: set[str] = msgspec.field(default_factory=set)
    failed: set[str] = msgspec.field(default_factory=set)

    def add(self, batch: Batch, messages: int) -> None:
        """Add a transaction that was committed."""
        self.lines += batch.lines
        self.quarantined += batch.quarantined
        self.bytes_read += batch.bytes_read
        self.messages += messages
        self.read.update(batch.read)

    def report(self) -> dict[str, object]:
        """Return what `sync --json` promises, but for the time it took."""
        return {
            "transcripts": {
                "seen": self.seen,
                "read": len(self.read),
                "unchanged": self.unchanged,
                "failed": len(self.failed),
            },
            "lines": {"read": self.lines, "quarantined": self.quarantined, "pending": self.pending},
            "messages": {"added": self.messages},
            "bytes_read": self.bytes_read,
        }

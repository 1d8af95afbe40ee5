"""A commit of the index that goes on in a thread while the store is written; not when to commit.

The engine lets go of the interpreter's lock while it commits, and takes no document meanwhile: those wait here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from simple_memory.store import documents, indexed

TYPE_CHECKING = False
if TYPE_CHECKING:
    import concurrent.futures


class Committed(NamedTuple):
    """What the store is to be told after a commit: how far it reached, and which messages were indexed again."""

    progress: indexed.Progress
    again: list[int]


class Committing:
    """At most one commit under way, and the documents that came since it began."""

    def __init__(self) -> None:
        """Begin with none."""
        self._pool: concurrent.futures.ThreadPoolExecutor | None = None
        self._under_way: concurrent.futures.Future[None] | None = None
        self._promise: Committed | None = None
        self._held: list[documents.Document] = []
        self.held = 0  # characters of those documents

    def begin(self, commit: Callable[[], None], promise: Committed) -> None:
        """Run `commit` in the thread; `end` gives `promise` once that is done. None may be under way."""
        if self._pool is None:
            import concurrent.futures

            self._pool = concurrent.futures.ThreadPoolExecutor(1, "index-commit")
        self._promise = promise
        self._under_way = self._pool.submit(commit)

    def is_under_way(self) -> bool:
        """Return whether a commit was begun and `end` has not given its promise yet."""
        return self._under_way is not None

    def is_running(self) -> bool:
        """Return whether the thread still commits."""
        return self._under_way is not None and not self._under_way.done()

    def hold(self, made: Sequence[documents.Document], size: int) -> None:
        """Keep documents, `size` characters, until the commit is done."""
        self._held.extend(made)
        self.held += size

    def end(self, *, wait: bool) -> Committed | None:
        """Return what was promised where the commit is done, or with `wait` once it is. Raises what it raised."""
        if self._under_way is None or not (wait or self._under_way.done()):
            return None
        under_way, self._under_way = self._under_way, None
        promise, self._promise = self._promise, None
        under_way.result()
        return promise

    def release(self) -> list[documents.Document]:
        """Give the documents that were kept, once."""
        held, self._held, self.held = self._held, [], 0
        return held

    def close(self) -> None:
        """Wait for a commit that is under way, whatever comes of it, and forget all."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
        self._under_way = self._promise = None
        self.release()

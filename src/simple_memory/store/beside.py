"""One thread that does what lets go of the interpreter's lock, while its owner does something else; not a queue."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

TYPE_CHECKING = False
if TYPE_CHECKING:
    import concurrent.futures


class Beside:
    """The thread; it is started when it is first needed."""

    def __init__(self, name: str) -> None:
        """Take what the thread is called."""
        self._name = name
        self._pool: concurrent.futures.ThreadPoolExecutor | None = None

    @contextlib.contextmanager
    def doing(self, work: Callable[[], object]) -> Iterator[None]:
        """Do `work` in the thread while the block runs; both have ended, whatever came of them, once this returns.

        Raises what `work` raised, else what the block did.
        """
        if self._pool is None:
            import concurrent.futures

            self._pool = concurrent.futures.ThreadPoolExecutor(1, self._name)
        under_way = self._pool.submit(work)
        try:
            yield
        finally:
            under_way.result()

    def close(self) -> None:
        """End the thread, once it has done what it was given."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

"""The lock that lets one process at a time write the database; not the lock that says who is the service."""

from __future__ import annotations

from simple_memory import config, errors, locks


class WriterLock:
    """Held from construction to `release`, or to the death of the process."""

    def __init__(self, home: config.Home) -> None:
        """Take the lock of the home's database; never waits. Raises StoreBusy where another holds it, HomeUnusable."""
        held = locks.take_lock(home.writer_lock)
        if held is None:
            raise errors.StoreBusy(
                f"The database is being written by {_holder(home.writer_lock)}.",
                "Wait for it to end, or run `simple-memory stop` first.",
            )
        self._held = held

    def release(self) -> None:
        """Let the next process write."""
        self._held.release()


def _holder(path: str) -> str:
    try:
        pid = locks.lock_holder(path)
    except errors.StateUnknown:
        pid = None
    return f"process {pid}" if pid else "another process"

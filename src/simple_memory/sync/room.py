"""How much room there is, on the disk and in the store's journal, and the refusal to read into the last of it."""

from __future__ import annotations

import os
from collections.abc import Callable

from simple_memory import config, errors
from simple_memory.store import journal
from simple_memory.sync import long_readers


def check(home: config.Home, floor_bytes: int) -> None:
    """Return if the disk that holds `home` has at least `floor_bytes` to give. Raises DiskFull where it has not."""
    try:
        found = os.statvfs(home.root)
    except OSError:  # what is wrong with it is told by whoever writes there
        return
    free = found.f_bavail * found.f_frsize
    if free < floor_bytes:
        raise errors.DiskFull(
            f"The disk that holds {home.root} is almost full: {free / 1e6:,.0f} MB are left, and reading stops at "
            f"{floor_bytes / 1e6:,.0f} MB.",
            "Make room, or lower disk_floor_bytes in config.toml; reading goes on by itself.",
        )


class Journal:
    """Watches the journal of one store: tells when a reader keeps it long, and stops the writing before it is endless.

    `left` is its length in bytes while it is longer than the alarm and could not be emptied, else 0; `readers` are
    those who keep it so, as far as the system tells.
    """

    def __init__(self, home: config.Home, report: Callable[[str, dict[str, object]], None]) -> None:
        """Take the home, and whom to tell."""
        self._database = home.database
        self._report = report
        self.left = 0
        self.readers: list[str] = []

    def look(self, shorten: Callable[[], int]) -> None:
        """Empty the journal where it is long; tell once if that fails. No transaction may be open.

        `shorten` empties it and gives the bytes that are left. Raises StoreBusy where it is too long to go on writing.
        """
        is_told = self.left > 0
        length = journal.size(self._database)
        if length > journal.ALARM_BYTES:
            length = shorten()
        self.left = length if length > journal.ALARM_BYTES else 0
        self.readers = long_readers.find(self._database) if self.left else []
        if self.left and not is_told:
            self._report("journal_grows", {"bytes": self.left, "readers": ", ".join(self.readers)})
        if self.left >= journal.MOST_BYTES:
            raise errors.StoreBusy(
                f"The journal of {self._database} has grown to {self.left / 1e6:,.0f} MB, since "
                f"{' and '.join(self.readers) or 'another program'} does not end reading.",
                "End it; nothing is lost, reading goes on by itself.",
            )

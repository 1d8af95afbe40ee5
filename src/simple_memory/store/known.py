"""How far each transcript is read, by its path: in memory for those on disk, from the store for those deleted since.

Agents delete what is old, and a memory keeps it for good: what is gone must cost nothing while the service runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import apsw

from simple_memory.store import checkpoints


class Known(Mapping[str, checkpoints.Checkpoint]):
    """The checkpoints of the transcripts on disk. `get` knows the deleted ones too, so that they can come back."""

    def __init__(self, connection: apsw.Connection | None = None) -> None:
        """Read them from the store; without one, know nothing."""
        self._connection = connection
        self._here = checkpoints.load_on_disk(connection) if connection else {}
        self.deleted = checkpoints.count_deleted(connection) if connection else 0

    def __getitem__(self, path: str) -> checkpoints.Checkpoint:
        """Return the checkpoint of a transcript on disk. Raises KeyError."""
        return self._here[path]

    def __iter__(self) -> Iterator[str]:
        """Go through the paths of the transcripts on disk."""
        return iter(self._here)

    def __len__(self) -> int:
        """Return how many are on disk."""
        return len(self._here)

    def get(self, path: str, default: Any = None) -> Any:
        """Return the checkpoint of a transcript, on disk or deleted; `default` where there is none."""
        found = self._here.get(path)
        if found is None and self.deleted and self._connection is not None:
            found = checkpoints.load(self._connection, path)
            if found is not None:
                self._here[path] = found
        return default if found is None else found

    def bytes_read(self, path: str) -> int:
        """Return how much of a transcript on disk is read."""
        found = self._here.get(path)
        return found.offset if found else 0

    def update(self, newer: Mapping[str, checkpoints.Checkpoint]) -> None:
        """Take what was read of some transcripts."""
        self._here.update(newer)

    def took_state(self, checkpoint: checkpoints.Checkpoint, before: str) -> None:
        """Take it that a transcript, which was `before`, was stored as what `checkpoint` says now."""
        self.deleted += (checkpoint.state == "deleted") - (before == "deleted")
        if checkpoint.state == "deleted":
            self._here.pop(checkpoint.path, None)

    def forget(self, path: str) -> None:
        """Know a transcript no more."""
        self._here.pop(path, None)

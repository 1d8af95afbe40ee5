"""Training a dictionary for the archive on its own frames, in a thread beside the work; not storing or using it."""

from __future__ import annotations

import contextlib
import random
import threading
from typing import Any

import apsw

from simple_memory import errors
from simple_memory.store import archive, dictionaries

FROM_BYTES = 16 * 1024 * 1024
"""So many bytes of transcripts are worth a dictionary, which is kept twice."""
GROWS = 4
"""Another one is trained once there is so many times more than for the last. Frames keep the one that they have."""
LARGEST = 512 * 1024
SHARE = 128
"""A dictionary is no larger than this part of the transcripts."""
SAMPLE_BYTES = 4096
SAMPLES = 2048
FRAMES = 512
"""Samples are taken from so many frames at most, spread over all."""
_BUSY_MS = 5000


class Trainer:
    """A dictionary in the making. `trained_on` is how many bytes of transcripts the archive holds."""

    def __init__(self, path: str, size: int, trained_on: int) -> None:
        """Begin: read samples from the database at `path`, and train a dictionary of `size` bytes on them."""
        self.trained_on = trained_on
        self._path = path
        self._size = size
        self._made: bytes | None = None
        self._thread = threading.Thread(target=self._run, name="training", daemon=True)
        self._thread.start()

    def is_alive(self) -> bool:
        """Return whether it is still being made."""
        return self._thread.is_alive()

    def result(self) -> bytes | None:
        """Wait for the dictionary, and return it; None where none could be made."""
        self._thread.join()
        return self._made

    def _run(self) -> None:
        import zstandard

        try:
            found: list[Any] = samples(self._path)
            self._made = zstandard.train_dictionary(self._size, found, k=1024, d=8).as_bytes()
        except (apsw.Error, errors.StoreDamaged, zstandard.ZstdError):
            self._made = None  # frames are packed without one


def begin(connection: apsw.Connection) -> Trainer | None:
    """Return a dictionary in the making, None where the archive is too small for one, or the one it has will do."""
    row: Any = connection.execute("SELECT archived_bytes FROM counter").fetchone()
    held = int(row[0])
    kept = dictionaries.newest(connection)
    if held < FROM_BYTES or (kept is not None and held < GROWS * kept.trained_on):
        return None
    return Trainer(connection.filename, min(LARGEST, held // SHARE), held)


def samples(path: str) -> list[bytes]:
    """Return pieces of the archive in the database at `path`, the same for the same archive. Raises apsw.Error.

    Frames that are damaged give none.
    """
    with contextlib.closing(
        apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_NOFOLLOW)
    ) as opened:
        opened.set_busy_timeout(_BUSY_MS)
        rows: list[Any] = opened.execute(
            "SELECT id FROM frame WHERE length > 0 ORDER BY transcript_id, generation, offset"
        ).fetchall()
        chosen = rows[:: max(1, len(rows) // FRAMES)]
        each = max(1, SAMPLES // max(1, len(chosen)))
        found: list[bytes] = []
        for (number,) in chosen:
            with contextlib.suppress(errors.StoreDamaged):
                (one,) = archive.read_thin(opened, [number])
                found += _pieces(one.thin, each, random.Random(number))
        return found


def _pieces(content: bytes, number: int, chance: random.Random) -> list[bytes]:
    fitting = min(number, max(1, len(content) // SAMPLE_BYTES))
    starts = [chance.randrange(max(1, len(content) - SAMPLE_BYTES)) for _ in range(fitting)]
    return [content[start : start + SAMPLE_BYTES] for start in starts]

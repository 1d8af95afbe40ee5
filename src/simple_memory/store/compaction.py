"""Making the archive smaller while nobody waits: many small frames of live appends become few large ones.

A frame is found by its place (transcript, generation, offset), and so are the texts that refer to the archive: a larger
frame that covers the same bytes changes nothing for them. A live session appends a few kilobytes at a time, and zstd
finds little in so little.
"""

from __future__ import annotations

from typing import Any

import apsw

from simple_memory import errors
from simple_memory.store import archive

FEWEST = 32
"""So many frames are worth one transaction; each byte is packed anew a few times at most, until its frame is full."""
SMALL = archive.FRAME_BYTES // 2


class Compactor:
    """Compacts one store, a transaction at a time; it remembers where there is nothing to do."""

    def __init__(self, connection: apsw.Connection, packer: archive.Packer) -> None:
        """Take the writer's connection (no transaction may be open at any call), and what makes frames."""
        self._connection = connection
        self._packer = packer
        self._looked_to = -1
        self._waiting: list[tuple[int, int]] = []

    def step(self) -> bool:
        """Put one run of small frames together, in one transaction; return whether there may be more to do."""
        if not self._waiting and not self._look():
            return False
        transcript_id, generation = self._waiting[-1]
        run = _first_run(_places(self._connection, transcript_id, generation))
        if run:
            try:
                self._merge(transcript_id, generation, run)
                return True
            except errors.StoreDamaged:  # left as it is: `doctor` tells of it
                pass
        self._waiting.pop()
        return True

    def _look(self) -> bool:
        """Find the transcripts with many frames, unless no frame came since the last look; return whether there are."""
        (newest,) = self._ask("SELECT coalesce(max(id), 0) FROM frame")[0]
        if newest == self._looked_to:
            return False
        self._looked_to = newest
        self._waiting = self._ask(
            f"SELECT transcript_id, generation FROM frame WHERE settled = 0 GROUP BY 1, 2 HAVING count(*) >= {FEWEST}"  # noqa: S608
        )
        return bool(self._waiting)

    def _merge(self, transcript_id: int, generation: int, run: list[tuple[int, int]]) -> None:
        first, last = run[0][0], run[-1][0] + run[-1][1]
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            content = b""
            for offset, piece in archive.read_frames(self._connection, transcript_id, generation, first):
                if offset >= last:
                    break
                content += piece
            self._connection.execute(
                "DELETE FROM frame WHERE transcript_id = ? AND generation = ? AND offset >= ? AND offset < ?",
                (transcript_id, generation, first, last),
            )
            archive.add(self._connection, transcript_id, generation, self._packer.frames(content, first))
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        self._looked_to = self._ask("SELECT coalesce(max(id), 0) FROM frame")[0][0]

    def _ask(self, sql: str, values: tuple[int, ...] = ()) -> list[Any]:
        return list(self._connection.execute(sql, values))


def _places(connection: apsw.Connection, transcript_id: int, generation: int) -> list[tuple[int, int]]:
    rows: list[Any] = connection.execute(
        """
        SELECT offset, length FROM frame
        WHERE transcript_id = ? AND generation = ? AND settled = 0 ORDER BY offset
        """,
        (transcript_id, generation),
    ).fetchall()
    return rows


def _first_run(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the first run of frames (offset, length) worth putting together, [] if there is none.

    They follow each other without a gap, and fit into one frame. Worth it are FEWEST of them, or fewer that make a
    frame which is nearly full.
    """
    run: list[tuple[int, int]] = []
    size = 0
    for offset, length in places:
        follows = bool(run) and offset == run[-1][0] + run[-1][1]
        if follows and size + length <= archive.FRAME_BYTES:
            run.append((offset, length))
            size += length
            continue
        if _is_worth_it(run, size, is_closed=follows):
            return run
        run, size = [(offset, length)], length
    return run if _is_worth_it(run, size, is_closed=False) else []


def _is_worth_it(run: list[tuple[int, int]], size: int, *, is_closed: bool) -> bool:
    return len(run) >= FEWEST or (len(run) > 1 and is_closed and size >= SMALL)

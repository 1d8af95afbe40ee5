"""Packing the archive anew where it is quiet, as small as it gets; not making frames of what has just been read.

A transcript that nobody has written for a while, or that its agent has deleted, will hardly grow: its frames are joined
as far as they fit into one, and packed at a higher level with a dictionary that was trained on this very archive. A
frame is done once (`settled`), the last one of a transcript again where that has grown after all.

Old bytes go only after the new ones have given the same back. What becomes free goes back to the file system.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import apsw

from simple_memory import errors
from simple_memory.records import NamedTuple
from simple_memory.store import archive, blobs, dictionaries, training

TYPE_CHECKING = False
if TYPE_CHECKING:
    import zstandard

LEVEL = 9
"""zstd's level: 12 takes twice the processor time for 1 % less, 15 seven times for 2 % (docs/decisions/0015)."""
FREE_PAGES = 64
"""So many free pages (half a megabyte) are worth giving back."""
PAGES_AT_ONCE = 32
DAY_S = 86_400.0
_INCREMENTAL = 2  # of the pragma auto_vacuum

_WAITING = """
SELECT DISTINCT frame.transcript_id, frame.generation FROM frame
JOIN transcript ON transcript.id = frame.transcript_id
JOIN checkpoint ON checkpoint.transcript_id = frame.transcript_id
WHERE frame.settled = 0 AND transcript.agent <> 'canary' AND (
    checkpoint.mtime_ns < ?1 OR transcript.state = 'deleted' OR frame.generation < checkpoint.generation
) AND frame.id NOT IN (SELECT value FROM json_each(?2))
ORDER BY 1, 2 LIMIT 256
"""


class Place(NamedTuple):
    """Where a frame stands in its generation, and whether it was packed anew already."""

    id: int
    offset: int
    length: int
    settled: int


class Waiting(NamedTuple):
    """What was not packed anew yet: how many frames, and the bytes that they take."""

    frames: int
    packed_bytes: int


def waiting(connection: apsw.Connection) -> Waiting:
    """Return how many frames were never packed anew, and the bytes that they take. Looks at these alone."""
    row: Any = connection.execute(
        "SELECT count(*), coalesce(sum(length(packed)), 0) FROM frame WHERE settled = 0"
    ).fetchone()
    return Waiting(*row)


class Repacker:
    """Packs one store's quiet frames anew, a frame per step; it remembers what it could not read."""

    def __init__(self, connection: apsw.Connection, quiet_days: float, *, now: Callable[[], float] = time.time) -> None:
        """Take the writer's connection, in which no transaction may be open at any call.

        `quiet_days` is how long nobody must have written a transcript; 0: nothing is done. `now` gives Unix time.
        """
        self._connection = connection
        self._quiet_days = quiet_days
        self._now = now
        self._waiting: list[tuple[int, int]] = []
        self._skipped: set[int] = set()
        self._trainer: training.Trainer | None = None
        self._compressor: zstandard.ZstdCompressor | None = None
        self._gives_back = False

    def step(self) -> bool:
        """Do one frame, or a little beside it, in one short transaction; return whether there may be more to do."""
        if self._quiet_days <= 0:
            return False
        if self._trainer is not None:
            return self._take_dictionary(self._trainer)
        if not self._waiting and not self._look():
            self.pause()
            return self._give_back()
        compressor = self._compressor
        if compressor is None:
            return self._prepare()
        transcript_id, generation = self._waiting[-1]
        run = next_run(_places(self._connection, transcript_id, generation), self._skipped)
        if run:
            self._repack(run, compressor)
        else:
            self._waiting.pop()
        return True

    def finish(self) -> None:
        """Do all that there is to do, without a rest: somebody waits for a store that is small."""
        while self.step():
            if self._trainer is not None:
                self._trainer.result()

    @property
    def trains(self) -> bool:
        """Whether a dictionary is being trained, so that there is nothing to do but to wait."""
        return self._trainer is not None

    def pause(self) -> None:
        """Let go of the compressor, which holds 20 MB; the next step makes another."""
        self._compressor = None

    def close(self) -> None:
        """Wait for a dictionary that is being trained, and let it go."""
        if self._trainer is not None:
            self._trainer.result()
            self._trainer = None

    def _look(self) -> bool:
        """Find the generations that are quiet and have frames to be packed anew; return whether there are any."""
        before_ns = round((self._now() - self._quiet_days * DAY_S) * 1e9)
        found: list[Any] = self._connection.execute(_WAITING, (before_ns, json.dumps(sorted(self._skipped)))).fetchall()
        self._waiting = found[::-1]
        return bool(found)

    # ── the dictionary ──

    def _prepare(self) -> bool:
        """Make the compressor; where a dictionary is wanted first, begin to train one beside the work."""
        dictionaries.mend(self._connection)
        self._trainer = training.begin(self._connection)
        if self._trainer is None:
            self._compressor = self._make_compressor()
        return True

    def _take_dictionary(self, trainer: training.Trainer) -> bool:
        if trainer.is_alive():
            return True
        self._trainer = None
        content = trainer.result()
        if content:
            with self._connection:
                dictionaries.add(self._connection, content, trainer.trained_on)
        self._compressor = self._make_compressor()
        return True

    def _make_compressor(self) -> zstandard.ZstdCompressor:
        import zstandard

        kept = dictionaries.newest(self._connection)
        try:
            known = dictionaries.find(self._connection, kept.id) if kept else None
        except errors.StoreDamaged:  # `doctor` tells of it
            known = None
        if known is None:
            return zstandard.ZstdCompressor(level=LEVEL, write_checksum=False)
        return zstandard.ZstdCompressor(level=LEVEL, write_checksum=False, dict_data=known)

    # ── one run of frames ──

    def _repack(self, run: list[Place], compressor: zstandard.ZstdCompressor) -> None:
        ids = [(place.id,) for place in run]
        try:
            old = archive.read_thin(self._connection, [place.id for place in run])
        except errors.StoreDamaged:  # left as it is: `doctor` tells of it
            self._skipped.update(place.id for place in run)
            return
        thin = b"".join(one.thin for one in old)
        packed = compressor.compress(thin)
        unpacked = dictionaries.decompressor(self._connection, packed).decompress(packed, max_output_size=len(thin))
        with self._connection:
            if unpacked != thin or len(packed) >= sum(one.packed_bytes for one in old):
                self._connection.executemany("UPDATE frame SET settled = 1 WHERE id = ?", ids)
                return
            self._connection.executemany("DELETE FROM frame WHERE id = ?", ids[1:])
            self._connection.execute(
                "UPDATE frame SET length = ?, digest = ?, holes = ?, packed = ?, settled = 1 WHERE id = ?",
                (sum(place.length for place in run), _digest(old), _holes(run, old), packed, *ids[0]),
            )

    def _give_back(self) -> bool:
        """Give some free pages back to the file system; return whether there are more."""
        free = self._connection.pragma("freelist_count")
        worth_it = free >= (1 if self._gives_back else FREE_PAGES)
        self._gives_back = worth_it and self._connection.pragma("auto_vacuum") == _INCREMENTAL
        if not self._gives_back:
            return False
        self._connection.execute(f"PRAGMA incremental_vacuum({PAGES_AT_ONCE})").fetchall()
        return True


def unlearn(connection: apsw.Connection) -> None:
    """Pack every frame without a dictionary again, and delete the dictionaries; the caller has a transaction open.

    For what forgets: pieces of what goes may stand in them. A frame that is damaged stays so.
    """
    if dictionaries.newest(connection) is None:
        return
    packer = archive.Packer()
    heads: list[Any] = connection.execute(
        "SELECT id, substr(packed, 1, ?) FROM frame", (dictionaries.HEAD_BYTES,)
    ).fetchall()
    for number in [number for number, head in heads if dictionaries.names_one(head)]:
        try:
            (one,) = archive.read_thin(connection, [number])
        except errors.StoreDamaged:
            continue
        connection.execute(
            "UPDATE frame SET packed = ?, settled = 0 WHERE id = ?", (packer.pack_thin(one.thin), number)
        )
    dictionaries.drop(connection)


def _digest(joined: list[archive.Held]) -> bytes:
    return joined[0].digest if len(joined) == 1 else archive.digest_of(b"".join(one.whole for one in joined))


def _holes(run: list[Place], joined: list[archive.Held]) -> bytes | None:
    """Return the holes of frames as they stand in the one that they become; None for none."""
    moved = [
        blobs.moved(one.holes, place.offset - run[0].offset)
        for one, place in zip(joined, run, strict=True)
        if one.holes
    ]
    return b"".join(moved) or None


def _places(connection: apsw.Connection, transcript_id: int, generation: int) -> list[Place]:
    rows = connection.execute(
        "SELECT id, offset, length, settled FROM frame WHERE transcript_id = ? AND generation = ? ORDER BY offset",
        (transcript_id, generation),
    )
    return [Place(*row) for row in rows]


def next_run(places: list[Place], skipped: set[int]) -> list[Place]:
    """Return the first frames, of those that follow each other, which become one; [] where all are settled.

    It begins at the first that is not settled, or at the settled one before if that has room for it, and takes the ones
    after as far as they fit. Frames `skipped`, by id, are as good as settled, and full.
    """
    at = next((at for at, place in enumerate(places) if not _is_done(place, skipped)), None)
    if at is None:
        return []
    begin = at - 1 if at and _has_room_for(places[at], places[at - 1], skipped) else at
    run = places[begin : at + 1]
    size = sum(place.length for place in run)
    for after in places[at + 1 :]:
        size += after.length
        if _is_done(after, skipped) or not _follow(run[-1], after) or size > archive.FRAME_BYTES:
            break
        run.append(after)
    return run


def _is_done(place: Place, skipped: set[int]) -> bool:
    return bool(place.settled) or place.id in skipped


def _has_room_for(place: Place, before: Place, skipped: set[int]) -> bool:
    """Return whether the settled frame `before` another takes that in."""
    if not before.settled or before.id in skipped or not _follow(before, place):
        return False
    return before.length + place.length <= archive.FRAME_BYTES


def _follow(one: Place, other: Place) -> bool:
    return one.offset + one.length == other.offset

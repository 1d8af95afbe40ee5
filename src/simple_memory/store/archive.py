"""The transcripts' own bytes, compressed in frames, and giving them back; not what the bytes mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import apsw

from simple_memory import errors
from simple_memory.records import NamedTuple
from simple_memory.store import blobs, dictionaries

FRAME_BYTES = 1024 * 1024
"""Bytes of one frame before compression, at most."""
LEVEL = 3
"""zstd's level: 3 takes a third more CPU than 1, and 7 % less space."""
BULK_LEVEL = 1
BULK_BYTES = 256 * 1024
"""So much at once is a first import: it is packed at the lower level, in a thread of its own."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    import concurrent.futures
    from typing import Any

    import zstandard


class Frame(NamedTuple):
    """A piece of a transcript: its place, sha256 and packed bytes, but for the long runs of base64 in it (blobs)."""

    offset: int
    length: int
    digest: bytes
    packed: bytes
    holes: bytes | None = None
    runs: dict[bytes, bytes] = {}  # noqa: RUF012 — never changed: of most frames it is this one


class Held(NamedTuple):
    """The bytes of a frame that the archive holds, whole and without the long runs of base64; its digest holds."""

    thin: bytes
    whole: bytes
    holes: bytes | None
    digest: bytes
    packed_bytes: int


class Packer:
    """Makes frames out of bytes. One per process: it keeps its compressors."""

    def __init__(self) -> None:
        """Take nothing."""
        import zstandard

        self._compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=False)
        self._bulk_compressor = zstandard.ZstdCompressor(level=BULK_LEVEL, write_checksum=False)
        self._beside: concurrent.futures.ThreadPoolExecutor | None = None

    def frames(self, content: bytes | memoryview, offset: int) -> list[Frame]:
        """Return `content`, which stands at `offset` of its transcript, as frames."""
        return _frames(content, offset, self._compressor)

    def pack_thin(self, thin: bytes) -> bytes:
        """Return the bytes of a frame without its long runs of base64, packed."""
        return self._compressor.compress(thin)

    def begin(self, content: bytes | memoryview, offset: int) -> Callable[[], list[Frame]]:
        """Begin to make the frames of `content`, and return what waits for them and gives them.

        Much is packed in a thread beside the caller: it runs on the second core, since zstd and sha256 let go of the
        interpreter's lock.
        """
        if len(content) < BULK_BYTES:
            made = self.frames(content, offset)
            return lambda: made
        if self._beside is None:
            import concurrent.futures

            self._beside = concurrent.futures.ThreadPoolExecutor(1, "packer")
        return self._beside.submit(_frames, content, offset, self._bulk_compressor).result

    def close(self) -> None:
        """End the thread, once it has done what it was given."""
        if self._beside is not None:
            self._beside.shutdown()
            self._beside = None


def _frames(content: bytes | memoryview, offset: int, compressor: zstandard.ZstdCompressor) -> list[Frame]:
    made = []
    content = memoryview(content)  # whose pieces are no copies
    start, runs = 0, blobs.find(content)
    while start < len(content):
        end = start + FRAME_BYTES
        end = next((run_end for run_start, run_end in runs if run_start < end < run_end), end)  # no run is cut
        piece = content[start:end]
        inside = [(first - start, last - start) for first, last in runs if start <= first < end]
        if inside:
            made.append(_frame_with_runs(bytes(piece), offset + start, inside, compressor))
        else:
            made.append(Frame(offset + start, len(piece), digest_of(piece), compressor.compress(piece)))
        start = end
    return made


def _frame_with_runs(piece: bytes, offset: int, inside: list[blobs.Run], compressor: zstandard.ZstdCompressor) -> Frame:
    texts = [piece[first:last] for first, last in inside]
    digests = [digest_of(text) for text in texts]
    thin, holes = blobs.cut(piece, inside, digests)
    runs = {digest: compressor.compress(text) for digest, text in zip(digests, texts, strict=True)}
    return Frame(offset, len(piece), digest_of(piece), compressor.compress(thin), holes, runs)


def add(connection: apsw.Connection, transcript_id: int, generation: int, frames: Iterable[Frame]) -> None:
    """Store frames of a transcript's generation."""
    rows = []
    for frame in frames:
        if frame.runs:
            blobs.add(connection, frame.runs)
        rows.append((transcript_id, generation, frame.offset, frame.length, frame.digest, frame.holes, frame.packed))
    connection.executemany(
        """
        INSERT INTO frame (transcript_id, generation, offset, length, digest, holes, packed)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        rows,
    )


def generations(connection: apsw.Connection, transcript_id: int) -> list[int]:
    """Return the numbers of the generations that the archive holds of a transcript, oldest first."""
    rows = connection.execute(
        """
        SELECT DISTINCT generation FROM frame WHERE transcript_id = ?1
        UNION SELECT generation FROM checkpoint WHERE transcript_id = ?1
        ORDER BY generation
        """,
        (transcript_id,),
    )
    return [generation for (generation,) in rows]


def read_frames(
    connection: apsw.Connection, transcript_id: int, generation: int, first: int = 0
) -> Iterator[tuple[int, bytes]]:
    """Yield (offset, bytes) of a generation's frames in order, from the one that holds byte `first` on.

    Every digest is checked. Raises StoreDamaged for bytes that are not those that were archived, or a gap between
    frames.
    """
    expected: int | None = None
    rows = connection.execute(
        """
        SELECT offset, length, digest, holes, packed FROM frame
        WHERE transcript_id = ?1 AND generation = ?2 AND offset + length > ?3 ORDER BY offset
        """,
        (transcript_id, generation, first),
    )
    for offset, length, digest, holes, packed in rows:
        if expected is not None and offset != expected:
            raise _damaged(transcript_id, generation, expected)
        content = _unpack(connection, packed, length, holes)
        if len(content) != length or digest_of(content) != digest:
            raise _damaged(transcript_id, generation, offset)
        expected = offset + length
        yield offset, content


def read_thin(connection: apsw.Connection, ids: list[int]) -> list[Held]:
    """Return the bytes of frames by their ids, in that order. Raises StoreDamaged where they are not what they were."""
    found = []
    for number in ids:
        row: Any = connection.execute(
            "SELECT transcript_id, generation, offset, length, digest, holes, packed FROM frame WHERE id = ?", (number,)
        ).fetchone()
        transcript_id, generation, offset, length, digest, holes, packed = row
        thin = _unpack_thin(connection, packed, length)
        whole = blobs.fill(connection, thin, holes) if holes and thin is not None else thin
        if thin is None or whole is None or len(whole) != length or digest_of(whole) != digest:
            raise _damaged(transcript_id, generation, offset)
        found.append(Held(thin, whole, holes, digest, len(packed)))
    return found


def frame_at(connection: apsw.Connection, transcript_id: int, generation: int, offset: int) -> tuple[int, bytes]:
    """Return the frame that holds the byte at `offset`, as (its own offset, its bytes). Raises StoreDamaged."""
    start, length, packed, holes = _row_at(connection, transcript_id, generation, offset)
    content = _unpack(connection, packed, length, holes)
    if not content:
        raise _damaged(transcript_id, generation, offset)
    return start, content


def piece_at(connection: apsw.Connection, transcript_id: int, generation: int, offset: int, length: int) -> bytes:
    """Return `length` bytes from `offset` on, or as many as their frame has. Raises StoreDamaged.

    The frame is unpacked up to their end alone, and its long runs only where they stand among them.
    """
    start, size, packed, holes = _row_at(connection, transcript_id, generation, offset)
    first, last = offset - start, min(offset - start + length, size)
    place = blobs.place_in_thin(holes, first, last) if holes else first
    if place is None:
        return frame_at(connection, transcript_id, generation, offset)[1][first:last]
    piece = _unpack_up_to(connection, packed, place + last - first)[place:]
    if len(piece) < last - first:
        raise _damaged(transcript_id, generation, offset)
    return piece


def _row_at(
    connection: apsw.Connection, transcript_id: int, generation: int, offset: int
) -> tuple[int, int, bytes, bytes | None]:
    """Return offset, length, packed bytes and holes of the frame that holds the byte at `offset`."""
    row: Any = connection.execute(
        """
        SELECT offset, length, packed, holes FROM frame
        WHERE transcript_id = ? AND generation = ? AND offset <= ? ORDER BY offset DESC LIMIT 1
        """,
        (transcript_id, generation, offset),
    ).fetchone()
    if row is None or offset >= row[0] + row[1]:
        raise _damaged(transcript_id, generation, offset)
    return row[0], row[1], row[2], row[3]


def _unpack_up_to(connection: apsw.Connection, packed: bytes, length: int) -> bytes:
    """Return the first `length` bytes of a frame without its runs; fewer where it is damaged."""
    import zstandard

    try:
        return dictionaries.decompressor(connection, packed).stream_reader(packed).read(length)
    except zstandard.ZstdError:
        return b""


def digest_of(content: bytes | memoryview) -> bytes:
    """Return the sha256 of `content`."""
    import hashlib

    return hashlib.sha256(content).digest()


def _unpack(connection: apsw.Connection, packed: bytes, length: int, holes: bytes | None) -> bytes:
    """Return the bytes of a frame; b"" where it is damaged. Raises StoreDamaged where a run or the dictionary is."""
    thin = _unpack_thin(connection, packed, length)
    if thin is None:
        return b""
    return blobs.fill(connection, thin, holes) if holes else thin


def _unpack_thin(connection: apsw.Connection, packed: bytes, length: int) -> bytes | None:
    """Return the bytes of a frame without its runs; None for one that is damaged.

    The import is here since most readers never need it.
    """
    import zstandard

    try:
        return dictionaries.decompressor(connection, packed).decompress(packed, max_output_size=length)
    except zstandard.ZstdError:
        return None


def frame_digests(connection: apsw.Connection, transcript_id: int, generation: int) -> list[tuple[int, int, bytes]]:
    """Return (offset, length, sha256) of a generation's frames, in order."""
    rows = connection.execute(
        "SELECT offset, length, digest FROM frame WHERE transcript_id = ? AND generation = ? ORDER BY offset",
        (transcript_id, generation),
    )
    return list(rows)


def gaps(connection: apsw.Connection, transcript_id: int, generation: int) -> list[tuple[int, int, str | None]]:
    """Return (offset, length, kind) of what is not as it was in a generation: blanks, or a secret's mark."""
    rows = connection.execute(
        "SELECT offset, length, kind FROM gap WHERE transcript_id = ? AND generation = ? ORDER BY offset",
        (transcript_id, generation),
    )
    return list(rows)


def count_gaps(connection: apsw.Connection, transcript_id: int) -> tuple[int, int, int]:
    """Return how many lines of a transcript's latest generation were forgotten, secrets hidden, long parts dropped."""
    rows: list[Any] = connection.execute(
        """
        SELECT count(*) FILTER (WHERE kind IS NULL), count(*) FILTER (WHERE kind NOT IN ('image', 'output')),
            count(*) FILTER (WHERE kind IN ('image', 'output'))
        FROM gap JOIN checkpoint USING (transcript_id, generation) WHERE transcript_id = ?
        """,
        (transcript_id,),
    ).fetchall()
    ((lines, secrets, dropped),) = rows
    return lines, secrets, dropped


def packed_share(connection: apsw.Connection) -> float:
    """Return which share of its bytes the archive takes once they are packed, but for pictures; 1 for an empty one."""
    packed = length = 0
    for size, whole, holes in connection.execute("SELECT length(packed), length, holes FROM frame"):
        packed += size
        length += whole - (blobs.missing(holes) if holes else 0)
    return packed / length if length else 1.0


def read_transcript(connection: apsw.Connection, transcript_id: int, generation: int | None = None) -> Iterator[bytes]:
    """Yield the bytes of a transcript in order, as they were on disk; `generation` None means the latest.

    The latest generation ends with the line that was not finished, if there was one. Raises StoreDamaged.
    """
    row = connection.execute(
        "SELECT generation, tail FROM checkpoint WHERE transcript_id = ?", (transcript_id,)
    ).fetchone()
    latest, tail = row or (0, b"")
    wanted = latest if generation is None else generation
    for _, content in read_frames(connection, transcript_id, wanted):
        yield content
    if wanted == latest and tail:
        yield tail


def _damaged(transcript_id: int, generation: int, offset: int) -> errors.StoreDamaged:
    return errors.StoreDamaged(
        f"The archive of transcript {transcript_id} (generation {generation}) is damaged at byte {offset}.",
        "If the transcript still exists, move the database away and start again.",
    )

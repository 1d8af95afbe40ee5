"""Long runs of base64 in transcripts, pictures above all, kept once however often they are pasted or read; see archive.

A frame is compressed without its runs; `holes` says where they stand and by which digest their bytes are found. Base64
is not decoded: zstd packs it to the six bits a letter that it holds (measured: 0.03 % more than the decoded bytes).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable

import apsw

from simple_memory import errors

SHORTEST = 8192
"""Bytes of a run that is kept apart, at least; a shorter one would hardly pay for its row."""
_STRIDE = SHORTEST // 2
"""A run of SHORTEST bytes has one of these places in it, with a probe's length after it."""
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_PROBE = re.compile(rb"[A-Za-z0-9+/]{64}")
_RUN = re.compile(rb"[A-Za-z0-9+/]{%d,}+={0,2}" % SHORTEST)
_HOLE = struct.Struct("<QQ32s")  # offset in the frame, length, sha256

Run = tuple[int, int]
"""Where a run begins and ends."""


def find(content: bytes | memoryview) -> list[Run]:
    """Return the runs in `content`, in order. Costs next to nothing where there are none: it looks at a few places."""
    found: list[Run] = []
    at = 0
    while at < len(content):
        if _PROBE.match(content, at):
            start = _begin_of(content, at, found[-1][1] if found else 0)
            run = _RUN.match(content, start)
            if run is not None:
                found.append(run.span())
                at = run.end()
                continue
        at += _STRIDE
    return found


def _begin_of(content: bytes | memoryview, at: int, lowest: int) -> int:
    """Return where the run begins that holds the byte `at`."""
    piece = bytes(content[max(lowest, at - SHORTEST) : at])
    return at - (len(piece) - len(piece.rstrip(_LETTERS)))


def cut(content: bytes, runs: Iterable[Run], digests: Iterable[bytes]) -> tuple[bytes, bytes]:
    """Return `content` without its runs, and what says where they were."""
    thin, holes, at = [], [], 0
    for (start, end), digest in zip(runs, digests, strict=True):
        thin.append(content[at:start])
        holes.append(_HOLE.pack(start, end - start, digest))
        at = end
    return b"".join((*thin, content[at:])), b"".join(holes)


def missing(holes: bytes) -> int:
    """Return how many bytes a frame lacks."""
    return sum(length for _, length, _ in _HOLE.iter_unpack(holes))


def moved(holes: bytes, by: int) -> bytes:
    """Return `holes` as they stand in a longer frame, which begins `by` bytes earlier."""
    return b"".join(_HOLE.pack(offset + by, length, digest) for offset, length, digest in _HOLE.iter_unpack(holes))


def place_in_thin(holes: bytes, start: int, end: int) -> int | None:
    """Return where the byte `start` of a frame stands without its runs; None where one of them reaches to `end`."""
    place = start
    for offset, length, _ in _HOLE.iter_unpack(holes):
        if offset + length <= start:
            place -= length
        elif offset < end:
            return None
    return place


def fill(connection: apsw.Connection, thin: bytes, holes: bytes) -> bytes:
    """Return a frame's bytes with its runs. Raises StoreDamaged where one is not there."""
    pieces: list[bytes] = []
    at = taken = 0
    for offset, length, digest in _HOLE.iter_unpack(holes):
        pieces += (thin[taken : taken + offset - at], _read(connection, digest, length))
        taken += offset - at
        at = offset + length
    return b"".join((*pieces, thin[taken:]))


def _read(connection: apsw.Connection, digest: bytes, length: int) -> bytes:
    import zstandard

    row = connection.execute("SELECT packed FROM blob WHERE digest = ?", (digest,)).fetchone()
    try:
        content = zstandard.ZstdDecompressor().decompress(row[0], max_output_size=length) if row else b""
    except zstandard.ZstdError:
        content = b""
    if len(content) != length:
        raise errors.StoreDamaged("An image in the archive is damaged or missing.", "`simple-memory doctor` mends it.")
    return content


def add(connection: apsw.Connection, found: dict[bytes, bytes]) -> None:
    """Store runs, packed, by their digests; those that are there stay."""
    connection.executemany("INSERT OR IGNORE INTO blob (digest, packed) VALUES (?, ?)", found.items())


def sweep(connection: apsw.Connection) -> int:
    """Delete the runs that no frame refers to any more; return how many."""
    if connection.execute("SELECT 1 FROM blob LIMIT 1").fetchone() is None:
        return 0
    kept: set[bytes] = set()
    for (holes,) in connection.execute("SELECT holes FROM frame WHERE holes IS NOT NULL"):
        kept.update(digest for _, _, digest in _HOLE.iter_unpack(holes))
    there = [digest for (digest,) in connection.execute("SELECT digest FROM blob")]
    gone = [(digest,) for digest in there if digest not in kept]
    connection.executemany("DELETE FROM blob WHERE digest = ?", gone)
    return len(gone)

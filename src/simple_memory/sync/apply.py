"""Reading one step of one transcript into a chunk; not which transcript, and not where the chunk goes."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable

import msgspec

from simple_memory import errors, model
from simple_memory.sources import source
from simple_memory.store import archive, checkpoints, writer
from simple_memory.sync import plan, scan

STEP_BYTES = 4 * 1024 * 1024
"""Bytes that one step reads, unless one line is longer."""
_HEAD = 4096
_LAST = 64


class Outcome(msgspec.Struct):
    """What a step gave: the chunk to write (None: nothing to write), and whether the transcript holds more to read now."""

    chunk: writer.Chunk | None
    more: bool


Digests = Callable[[int, int], list[tuple[int, int, bytes]]]
"""Takes a transcript's id and a generation; gives (offset, length, sha256) of its frames."""


def read_step(
    found: scan.Found,
    step: plan.Step,
    checkpoint: checkpoints.Checkpoint | None,
    one: source.Source,
    *,
    packer: archive.Packer,
    digests: Digests,
    longest: int,
) -> Outcome:
    """Read the next bytes of a transcript after its checkpoint.

    `checkpoint` None means that it is new; it is not changed, the chunk carries the next one. `longest` is the length in
    bytes from which a line is archived and counted but not parsed. Raises TranscriptUnreadable, also for what is no
    regular file any more, and FileNotFoundError.
    """
    try:
        file = os.open(found.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _unreadable(found.path, error) from error
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise errors.TranscriptUnreadable(f"{found.path} is no regular file any more.")
        if found.place.form == model.Form.WHOLE:
            return _read_whole(file, status, found, checkpoint, one, packer, longest)
        before = checkpoint or checkpoints.Checkpoint(found.path)
        start, closing = _where_to_start(file, status, step, before, packer, digests)
        return _read_lines(file, status, found, start, closing, one, packer, longest)
    except OSError as error:
        raise _unreadable(found.path, error) from error
    finally:
        os.close(file)


def _unreadable(path: str, error: OSError) -> errors.TranscriptUnreadable:
    return errors.TranscriptUnreadable(f"{path} cannot be read: {error.strerror or error}.", "It is tried again later.")


# ── where to go on ──


def _where_to_start(
    file: int,
    status: os.stat_result,
    step: plan.Step,
    before: checkpoints.Checkpoint,
    packer: archive.Packer,
    digests: Digests,
) -> tuple[checkpoints.Checkpoint, list[tuple[int, int, bytes, bytes]]]:
    """Return the checkpoint to go on from (a copy), and the last frames of the generation that ends here."""
    start = msgspec.structs.replace(
        before, device=status.st_dev, inode=status.st_ino, size=status.st_size, mtime_ns=status.st_mtime_ns
    )
    if before.offset == 0 and not before.tail:
        return start, []
    if step is plan.Step.VERIFY:
        same = all(
            _digest_at(file, offset, length) == digest for offset, length, digest in digests(before.transcript_id, before.generation)
        )
    else:
        same = step is not plan.Step.REWRITE and _is_continued(file, status, before)
    if same:
        return start, []
    closing = packer.frames(before.tail, before.offset) if before.tail else []
    start = msgspec.structs.replace(
        start, generation=before.generation + 1, offset=0, tail=b"", head_digest=b"", last_digest=b"", skipping=False, lines=0
    )
    return start, closing


def _is_continued(file: int, status: os.stat_result, before: checkpoints.Checkpoint) -> bool:
    """Return whether the file still begins with what was read, as far as its first and last bytes tell."""
    if status.st_size < before.offset:
        return False
    if before.offset == 0:
        return True
    return (
        _digest_at(file, 0, min(_HEAD, before.offset)) == before.head_digest
        and _digest_at(file, max(0, before.offset - _LAST), min(_LAST, before.offset)) == before.last_digest
    )


def _digest_at(file: int, offset: int, length: int) -> bytes:
    return hashlib.sha256(_read(file, offset, length)).digest()


def _read(file: int, offset: int, length: int) -> bytes:
    """Return up to `length` bytes at `offset`: fewer only where the file ends."""
    pieces = []
    while length > 0:
        piece = os.pread(file, length, offset)
        if not piece:
            break
        pieces.append(piece)
        offset += len(piece)
        length -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


# ── files that grow by lines ──


def _read_lines(
    file: int,
    status: os.stat_result,
    found: scan.Found,
    start: checkpoints.Checkpoint,
    closing: list[tuple[int, int, bytes, bytes]],
    one: source.Source,
    packer: archive.Packer,
    longest: int,
) -> Outcome:
    """Read whole lines from `start` on, at most about STEP_BYTES, and archive them."""
    chunk = writer.Chunk(checkpoint=start, place=found.place, closing=closing)
    data = _read(file, start.offset, STEP_BYTES)
    while data and b"\n" not in data and len(data) <= longest and start.offset + len(data) < status.st_size:
        data += _read(file, start.offset + len(data), min(len(data), longest + 1 - len(data)) or 1)
    at_end = start.offset + len(data) >= status.st_size
    if start.skipping or (b"\n" not in data and len(data) > longest):
        taken = _skip(data, chunk)
    else:
        taken = data.rfind(b"\n") + 1
        rest = data[taken:]
        if at_end and rest and _is_whole_record(rest, one, found.place):
            taken, rest = len(data), b""
        _parse(data[:taken], chunk, one)
        start.tail = rest if at_end else b""
    chunk.frames = packer.frames(data[:taken], start.offset)
    start.offset += taken
    start.head_digest = _digest_at(file, 0, min(_HEAD, start.offset))
    start.last_digest = _digest_at(file, max(0, start.offset - _LAST), min(_LAST, start.offset))
    start.quarantined += len(chunk.bad)
    return Outcome(chunk=chunk, more=not at_end)


def _skip(data: bytes, chunk: writer.Chunk) -> int:
    """Take bytes of a line that is too long to parse, up to its end if that is here; return how many."""
    start = chunk.checkpoint
    end = data.find(b"\n") + 1
    if not start.skipping:
        chunk.bad.append((start.offset, len(data), f"a line of more than {len(data)} bytes"))
    start.skipping = end == 0
    start.lines += end > 0
    return end or len(data)


def _parse(body: bytes, chunk: writer.Chunk, one: source.Source) -> None:
    """Add what the lines in `body` tell, each with its place in the transcript."""
    offset = chunk.checkpoint.offset
    place = chunk.place
    for line in body.split(b"\n"):
        if line and not line.isspace():
            told = one.read_line(line, place)
            for reading in told.readings:
                chunk.readings.append((reading, offset, len(line)))
            for bad in told.bad:
                chunk.bad.append((offset + bad.offset, bad.length, bad.reason))
            chunk.checkpoint.lines += 1
        offset += len(line) + 1


def _is_whole_record(rest: bytes, one: source.Source, place: model.Place) -> bool:
    """Return whether an unfinished last line is a whole record that only lacks its line feed: nothing can belong to it any more."""
    if not rest.rstrip().endswith(b"}"):
        return False
    told = one.read_line(rest, place)
    return bool(told.readings) and not told.bad


# ── files that are replaced as a whole ──


def _read_whole(
    file: int,
    status: os.stat_result,
    found: scan.Found,
    before: checkpoints.Checkpoint | None,
    one: source.Source,
    packer: archive.Packer,
    longest: int,
) -> Outcome:
    """Read a file that is written once or replaced, and archive it as a generation of its own unless nothing changed."""
    known = before is not None and before.transcript_id != 0
    start = before if before is not None else checkpoints.Checkpoint(found.path)
    content = _read(file, 0, min(status.st_size, longest))
    digest = hashlib.sha256(content).digest()
    changed = not known or digest != start.last_digest or status.st_size != start.size
    after = msgspec.structs.replace(
        start,
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        offset=len(content),
        head_digest=_digest_at(file, 0, min(_HEAD, len(content))),
        last_digest=digest,
    )
    chunk = writer.Chunk(checkpoint=after, place=found.place)
    if changed:
        after.generation += known
        chunk.frames = packer.frames(content, 0)
        while piece := _read(file, after.offset, archive.FRAME_BYTES) if len(content) == longest else b"":
            chunk.frames += packer.frames(piece, after.offset)  # too long to parse; kept all the same
            after.offset += len(piece)
        if after.offset > longest:
            chunk.bad.append((longest, after.offset - longest, f"the rest of a file of {after.offset} bytes"))
            after.quarantined += 1
        told = one.read_whole(content, found.place)
        chunk.readings = [(reading, 0, len(content)) for reading in told.readings]
    return Outcome(chunk=chunk, more=False)

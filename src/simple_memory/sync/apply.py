"""Reading one step of one transcript into a chunk; not which transcript, and not where the chunk goes."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Callable

import msgspec

from simple_memory import errors, model
from simple_memory.sources import source
from simple_memory.store import archive, checkpoints, tombstones, writer
from simple_memory.sync import company, dropping, masking, plan, queue

_HEAD = 4096
_LAST = 64


class Outcome(msgspec.Struct):
    """What a step gave: the chunk to write (None.

    Nothing to write), and whether the transcript holds more to read now.
    """

    chunk: writer.Chunk | None
    more: bool


Digests = Callable[[int, int], list[tuple[int, int, bytes]]]
"""Takes a transcript's id and a generation; gives (offset, length, sha256) of its frames."""
Frames = list[tuple[int, int, bytes, bytes]]


class Reader:
    """Reads transcripts step by step.

    `longest` is the length in bytes from which a line is archived and counted but not parsed.
    """

    def __init__(self, packer: archive.Packer, *, longest: int) -> None:
        self._packer = packer
        self._longest = longest
        self.step_bytes = company.ALONE.step_bytes  # that one step reads, unless one line is longer
        self.forgotten = tombstones.Tombstones(b"")  # lines that it knows are never taken in
        self.digests_of: Digests = lambda *_: []  # of the archive, for transcripts that may have been rewritten
        self.gaps_of: Callable[[int, int], list[tombstones.Gap]] = lambda *_: []  # of the archive's frames
        self.drops: dropping.Drops | None = None  # what is let go for its size
        self.redacts = False  # whether secrets are replaced by marks before anything else sees them

    def read(self, item: queue.Item, checkpoint: checkpoints.Checkpoint | None, one: source.Source) -> Outcome:
        """Read the next bytes of a transcript after its checkpoint.

        `checkpoint` None means that it is new; it is not changed, the chunk carries the next one. Raises
        TranscriptUnreadable, also for what is no regular file any more, and FileNotFoundError.
        """
        found, step = item.found, item.step
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
            before = checkpoint or checkpoints.Checkpoint(found.path)
            now = msgspec.structs.replace(
                before, device=status.st_dev, inode=status.st_ino, size=status.st_size, mtime_ns=status.st_mtime_ns
            )
            if found.place.form == model.Form.WHOLE:
                return self._read_whole(file, before, now, item, one)
            return self._read_lines(file, self._begin(file, step, before, now, found.place), item, one)
        except OSError as error:
            raise _unreadable(found.path, error) from error
        finally:
            os.close(file)

    # ── files that grow by lines ──

    def _begin(
        self,
        file: int,
        step: plan.Step,
        before: checkpoints.Checkpoint,
        now: checkpoints.Checkpoint,
        place: model.Place,
    ) -> writer.Chunk:
        """Return the chunk to fill: it goes on after `before`.

        Or starts a new generation where the file was rewritten.
        """
        if (before.offset == 0 and not before.tail) or self._is_continued(file, step, before, now.size):
            return writer.Chunk(checkpoint=now, place=place, started_at=before.offset)
        closing = self._packer.frames(before.tail, before.offset) if before.tail else []
        fresh = msgspec.structs.replace(
            now,
            generation=before.generation + 1,
            offset=0,
            tail=b"",
            head_digest=b"",
            last_digest=b"",
            skipping=False,
            lines=0,
        )
        return writer.Chunk(checkpoint=fresh, place=place, closing=closing)

    def _is_continued(self, file: int, step: plan.Step, before: checkpoints.Checkpoint, size: int) -> bool:
        """Return whether the file still begins with what was read.

        A plain READ looks at the first and last bytes before the checkpoint; VERIFY compares every frame of the
        archive.
        """
        if step is plan.Step.REWRITE or size < before.offset:
            return False
        if step is plan.Step.VERIFY:
            frames = self.digests_of(before.transcript_id, before.generation)
            gaps = self.gaps_of(before.transcript_id, before.generation)
            return all(_digest_at(file, offset, length, gaps) == digest for offset, length, digest in frames)
        return before.offset == 0 or _ends_of(file, before.offset) == (before.head_digest, before.last_digest)

    def _read_lines(self, file: int, chunk: writer.Chunk, item: queue.Item, one: source.Source) -> Outcome:
        """Read whole lines into `chunk`, at most about `step_bytes`, and archive them."""
        start = chunk.checkpoint
        found, gaps = self._cleared(self._next_bytes(file, start), start.mtime_ns)
        at_end = start.offset + len(found) >= start.size
        rest = b""
        if start.skipping or (b"\n" not in found and len(found) > self._longest):
            taken, gaps = self._take_part_of_line(found, gaps, chunk)
        else:
            taken, rest = self._take_lines(found, chunk, item, one, at_end=at_end)
        start.tail, cut = self._unfinished(rest if at_end else b"")
        gaps += [(taken + offset, length, kind) for offset, length, kind in cut]
        kept = taken + len(start.tail)
        chunk.gaps = [(start.offset + offset, length, kind) for offset, length, kind in gaps if offset < kept]
        start.offset += taken
        start.head_digest, start.last_digest = _ends_of(file, start.offset)
        start.quarantined += len(chunk.bad)
        read_to = start.offset + len(start.tail)  # less than what was read, where a line was skipped or others wait
        return Outcome(chunk=chunk, more=not at_end or read_to < start.size)

    def _next_bytes(self, file: int, start: checkpoints.Checkpoint) -> bytes:
        """Return `step_bytes`, or what the first line has; of one that is too long a byte more than it may have."""
        found = _read(file, start.offset, min(self.step_bytes, start.size - start.offset))
        while found and b"\n" not in found and len(found) <= self._longest and start.offset + len(found) < start.size:
            wanted = min(len(found), self._longest + 1 - len(found)) or 1
            found += _read(file, start.offset + len(found), wanted)
        return found

    def _take_part_of_line(
        self, found: bytes, gaps: list[tombstones.Gap], chunk: writer.Chunk
    ) -> tuple[int, list[tombstones.Gap]]:
        """Archive what is here of a line that is too long to parse; return how many bytes, and the gaps in them."""
        taken = _skip(found, chunk, self._longest)
        if self.redacts:  # where its pieces begin and end a secret could be cut in two: nothing of it is kept
            gaps = [(0, taken, None)]
            found = tombstones.blanked(found, gaps)
        chunk.packing = self._packer.begin(found[:taken], chunk.checkpoint.offset)
        chunk.packing_bytes = taken
        return taken, gaps

    def _take_lines(
        self, found: bytes, chunk: writer.Chunk, item: queue.Item, one: source.Source, *, at_end: bool
    ) -> tuple[int, bytes]:
        """Archive and parse the lines in `found`; return how many bytes, and the beginning of a line after them."""
        lines, rest = _split(found)
        taken = len(found) - len(rest)
        if item.care and lines:  # the others wait for their turn
            lines, rest = lines[:1], b""
            taken = len(lines[0]) + 1
        elif at_end and item.care is not queue.Care.UNREAD and _is_whole_record(rest, one, chunk.place):
            lines.append(rest)
            taken, rest = len(found), b""
        chunk.packing = self._packer.begin(memoryview(found)[:taken], chunk.checkpoint.offset)
        chunk.packing_bytes = taken
        if item.care is queue.Care.UNREAD:
            _set_aside(lines, chunk, item.why)
        else:
            _parse(lines, chunk, one, self._longest)
        return taken, rest

    def _cleared(self, content: bytes, mtime_ns: int, *, is_json: bool = True) -> tuple[bytes, list[tombstones.Gap]]:
        """Return `content` without what was forgotten, and without what is not to be kept; the gaps."""
        secrets = masking.find(content, is_json=is_json) if self.redacts else []
        secrets += self.drops(content, is_json, mtime_ns) if self.drops else []
        masked = tombstones.blanked(content, secrets)
        lines = self.forgotten.gaps(content, masked if secrets else None)
        whole = {(offset, length) for offset, length, _ in lines}
        spared = [gap for gap in secrets if not any(at <= gap[0] < at + length for at, length in whole)]
        return tombstones.blanked(masked, lines), [*spared, *lines]

    def _unfinished(self, rest: bytes) -> tuple[bytes, list[tombstones.Gap]]:
        """Return the beginning of a line as it is kept until the rest comes, and the gaps in it."""
        cut = masking.unfinished(rest) if self.redacts else []
        return tombstones.blanked(rest, cut), cut

    # ── files that are replaced as a whole ──

    def _read_whole(
        self,
        file: int,
        before: checkpoints.Checkpoint,
        now: checkpoints.Checkpoint,
        item: queue.Item,
        one: source.Source,
    ) -> Outcome:
        """Read a file that is written once or replaced.

        It is archived as a generation of its own unless nothing changed.
        """
        content = _read(file, 0, min(now.size, self._longest))
        digest = hashlib.sha256(content).digest()
        place = item.found.place
        chunk = writer.Chunk(checkpoint=now, place=place, started_at=now.offset)
        if before.transcript_id and digest == before.last_digest and now.size == before.size:
            return Outcome(chunk=chunk, more=False)
        chunk.started_at = 0
        now.generation += before.transcript_id != 0
        now.offset, now.last_digest = len(content), digest
        now.head_digest = hashlib.sha256(content[:_HEAD]).digest()
        content, chunk.gaps = self._cleared(content, now.mtime_ns, is_json=False)
        chunk.frames = self._packer.frames(content, 0)
        while piece := _read(file, now.offset, archive.FRAME_BYTES) if len(content) == self._longest else b"":
            if self.redacts:
                chunk.gaps.append((now.offset, len(piece), None))
                piece = tombstones.blanked(piece, [(0, len(piece), None)])
            chunk.frames += self._packer.frames(piece, now.offset)  # too long to parse; kept all the same
            now.offset += len(piece)
        if now.offset > self._longest:
            chunk.bad.append((self._longest, now.offset - self._longest, f"the rest of a file of {now.offset} bytes"))
            now.quarantined += 1
        if item.care:
            chunk.bad.append((0, len(content), item.why))
            now.quarantined += 1
        else:
            told = one.read_whole(content, place)
            chunk.readings = [(reading, 0, len(content)) for reading in told.readings]
        return Outcome(chunk=chunk, more=False)


def _unreadable(path: str, error: OSError) -> errors.TranscriptUnreadable:
    return errors.TranscriptUnreadable(f"{path} cannot be read: {error.strerror or error}.", "It is tried again later.")


def _ends_of(file: int, offset: int) -> tuple[bytes, bytes]:
    """Return the digests of the first and of the last bytes before `offset`."""
    first = _digest_at(file, 0, min(_HEAD, offset))
    return first, _digest_at(file, max(0, offset - _LAST), min(_LAST, offset))


def _digest_at(file: int, offset: int, length: int, gaps: list[tombstones.Gap] | None = None) -> bytes:
    here = [(start - offset, size, kind) for start, size, kind in gaps or ()]
    return hashlib.sha256(tombstones.blanked(_read(file, offset, length), here)).digest()


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


def _split(found: bytes) -> tuple[list[bytes], bytes]:
    """Return the lines of `found` without their line feeds, and what stands after the last one.

    A stream looks for line feeds many bytes at a time; `bytes.split` looks at each, which takes ten times as long.
    """
    lines = [line[:-1] for line in io.BytesIO(found)]
    end = found.rfind(b"\n") + 1
    if end < len(found):
        lines.pop()
    return lines, found[end:]


def _skip(found: bytes, chunk: writer.Chunk, longest: int) -> int:
    """Take bytes of a line that is too long to parse, up to its end if that is here; return how many."""
    start = chunk.checkpoint
    end = found.find(b"\n") + 1
    if not start.skipping:
        chunk.bad.append((start.offset, longest, f"a line of more than {longest} bytes"))
    start.skipping = end == 0
    start.lines += end > 0
    return end or len(found)


def _parse(lines: list[bytes], chunk: writer.Chunk, one: source.Source, longest: int) -> None:
    """Add what `lines`, which stand one after the other from the checkpoint on, tell, each with its place."""
    offset = chunk.checkpoint.offset
    place = chunk.place
    taken = 0
    for line in lines:
        length = len(line)
        if length > longest:
            chunk.bad.append((offset, longest, f"a line of more than {longest} bytes"))
            taken += 1
        elif line and not line.isspace():
            told = one.read_line(line, place)
            for reading in told.readings:
                chunk.readings.append((reading, offset, length))
            for bad in told.bad:
                chunk.bad.append((offset + bad.offset, bad.length, bad.reason))
            taken += 1
        offset += length + 1
    chunk.checkpoint.lines += taken


def _set_aside(lines: list[bytes], chunk: writer.Chunk, why: str) -> None:
    """Take `lines` for what nothing can be made of."""
    offset = chunk.checkpoint.offset
    for line in lines:
        chunk.bad.append((offset, len(line), why))
        chunk.checkpoint.lines += 1
        offset += len(line) + 1


def _is_whole_record(rest: bytes, one: source.Source, place: model.Place) -> bool:
    """Return whether an unfinished last line is a whole record that only lacks its line feed.

    Nothing more belongs to it.
    """
    if not rest.rstrip().endswith(b"}"):
        return False
    told = one.read_line(rest, place)
    return bool(told.readings) and not told.bad

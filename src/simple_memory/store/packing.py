"""Long texts as small bytes: compressed, or as the place in the archive where they stand already.

A tool's long output is in its transcript, and the transcript is in the archive: storing it again would cost a tenth of
the transcripts' size. So a row keeps its beginning in plain sight, and in a column `packed` either a compressed copy or
a reference, which `LongTexts` follows.
"""

from __future__ import annotations

import struct
import sys
import threading
from collections.abc import Callable

import apsw

TYPE_CHECKING = False
if TYPE_CHECKING:
    import zstandard

LONG_TEXT = 1000
"""A text of more characters than this is packed; the row keeps its beginning."""
BEGINNING = 400
"""Characters of a long text that its row keeps in plain sight."""
DEEPEST = 50
"""Objects and lists inside one another in a cut JSON object; what is deeper is left out."""
LARGEST = 256 * 1024 * 1024
"""No text that unpacks to more bytes than this was ever packed."""
FRAMES_KEPT = 4

_SEPARATOR = "\x00"
_REFERENCE = struct.Struct("<BqqqI")  # kind, transcript id, generation, offset, length
STRING = 1
"""Kind of a reference: the bytes are a JSON string."""
VERBATIM = 2
"""Kind of a reference: the bytes are the text."""
HEAD = _REFERENCE.size
"""Bytes of a packed text that tell how long it is."""
_SHRUNK = 3
"""Characters that a compressed byte stands for, about."""
_local = threading.local()


def pack(*texts: str) -> bytes:
    """Return `texts` (without U+0000) as one compressed block."""
    compressor: zstandard.ZstdCompressor | None = getattr(_local, "compressor", None)
    if compressor is None:
        import zstandard

        compressor = _local.compressor = zstandard.ZstdCompressor(level=1)
    return compressor.compress(_SEPARATOR.join(texts).encode("utf-8"))


def refer(kind: int, transcript_id: int, generation: int, offset: int, length: int, *more: str) -> bytes:
    """Return a reference to bytes of a transcript, of kind STRING or VERBATIM; `more` is packed beside it."""
    return _REFERENCE.pack(kind, transcript_id, generation, offset, length) + (pack(*more) if more else b"")


def pack_file(text: str, place: tuple[int, int, int], length: int) -> bytes:
    """Return the text of a file whose `length` bytes are archived at `place` (transcript id, generation, offset).

    A reference where the text is these very bytes, else compressed: U+FFFD stands where it may not be.
    """
    if "\ufffd" in text or len(text.encode("utf-8")) != length:
        return pack(text)
    return refer(VERBATIM, *place, length)


def length_about(head: bytes, size: int) -> int:
    """Return how many characters a packed text has, about, from its first HEAD bytes and its size in bytes."""
    if len(head) == HEAD and head[0] in (STRING, VERBATIM):
        length: int = _REFERENCE.unpack_from(head)[-1]
        return length
    return size * _SHRUNK


def cut(text: str) -> str:
    """Return the beginning of a long text, as its row keeps it."""
    return text[:BEGINNING]


def cut_json(text: str) -> str:
    """Return a JSON object with its long strings cut, so that it is short and still JSON."""
    import msgspec

    return msgspec.json.encode(_cut_value(msgspec.json.decode(text))).decode("utf-8")


def _cut_value(value: object, deepest: int = DEEPEST) -> object:
    if isinstance(value, str):
        return value if len(value) <= BEGINNING else value[:BEGINNING] + "…"
    if isinstance(value, list | dict) and deepest == 0:
        return "…"
    if isinstance(value, list):
        return [_cut_value(inner, deepest - 1) for inner in value[:20]]
    if isinstance(value, dict):
        return {key: _cut_value(inner, deepest - 1) for key, inner in value.items()}
    return value


class LongTexts:
    """Gives packed texts back.

    `connect` gives the connection with which references are followed; it is asked when the first one is met.
    `scattered`: one text here and one there is asked for, so that of a frame no more is unpacked than is needed.
    """

    def __init__(self, connect: Callable[[], apsw.Connection], *, scattered: bool = False) -> None:
        self._connect = connect
        self._scattered = scattered
        self._connection: apsw.Connection | None = None
        self._frames: dict[tuple[int, int, int], tuple[int, bytes]] = {}

    def first(self, plain: str | None, packed: bytes | None) -> str | None:
        """Return the first text of `packed`, or `plain` where nothing was packed. Raises StoreDamaged."""
        if packed is None:
            return plain
        if packed[0] in (STRING, VERBATIM):
            return self._follow(packed)
        return _unpack(packed)[0]

    def second(self, plain: str | None, packed: bytes | None) -> str | None:
        """Return the second text of `packed`, or `plain` where nothing, or only one text, was packed."""
        if packed is None:
            return plain
        if packed[0] in (STRING, VERBATIM):
            rest = packed[_REFERENCE.size :]
            return _unpack(rest)[0] if rest else plain
        texts = _unpack(packed)
        return (texts[1] or None) if len(texts) > 1 else plain

    def _follow(self, packed: bytes) -> str:
        kind, transcript_id, generation, offset, length = _REFERENCE.unpack_from(packed)
        found = self._bytes_at(transcript_id, generation, offset, length).decode("utf-8")
        if kind == VERBATIM:
            return found
        return _decoded(found)

    def _bytes_at(self, transcript_id: int, generation: int, offset: int, length: int) -> bytes:
        pieces = []
        while length > 0:
            piece = self._piece_at(transcript_id, generation, offset, length)
            pieces.append(piece)
            offset += len(piece)
            length -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _piece_at(self, transcript_id: int, generation: int, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset` on, or as many as their frame has."""
        if self._connection is None:
            self._connection = self._connect()
        from simple_memory.store import archive

        if self._scattered:
            return archive.piece_at(self._connection, transcript_id, generation, offset, length)
        start, content = self._frame_at(self._connection, transcript_id, generation, offset)
        return content[offset - start : offset - start + length]

    def _frame_at(
        self, connection: apsw.Connection, transcript_id: int, generation: int, offset: int
    ) -> tuple[int, bytes]:
        """Return the frame that holds a byte, as (offset, bytes); the latest few are kept."""
        for (kept_id, kept_generation, start), frame in self._frames.items():
            if kept_id == transcript_id and kept_generation == generation and start <= offset < start + len(frame[1]):
                return frame
        from simple_memory.store import archive

        frame = archive.frame_at(connection, transcript_id, generation, offset)
        if len(self._frames) >= FRAMES_KEPT:
            del self._frames[next(iter(self._frames))]
        self._frames[transcript_id, generation, frame[0]] = frame
        return frame


def _decoded(found: str) -> str:
    """Return a JSON string decoded, by the quicker library where the process has it anyway, as the indexing one has."""
    if "msgspec" in sys.modules:
        import msgspec

        return msgspec.json.decode(found, type=str)
    import json

    return str(json.loads(found))


def _unpack(packed: bytes) -> list[str]:
    decompressor: zstandard.ZstdDecompressor | None = getattr(_local, "decompressor", None)
    if decompressor is None:
        import zstandard

        decompressor = _local.decompressor = zstandard.ZstdDecompressor()
    return decompressor.decompress(packed, max_output_size=LARGEST).decode("utf-8").split(_SEPARATOR)

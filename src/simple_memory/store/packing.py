"""Long texts as compressed bytes; not the archive, which keeps the transcripts' own bytes."""

from __future__ import annotations

import threading

import zstandard

LONG_TEXT = 1500
"""A text of more characters than this is stored compressed; the row keeps its beginning."""
BEGINNING = 400
"""Characters of a long text that its row keeps in plain sight."""
LARGEST = 256 * 1024 * 1024
"""No text that unpacks to more bytes than this was ever packed."""

_SEPARATOR = "\x00"
_local = threading.local()


def pack(*texts: str) -> bytes:
    """Return `texts` (without U+0000) as one compressed block, to be taken apart by `unpack`."""
    compressor: zstandard.ZstdCompressor | None = getattr(_local, "compressor", None)
    if compressor is None:
        compressor = _local.compressor = zstandard.ZstdCompressor(level=1)
    return compressor.compress(_SEPARATOR.join(texts).encode("utf-8"))


def unpack(packed: bytes) -> list[str]:
    """Return the texts that `pack` was given. Raises zstandard.ZstdError for damaged bytes."""
    decompressor: zstandard.ZstdDecompressor | None = getattr(_local, "decompressor", None)
    if decompressor is None:
        decompressor = _local.decompressor = zstandard.ZstdDecompressor()
    return decompressor.decompress(packed, max_output_size=LARGEST).decode("utf-8").split(_SEPARATOR)


def unpack_first(plain: str | None, packed: bytes | None) -> str | None:
    """Return the first text of `packed`, or `plain` where nothing was packed."""
    return plain if packed is None else unpack(packed)[0]


def unpack_second(plain: str | None, packed: bytes | None) -> str | None:
    """Return the second text of `packed`, or `plain` where nothing, or only one text, was packed."""
    if packed is None:
        return plain
    texts = unpack(packed)
    return texts[1] if len(texts) > 1 else plain

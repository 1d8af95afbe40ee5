"""The archive's dictionaries: what its frames have in common, so that zstd need not say it in each; not the frames.

A frame that was packed with one names it in its own head (zstd's dictionary id), and cannot be read without it. So each
is kept twice, in rows of their own, with its digest. It holds pieces of transcripts as they are: whatever takes bytes
out of the archive for good drops the dictionaries too (see repacking.unlearn).
"""

from __future__ import annotations

import threading

import apsw

from simple_memory import errors
from simple_memory.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import zstandard

COPIES = (0, 1)
_LEVEL = 12
HEAD_BYTES = 18
"""A zstd frame's head is no longer."""
_local = threading.local()


class Kept(NamedTuple):
    """A dictionary that the store has: its zstd id, and the bytes of transcripts that there were when it was made."""

    id: int
    trained_on: int


def decompressor(connection: apsw.Connection, packed: bytes) -> zstandard.ZstdDecompressor:
    """Return what unpacks `packed`, with the dictionary that it names, if any; one per thread and dictionary is kept.

    Raises StoreDamaged where the dictionary is not there, or not whole; zstandard.ZstdError for what is no frame.
    """
    import zstandard

    wanted = zstandard.get_frame_parameters(packed).dict_id
    made: dict[int, zstandard.ZstdDecompressor] | None = getattr(_local, "decompressors", None)
    if made is None:
        made = _local.decompressors = {}
    if wanted not in made:
        made[wanted] = zstandard.ZstdDecompressor(dict_data=find(connection, wanted)) if wanted else _plain()
    return made[wanted]


def _plain() -> zstandard.ZstdDecompressor:
    import zstandard

    return zstandard.ZstdDecompressor()


def names_one(head: bytes) -> bool:
    """Return whether a frame, of which these are the first HEAD_BYTES or all, was packed with a dictionary."""
    import zstandard

    try:
        return bool(zstandard.get_frame_parameters(head).dict_id)
    except zstandard.ZstdError:  # no frame at all: it is damaged
        return False


def find(connection: apsw.Connection, dictionary_id: int) -> zstandard.ZstdCompressionDict:
    """Return a dictionary, out of the first of its copies that is whole. Raises StoreDamaged where none is."""
    import zstandard

    for digest, packed in _copies(connection, dictionary_id):
        if _digest(packed) == digest:
            return zstandard.ZstdCompressionDict(_plain().decompress(packed))
    raise errors.StoreDamaged(
        f"The archive's dictionary {dictionary_id} is damaged or missing.",
        "`simple-memory doctor` begins from the newest good backup.",
    )


def newest(connection: apsw.Connection) -> Kept | None:
    """Return the dictionary that was made last, None where there is none."""
    row: Any = connection.execute("SELECT id, trained_on FROM dictionary ORDER BY trained_on DESC LIMIT 1").fetchone()
    return Kept(*row) if row else None


def add(connection: apsw.Connection, content: bytes, trained_on: int) -> int:
    """Store a dictionary, twice; return its id. The caller has a transaction open."""
    import zstandard

    made = zstandard.ZstdCompressionDict(content).dict_id()
    _write(connection, made, trained_on, zstandard.ZstdCompressor(level=_LEVEL).compress(content))
    return made


def _write(connection: apsw.Connection, dictionary_id: int, trained_on: int, packed: bytes) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO dictionary (id, copy, digest, trained_on, packed) VALUES (?, ?, ?, ?, ?)",
        [(dictionary_id, copy, _digest(packed), trained_on, packed) for copy in COPIES],
    )


def mend(connection: apsw.Connection) -> int:
    """Write anew every copy that is not what the other one still is; return how many. No transaction may be open."""
    mended = 0
    for dictionary_id, trained_on in _all(connection):
        whole = [packed for digest, packed in _copies(connection, dictionary_id) if _digest(packed) == digest]
        if whole and len(whole) < len(COPIES):
            with connection:
                _write(connection, dictionary_id, trained_on, whole[0])
            mended += len(COPIES) - len(whole)
    return mended


def drop(connection: apsw.Connection) -> None:
    """Delete every dictionary. No frame may be left that was packed with one."""
    connection.execute("DELETE FROM dictionary")


def problems(connection: apsw.Connection) -> list[str]:
    """Return a sentence for each dictionary of which no copy, or only one, is whole."""
    told = []
    for dictionary_id, _ in _all(connection):
        whole = sum(_digest(packed) == digest for digest, packed in _copies(connection, dictionary_id))
        if whole < len(COPIES):
            told.append(f"the dictionary {dictionary_id}: {whole} of its {len(COPIES)} copies are whole")
    return told


def _all(connection: apsw.Connection) -> list[Kept]:
    rows: list[Any] = connection.execute("SELECT id, max(trained_on) FROM dictionary GROUP BY id").fetchall()
    return [Kept(*row) for row in rows]


def _copies(connection: apsw.Connection, dictionary_id: int) -> list[tuple[bytes, bytes]]:
    rows: list[Any] = connection.execute(
        "SELECT digest, packed FROM dictionary WHERE id = ? ORDER BY copy", (dictionary_id,)
    ).fetchall()
    return rows


def _digest(packed: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(packed).digest()

"""The archive gives back the bytes that it took, and says so when it cannot."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from simple_memory import errors
from simple_memory.store import archive, paths
from tests.builders import transcript
from tests.sync import stores


def damage(memory: stores.Memory, sql: str) -> None:
    memory.engine.close()
    raw = apsw.Connection(memory.home.database)
    raw.execute(sql)
    raw.close()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE frame SET packed = x'28b52ffd00'",
        "UPDATE frame SET digest = zeroblob(32)",
        "DELETE FROM frame WHERE offset > 0 AND offset < (SELECT max(offset) FROM frame)",
    ],
    ids=["bytes", "digest", "gap"],
)
def test_a_damaged_archive_is_never_given_back_as_if_it_were_whole(tmp_path: Path, sql: str) -> None:
    claude = tmp_path / "claude"
    session = transcript.Session()
    with stores.Memory(tmp_path, claude) as memory:
        for word in ("one", "two", "three", "four"):
            session.prompt(word).append(claude)
            memory.sync()
        damage(memory, sql)
        with memory.reader() as opened, pytest.raises(errors.StoreDamaged) as raised:
            list(archive.read_transcript(opened, 1))
        assert raised.value.hint


def test_bytes_from_the_middle_begin_with_the_frame_that_holds_them(tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    path = transcript.Session().prompt("x " * archive.FRAME_BYTES).prompt("end").write(claude)
    whole = path.read_bytes()
    with stores.Memory(tmp_path, claude) as memory, memory.reader() as opened:
        memory.sync()
        frames = list(archive.read_frames(opened, 1, 0, archive.FRAME_BYTES + 5))
    assert frames[0][0] == archive.FRAME_BYTES
    assert b"".join(piece for _, piece in frames) == whole[archive.FRAME_BYTES :]


@given(st.binary(min_size=1).map(lambda raw: raw.replace(b"\x00", b"/")))
def test_a_path_of_any_bytes_comes_back_as_it_was(raw: bytes) -> None:
    path = raw.decode("utf-8", "surrogateescape")
    text = paths.path_to_text(path)
    text.encode("utf-8")
    assert paths.path_from_text(text) == path or path.endswith("\x01")


@given(
    st.binary(min_size=1, max_size=9).map(lambda piece: piece + b" "),
    st.integers(archive.BULK_BYTES, 3 * archive.FRAME_BYTES),
)
@settings(max_examples=5)
def test_frames_that_are_made_beside_give_the_bytes_that_came_in_and_their_place(piece: bytes, size: int) -> None:
    packer = archive.Packer()
    content = (piece * size)[:size]
    made = packer.begin(content, 7)()
    packer.close()
    assert [(frame.offset, frame.length) for frame in made] == [
        (7 + start, min(archive.FRAME_BYTES, len(content) - start))
        for start in range(0, len(content), archive.FRAME_BYTES)
    ]
    whole = b"".join(zstandard.ZstdDecompressor().decompress(frame.packed) for frame in made)
    assert whole == content
    assert [frame.digest for frame in made] == [
        archive.digest_of(content[start : start + archive.FRAME_BYTES])
        for start in range(0, len(content), archive.FRAME_BYTES)
    ]


def test_a_packer_that_was_closed_packs_again() -> None:
    packer = archive.Packer()
    for _ in range(2):
        assert len(packer.begin(b"x" * archive.BULK_BYTES, 0)()) == 1
        packer.close()

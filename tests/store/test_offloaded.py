"""An output that went to a file of its own is stored once: in the archive, where its row refers to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from simple_memory.store import packing
from tests.builders import transcript
from tests.sync import stores

LONG = "".join(f"größe {number}: the shelf holds {number * 7} parcels\n" for number in range(900))
PACKED = "SELECT hex(substr(packed, 1, 1)), length(packed) FROM message WHERE kind = 'tool_output'"
TEXT = "SELECT text FROM attachments WHERE kind = 'tool_output'"


def filled(tmp_path: Path) -> stores.Memory:
    """Give a store, and its engine still open, that has read a session with one off-loaded output."""
    transcript.Session().prompt("List them").offloaded("ls -R", LONG).write(tmp_path / "claude")
    memory = stores.Memory(tmp_path, tmp_path / "claude")
    memory.engine.open()
    return memory.sync()


def output_file(memory: stores.Memory) -> Path:
    return next(memory.claude.rglob("tool-results/*.txt"))


def test_its_row_refers_to_the_archive_and_gives_it_whole(tmp_path: Path) -> None:
    memory = filled(tmp_path)
    assert memory.ask(PACKED) == [(f"{packing.VERBATIM:02}", len(packing.refer(packing.VERBATIM, 1, 0, 0, 1)))]
    assert memory.one(TEXT) == LONG
    memory.engine.close()


def test_an_output_that_was_written_anew_is_given_as_it_is_now(tmp_path: Path) -> None:
    memory = filled(tmp_path)
    output_file(memory).write_text(LONG[::-1], encoding="utf-8")
    memory.sync()
    assert memory.one(TEXT) == LONG[::-1]
    output_file(memory).write_text("short", encoding="utf-8")
    memory.sync()
    assert memory.one("SELECT packed FROM message WHERE kind = 'tool_output'") is None
    assert memory.one(TEXT) == "short"
    memory.engine.close()


@pytest.mark.parametrize(
    "strange",
    [b"\xff", b"\x00", "\ufffd".encode(), "🧭".encode()[:3], b"\xed\xa0\x80"],
    ids=["no UTF-8", "NUL", "the mark of a damaged character", "three bytes of four", "a lone surrogate"],
)
def test_a_file_that_is_no_clean_text_is_kept_beside_its_bytes(tmp_path: Path, strange: bytes) -> None:
    memory = filled(tmp_path)
    content = LONG.encode() + strange
    output_file(memory).write_bytes(content)
    memory.sync()
    assert memory.ask(PACKED)[0][0] == "28"  # as zstd begins
    assert memory.one(TEXT) == content.decode("utf-8", "replace").replace("\x00", "\ufffd")
    assert memory.latest()[str(output_file(memory))] == content
    memory.engine.close()

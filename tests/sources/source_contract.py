"""What every source must keep. Not a test itself: subclass `SourceContract` as Test… and say what the agent writes.

class TestCodex(source_contract.SourceContract):
    source = codex.Codex()
    line_paths = ("2026/01/05/rollout-….jsonl",)      # below a root; files that grow by lines
    lines = builders.codex.all_kinds()                  # whole lines, each with its line feed
    foreign_paths = ("history.jsonl",)                  # what lies there and is not ours
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from simple_memory import model
from simple_memory.sources import registry, source
from tests.sync import stores

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ANY_BYTES = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"nonsense",
    b"\x00",
    b"\xff" * 50,
    b'{"type":',
    b"[" * 50_000,
    b'{"a":"\\ud800"}',
    b"1e999",
)


class Placed:
    """A source whose only root is a folder of the test."""

    def __init__(self, one: source.Source, root: Path) -> None:
        self._one = one
        self._root = str(root)
        self.agent = one.agent
        self.place = one.place
        self.read_line = one.read_line
        self.read_whole = one.read_whole

    def roots(self) -> list[str]:
        """Return that folder."""
        return [self._root]


class SourceContract:
    """The promises of a source; the attributes say what the agent writes."""

    source: source.Source
    line_paths: Sequence[str]
    lines: Sequence[bytes]
    whole_paths: Sequence[str] = ()
    foreign_paths: Sequence[str] = ()

    def _place(self, path: str) -> model.Place:
        place = self.source.place("/root", f"/root/{path}")
        assert place is not None, path
        return place

    def test_it_is_in_the_registry_under_a_name_of_its_own(self) -> None:
        names = [one.agent for one in registry.SOURCES]
        assert names.count(self.source.agent) == 1
        assert re.fullmatch("[a-z0-9-]+", self.source.agent)

    def test_its_roots_are_absolute_and_need_not_exist(self) -> None:
        assert all(root.startswith("/") for root in self.source.roots())

    def test_it_knows_its_files_by_their_paths_and_leaves_others_alone(self) -> None:
        assert all(self._place(path).form is model.Form.LINES for path in self.line_paths)
        assert all(self._place(path).form is model.Form.WHOLE for path in self.whole_paths)
        assert all(self.source.place("/root", f"/root/{path}") is None for path in self.foreign_paths)
        assert self.source.place("/root", "/elsewhere/file") is None

    def test_every_place_names_the_agent(self) -> None:
        assert {self._place(path).agent for path in (*self.line_paths, *self.whole_paths)} == {self.source.agent}

    def test_every_line_that_the_agent_writes_is_understood(self) -> None:
        place = self._place(self.line_paths[0])
        for line in self.lines:
            told = self.source.read_line(line.rstrip(b"\n"), place)
            assert told.bad == ()
            assert told.readings
            assert all(reading.understood for reading in told.readings), line[:200]

    def test_a_line_is_read_the_same_every_time(self) -> None:
        place = self._place(self.line_paths[0])
        for line in self.lines:
            assert self.source.read_line(line, place) == self.source.read_line(line, place)

    def test_every_message_has_an_identity_storable_text_and_a_time_in_one_form(self) -> None:
        place = self._place(self.line_paths[0])
        for line in self.lines:
            for reading in self.source.read_line(line, place).readings:
                message = reading.message
                if message is not None:
                    assert message.origin or message.uuid
                    assert "\x00" not in message.text
                    message.text.encode("utf-8")
                    assert message.timestamp is None or TIME.fullmatch(message.timestamp)

    @pytest.mark.parametrize("junk", ANY_BYTES, ids=range(len(ANY_BYTES)))
    def test_no_bytes_at_all_make_it_raise_and_none_are_lost(self, junk: bytes) -> None:
        place = self._place(self.line_paths[0])
        told = self.source.read_line(junk, place)
        assert told.readings or told.bad or not junk.strip()
        for path in self.whole_paths:
            self.source.read_whole(junk, self._place(path))

    def test_every_line_cut_anywhere_is_damage_and_never_an_error(self) -> None:
        place = self._place(self.line_paths[0])
        for line in self.lines:
            for cut in range(1, len(line) - 1, 13):
                for part in (line[:cut], line[cut:]):
                    for bad in self.source.read_line(part, place).bad:
                        assert 0 <= bad.offset < bad.offset + bad.length <= len(part)

    def test_a_store_gives_its_transcript_back_byte_for_byte_and_reads_it_once(self, tmp_path: Path) -> None:
        path = tmp_path / "agent" / self.line_paths[0]
        path.parent.mkdir(parents=True)
        path.write_bytes(b"".join(self.lines))
        placed = Placed(self.source, tmp_path / "agent")
        with stores.Memory(tmp_path, tmp_path, sources=(placed,)) as memory:
            first = memory.sync().tell()
            again = memory.sync(verify=True).tell()
            stores.assert_counts_hold(memory)
            assert first == again
            assert memory.latest() == {str(path): path.read_bytes()}
            assert memory.one("SELECT count(*) FROM messages") > 0

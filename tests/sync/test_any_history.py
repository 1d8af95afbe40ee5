"""Whatever happens to transcripts and the sync, the store converges to what one pass would tell."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from simple_memory.store import writer
from tests.sync import stores, tangle

PIECE = st.integers(min_value=1, max_value=700)


class PowerCut(RuntimeError):
    """The machine stops at the worst moment."""


class History(RuleBasedStateMachine):
    """A few transcripts that grow in pieces, while the sync runs, crashes and starts again.

    `whole` is what the files will hold in the end, `done` how much of each is written.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="history-"))
        self.claude = self.folder / "claude"
        self.claude.mkdir()
        self.memory = stores.Memory(self.folder, self.claude)
        self.memory.engine.open()
        self.whole: dict[Path, bytes] = {}
        self.done: dict[Path, int] = {}
        self.hidden: set[Path] = set()
        self.replaced: dict[Path, list[bytes]] = {}
        self.clock = 1_700_000_000

    @initialize(seed=st.integers(0, 10_000))
    def begin(self, seed: int) -> None:
        scratch = self.folder / "scratch"
        tangle.write(scratch, seed)
        for name, content in stores.every_file(scratch).items():
            if name.endswith(".jsonl"):
                path = self.claude / Path(name).relative_to(scratch)
                self.whole[path], self.done[path] = content, 0
        self.paths = sorted(self.whole)

    def put(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.read_bytes() == content[: path.stat().st_size]:
            with path.open("ab") as file:
                file.write(content[path.stat().st_size :])
        else:
            path.write_bytes(content)
        self.clock += 1
        os.utime(path, (self.clock, self.clock))

    @rule(pick=st.integers(0, 99), piece=PIECE)
    def append(self, pick: int, piece: int) -> None:
        path = self.paths[pick % len(self.paths)]
        if path not in self.hidden:
            self.done[path] = min(len(self.whole[path]), self.done[path] + piece)
            self.put(path, self.whole[path][: self.done[path]])

    @rule(pick=st.integers(0, 99))
    def append_the_rest(self, pick: int) -> None:
        self.append(pick, 1 << 30)

    @rule()
    def sync(self) -> None:
        self.memory.sync()

    @rule(pick=st.integers(0, 99))
    def read_one(self, pick: int) -> None:
        self.memory.note(self.paths[pick % len(self.paths)])

    @rule()
    def restart(self) -> None:
        self.memory.restart()

    @rule(writes=st.integers(0, 3))
    def crash_before_commit(self, writes: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            real = writer.Writer.commit
            left = [writes]

            def commit(this: writer.Writer, now: str) -> writer.Counts:
                if left[0] == 0:
                    raise PowerCut
                left[0] -= 1
                return real(this, now)

            patch.setattr(writer.Writer, "commit", commit)
            try:
                self.memory.sync()
            except PowerCut:
                pass
        if writes % 2:
            self.memory.restart()

    @rule(pick=st.integers(0, 99))
    def touch(self, pick: int) -> None:
        path = self.paths[pick % len(self.paths)]
        if path.exists():
            self.put(path, path.read_bytes())

    @rule(pick=st.integers(0, 99))
    def replace_by_an_equal_file(self, pick: int) -> None:
        path = self.paths[pick % len(self.paths)]
        if path.exists():
            copy = path.with_suffix(".new")
            shutil.copy(path, copy)
            copy.rename(path)

    @rule(pick=st.integers(0, 99))
    def delete(self, pick: int) -> None:
        path = self.paths[pick % len(self.paths)]
        if path.exists():
            path.unlink()
            self.hidden.add(path)

    @precondition(lambda self: self.hidden)
    @rule()
    def bring_back(self) -> None:
        path = min(self.hidden)
        self.hidden.discard(path)
        self.put(path, self.whole[path][: self.done[path]])

    @invariant()
    def nothing_is_counted_wrong(self) -> None:
        if self.memory.engine.totals().read:
            with self.memory.reader() as opened:
                assert self.memory.tell()["counter"] == list(opened.execute(stores.FROM_TABLES))

    def teardown(self) -> None:
        try:
            if self.whole:
                self.converges()
        finally:
            self.memory.engine.close()
            shutil.rmtree(self.folder)

    def converges(self) -> None:
        while self.hidden:
            self.bring_back()
        for path, content in self.whole.items():
            self.put(path, content)
        self.memory.sync()
        stores.assert_counts_hold(self.memory)
        wanted, archive = stores.once(self.folder / "one-shot", self.claude)
        stores.assert_same(self.memory.tell(), wanted)
        assert self.memory.latest() == archive == {str(path): content for path, content in self.whole.items()}


TestHistory = History.TestCase
TestHistory.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)

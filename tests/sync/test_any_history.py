"""Whatever happens to transcripts and the sync, the store converges to what one pass would tell (fault T1).

Transcripts grow in pieces cut at any byte, are cut, edited, rewritten, replaced, deleted; the sync stops, fails, and is
killed between any two of its statements. Where no file was ever changed but by growing, the end is what one pass over
the files gives. Where one was, it is what a pass over each of its generations gives, one after the other.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from simple_memory.store import writer
from tests.sync import stores, tangle

PIECE = st.integers(min_value=1, max_value=700)


ORDER = {"messages": (1, 2, 12), "tool_calls": (12, 14), "attachments": (1,), "notes": (1,)}
"""Where rows say in which order their session's messages stand (stores.VIEWS)."""


def without_order(told: stores.Told) -> stores.Told:
    """Leave out in which order messages stand: of a session in two folders, edited ones leave that to the reading."""
    left = {
        name: sorted((tuple(value for at, value in enumerate(row) if at not in places) for row in told[name]), key=repr)
        for name, places in ORDER.items()
    }
    return {**told, **left}


class Failure(BaseException):
    """Something stops the sync in the middle of its work; no exception, which the engine may blame on a line."""


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
        self.only_grew = True
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

    def change(self, pick: int, how: Callable[[bytes], bytes], *, in_place: bool) -> None:
        """Write other bytes into a file, or put another file in its place."""
        path = self.paths[pick % len(self.paths)]
        if path.exists() and (content := how(path.read_bytes())) != path.read_bytes():
            self.only_grew = False
            self.clock += 1
            target = path if in_place else path.with_suffix(".new")
            target.write_bytes(content)
            os.utime(target, (self.clock, self.clock))
            target.rename(path)

    @rule(pick=st.integers(0, 99), length=PIECE)
    def cut(self, pick: int, length: int) -> None:
        self.change(pick, lambda content: content[:length], in_place=True)

    @rule(pick=st.integers(0, 99), at=PIECE)
    def edit_one_byte(self, pick: int, at: int) -> None:
        self.change(pick, lambda content: content[:at] + b"~" + content[at + 1 :], in_place=True)

    @rule(pick=st.integers(0, 99), other=st.integers(0, 99), length=PIECE, in_place=st.booleans())
    def give_it_anothers_bytes(self, pick: int, other: int, length: int, in_place: bool) -> None:
        content = self.whole[self.paths[other % len(self.paths)]]
        self.change(pick, lambda _: content[: length * 4], in_place=in_place)

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

            def commit(this: writer.Writer, *given: Any) -> writer.Counts:
                if left[0] == 0:
                    raise Failure
                left[0] -= 1
                return real(this, *given)

            patch.setattr(writer.Writer, "commit", commit)
            try:
                self.memory.sync()
            except Failure:
                pass
        if writes % 2:
            self.memory.restart()

    @rule(statements=st.integers(0, 60))
    def kill(self, statements: int) -> None:
        """Leave the home as a kill after so many statements would, and go on from that."""
        left = self.folder / "as the kill left it"

        def count(*_: object) -> bool:
            nonlocal statements
            statements -= 1
            if statements == -1:
                shutil.copytree(self.memory.home.root, left)
                raise Failure
            return True

        opened = self.memory.engine._connection
        assert opened is not None
        opened.set_exec_trace(count)
        try:
            self.memory.sync()
        except Failure:
            self.memory.engine.close()
            shutil.rmtree(self.memory.home.root)
            left.rename(self.memory.home.root)
            self.memory.restart()
        else:
            opened.set_exec_trace(None)

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
        self.memory.sync(verify=True)
        stores.assert_counts_hold(self.memory)
        assert self.memory.latest() == {str(path): content for path, content in self.whole.items()}
        if self.only_grew:
            wanted, archive = stores.once(self.folder / "one-shot", self.claude)
            assert self.memory.latest() == archive
        else:
            wanted = without_order(self.told_of_each_generation())
        found = self.memory.tell()
        stores.assert_same(found if self.only_grew else without_order(found), wanted)

    def told_of_each_generation(self) -> stores.Told:
        """Return what a store tells that read every generation of every file whole, one after the other."""
        generations = self.memory.generations()
        with stores.Memory(self.folder / "step by step", self.claude) as memory:
            for number in range(max(map(len, generations.values()))):
                for path, contents in generations.items():
                    if number < len(contents):
                        if number:
                            self.put(Path(path), b"")
                            memory.note(path)
                        self.put(Path(path), contents[number])
                memory.sync()
            assert memory.generations() == generations
            return memory.tell()


@pytest.mark.parametrize("examples", [40, pytest.param(1500, marks=[pytest.mark.chaos, pytest.mark.timeout(1800)])])
@pytest.mark.fault("T1", "T7")
def test_any_history_ends_in_what_one_pass_would_tell(examples: int) -> None:
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )

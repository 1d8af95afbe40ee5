"""Reading transcripts again out of an archive, as if they were on disk: into a store to compare with, or a new one."""

from __future__ import annotations

import os
from collections.abc import Iterable

import apsw
import msgspec

from simple_memory import config, errors, model, moments
from simple_memory.sources import registry, source
from simple_memory.store import archive, archived, checkpoints, comparison, connection, snapshot, tombstones, writer
from simple_memory.sync import apply, dropping, plan, queue, scan
from simple_memory.upkeep import scratch


class Replay:
    """Takes the archive of one store into another. `folder` is where one transcript at a time lies meanwhile."""

    def __init__(
        self,
        held: apsw.Connection,
        target: apsw.Connection,
        folder: str,
        settings: config.Settings,
        *,
        sources: tuple[source.Source, ...] = registry.SOURCES,
        redacts: bool = False,
        drops: dropping.Drops | None = None,
    ) -> None:
        """Take a connection that reads the archive, the writer's connection of the other store, and how to read.

        With `redacts` the other store gets marks in the place of secrets, with `drops` in that of what these find.
        """
        self._held = held
        self._connection = target
        self._writer = writer.Writer(target)
        self._reader = apply.Reader(archive.Packer(), longest=settings.max_line_bytes)
        self._reader.redacts = redacts
        self._reader.drops = drops
        self._reader.forgotten = tombstones.load(target)
        self._file = os.path.join(folder, "transcript")
        self._sources = sources
        self._roots = [root for one in sources for root in one.roots()]
        self._known = checkpoints.load_all(held)
        self._there = checkpoints.load_all(target)
        self._care = queue.Care.NONE
        self._at = (0, 0)  # generation and offset of what is being taken
        self._aside: dict[tuple[int, int], str] = {}  # where lines stand that are not looked into, and why

    def run(self, wanted: Iterable[archived.ArchivedFile]) -> list[str]:
        """Read `wanted` into the target; return a sentence for each that could not be. Raises apsw.Error."""
        problems = []
        for file in wanted:
            try:
                self._take_with_care(file)
            except errors.SimpleMemoryError as error:
                problems.append(f"{file.path}: {error.message}")
        while self._writer.settle():
            pass
        return problems

    def _take_with_care(self, file: archived.ArchivedFile) -> None:
        """Take a transcript; a line that brings our own code down is set aside, and the rest taken once more."""
        self._care, self._aside = queue.Care.NONE, {}
        while True:
            self._writer.begin()
            try:
                self._take(file)
                self._writer.commit(moments.now())
                return
            except (apsw.Error, errors.SimpleMemoryError):
                raise
            except Exception as error:
                if self._at in self._aside:
                    raise errors.TranscriptUnreadable(f"{type(error).__name__}: {error}") from error
                if self._care:
                    self._aside[self._at] = f"{type(error).__name__}: {error}"[:200]
                self._care = queue.Care.BY_LINE
            finally:
                self._writer.rollback()  # nothing to undo after a commit

    def _take(self, file: archived.ArchivedFile) -> None:
        one, place = self._place(file)
        checkpoint = self._there.get(file.path)
        reached = checkpoint.generation if checkpoint else -1
        for generation in archive.generations(self._held, file.transcript_id):
            if generation < reached:
                continue  # the target has it
            size = self._lay_out(file, generation)
            found = scan.Found(self._file, place, 0, 0, size, file.mtime_ns)
            step, more = (plan.Step.REWRITE if generation > reached >= 0 else plan.Step.READ), True
            while more:
                known = checkpoint or checkpoints.Checkpoint(file.path)
                outcome = self._reader.read(self._item(found, step, generation, known.offset), known, one)
                step, more = plan.Step.READ, outcome.more
                if outcome.chunk is not None:
                    self._writer.write(outcome.chunk, moments.now())
                    checkpoint = outcome.chunk.checkpoint
            reached = max(reached, generation)
        if checkpoint is not None:
            self._finish(checkpoint, file)

    def _item(self, found: scan.Found, step: plan.Step, generation: int, offset: int) -> queue.Item:
        """Return what to read next, and note where that is; a line that was set aside stays unread."""
        item = queue.Item(found, step, urgent=False, since=0.0, care=self._care)
        self._at = (generation, offset if step is plan.Step.READ else 0)
        if self._at in self._aside:
            item.care, item.why = queue.Care.UNREAD, self._aside[self._at]
        return item

    def _lay_out(self, file: archived.ArchivedFile, generation: int) -> int:
        with open(self._file, "wb") as laid:
            laid.writelines(archive.read_transcript(self._held, file.transcript_id, generation))
            size = laid.tell()
        os.utime(self._file, ns=(file.mtime_ns, file.mtime_ns))  # by its time some of it may be dropped
        if generation == self._known[file.path].generation and size != file.size_bytes:
            raise errors.StoreDamaged(f"{size:,} of its {file.size_bytes:,} bytes are in the archive.")
        return size

    def _finish(self, checkpoint: checkpoints.Checkpoint, file: archived.ArchivedFile) -> None:
        """Let the checkpoint speak of the transcript itself, not of the file that lay for it."""
        old = self._known[file.path]
        real = msgspec.structs.replace(
            checkpoint, device=old.device, inode=old.inode, size=old.size, mtime_ns=old.mtime_ns
        )
        if old.head_digest and (real.generation, real.offset) == (old.generation, old.offset):
            real.head_digest, real.last_digest = old.head_digest, old.last_digest  # where blanks stand they are others
        checkpoints.save(self._connection, real)
        if file.state != real.state:
            self._writer.set_state(real, file.state, moments.now())

    def _place(self, file: archived.ArchivedFile) -> tuple[source.Source, model.Place]:
        root = file.path.removesuffix(archived.layout_of(file.path, self._roots))
        one = next((one for one in self._sources if one.agent == file.agent), None)
        place = one.place(root.rstrip(os.sep) or os.sep, file.path) if one else None
        if one is None or place is None:
            raise errors.TranscriptUnreadable(f"No source knows {file.path}.")
        return one, place


def salvage(held: apsw.Connection, target: apsw.Connection, folder: str, settings: config.Settings) -> list[str]:
    """Take from a damaged store what no disk has any more and `target` lacks; return a sentence for each loss."""
    there = checkpoints.load_all(target)
    wanted = []
    for file in archived.every_file(held):
        known = there.get(file.path)
        if not os.path.exists(file.path) and (known is None or known.offset + len(known.tail) < file.size_bytes):
            wanted.append(file)
    return Replay(held, target, folder, settings).run(wanted)


def compare(home: config.Home, settings: config.Settings) -> tuple[list[str], int]:
    """Read the whole archive into a store of its own; return how its rows differ from ours, and the transcripts read.

    Needs room for that store on the disk; it is removed again. Raises a StoreError.
    """
    held = connection.open_reader(home)
    try:
        with scratch.folder(home) as folder:
            second = config.Home(os.path.join(folder, "memory"))
            config.make_home(second)
            with snapshot.view(held):
                wanted = archived.every_file(held)
                ours = comparison.digests(held)
                problems = _fill(held, second, folder, settings, wanted)
            reader = connection.open_reader(second)
            try:
                return problems + comparison.differences(ours, comparison.digests(reader)), len(wanted)
            finally:
                reader.close()
    finally:
        held.close()


def _fill(
    held: apsw.Connection,
    second: config.Home,
    folder: str,
    settings: config.Settings,
    wanted: list[archived.ArchivedFile],
) -> list[str]:
    target = connection.open_writer(second)
    try:
        return Replay(held, target, folder, settings).run(wanted)
    finally:
        target.close()

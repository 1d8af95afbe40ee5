"""Erasing what a plan names from an open store, and again what an old copy of it brings back; not the index's files."""

from __future__ import annotations

import os
from collections.abc import Iterator

import apsw
import msgspec

from simple_memory import model
from simple_memory.sources import registry, source
from simple_memory.store import (
    archive,
    archived,
    checkpoints,
    forgettable,
    forgetting,
    telling_again,
    tombstones,
    tool_rows,
)

_Where = tuple[int, int, int]
"""The place of a line: transcript, generation, offset."""


class Remembered(msgspec.Struct, frozen=True):
    """What a store has forgotten: the rows of its tombstones, and where blanks stand in its archive."""

    rows: list[tombstones.Row] = []
    blanks: frozenset[forgettable.Blank] = frozenset()


def remembered(connection: apsw.Connection) -> Remembered:
    """Return what the store of a connection has forgotten. Raises apsw.Error."""
    return Remembered(tombstones.rows_of(connection), forgettable.blanks(connection))


def erase(connection: apsw.Connection, plan: forgettable.Plan) -> int:
    """Take what `plan` names out of the store of the writer's connection, for good; return how many messages went."""
    gone = forgetting.forget(connection, plan) if plan.sessions or plan.lines else 0
    _tell_again(connection, plan)
    forgetting.wipe(connection)
    return gone


def erase_again(connection: apsw.Connection, forgotten: Remembered) -> tuple[int, int]:
    """Take out of an older state of a store what was `forgotten` since; return the numbers of sessions and lines.

    `connection` is the writer's. The tombstones are taken over, so that nothing of it is read again.
    """
    with connection:
        tombstones.insert(connection, forgotten.rows)
    plan = forgettable.plan_again(connection, forgotten.blanks)
    if plan.sessions or plan.lines:
        erase(connection, plan)
    return len(plan.sessions), len(plan.lines)


def _tell_again(connection: apsw.Connection, plan: forgettable.Plan) -> None:
    """Read what is left of the transcripts that lost lines: what it tells of sessions, and of tokens."""
    told: list[tuple[checkpoints.Checkpoint, str]] = []
    answers = _Answers(plan)
    for file in _touched(connection, plan):
        found = _place(file)
        if found is None:
            continue
        one, place = found
        checkpoint = checkpoints.Checkpoint(file.path, transcript_id=file.transcript_id)
        for where, reading in _read(connection, file, one, place):
            checkpoint.take(reading)
            if reading.message and reading.message.usage:
                answers.take(reading.message.usage, where)
        told.append((checkpoint, place.folder or "unknown"))
    answers.count_again(connection)
    telling_again.tell_again(connection, told)


class _Answers:
    """The answers of models that lost the record that counted: they count by another of theirs, the largest."""

    def __init__(self, plan: forgettable.Plan) -> None:
        self._gaps = plan.gaps
        self._lost = set(plan.responses)
        self._best: dict[str, tuple[model.Usage, _Where]] = {}

    def take(self, usage: model.Usage, where: _Where) -> None:
        """Take the tokens that a record which is left tells of."""
        if where[:2] not in self._gaps or tool_rows.response_key(usage.response) not in self._lost:
            return
        best = self._best.get(usage.response)
        if best is None or usage.output_tokens > best[0].output_tokens:
            self._best[usage.response] = (usage, where)

    def count_again(self, connection: apsw.Connection) -> None:
        """Store what was taken."""
        for usage, where in self._best.values():
            forgetting.count_again(connection, usage, where)


def _touched(connection: apsw.Connection, plan: forgettable.Plan) -> list[archived.ArchivedFile]:
    """Return the transcripts that lost lines, and all others of their sessions."""
    files = archived.every_file(connection)
    touched = {transcript_id for transcript_id, _ in plan.gaps} - set(plan.transcripts)
    sessions = {file.session for file in files if file.transcript_id in touched and file.session}
    return [file for file in files if file.transcript_id in touched or file.session in sessions]


def _read(
    connection: apsw.Connection, file: archived.ArchivedFile, one: source.Source, place: model.Place
) -> Iterator[tuple[_Where, model.Reading]]:
    """Yield where it stands, and the reading, of all that a file's lines, or its whole content, tell."""
    if place.form == model.Form.WHOLE:
        content = b"".join(archive.read_transcript(connection, file.transcript_id))
        for reading in one.read_whole(content, place).readings:
            yield (file.transcript_id, file.generation, 0), reading
        return
    for generation in archive.generations(connection, file.transcript_id):
        for offset, line in forgettable.lines_of(connection, file.transcript_id, generation):
            for reading in one.read_line(line, place).readings:
                yield (file.transcript_id, generation, offset), reading


def _place(file: archived.ArchivedFile) -> tuple[source.Source, model.Place] | None:
    one = next((one for one in registry.SOURCES if one.agent == file.agent), None)
    if one is None:
        return None
    root = file.path.removesuffix(archived.layout_of(file.path, one.roots())).rstrip(os.sep) or os.sep
    place = one.place(root, file.path)
    return None if place is None else (one, place)

"""Erasing what a plan names from an open store, and again what an old copy of it brings back; not the index's files."""

from __future__ import annotations

import os

import apsw
import msgspec

from simple_memory import model
from simple_memory.sources import registry, source
from simple_memory.store import archived, forgettable, forgetting, tombstones, tool_rows


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
    _count_again(connection, plan)
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


def _count_again(connection: apsw.Connection, plan: forgettable.Plan) -> None:
    """Find, for answers that lost the record that counted, the record of them that counts now."""
    wanted = set(plan.responses)
    places = {
        file.transcript_id: found for file in archived.every_file(connection) if (found := _place(file)) is not None
    }
    best: dict[str, tuple[model.Usage, tuple[int, int, int]]] = {}
    for transcript_id, generation in sorted(plan.gaps):
        if not wanted or transcript_id not in places:
            continue
        one, place = places[transcript_id]
        if place.form == model.Form.WHOLE:
            continue
        for offset, line in forgettable.lines_of(connection, transcript_id, generation):
            for reading in one.read_line(line, place).readings:
                usage = reading.message.usage if reading.message else None
                if usage is None or tool_rows.response_key(usage.response) not in wanted:
                    continue
                if usage.response not in best or usage.output_tokens > best[usage.response][0].output_tokens:
                    best[usage.response] = (usage, (transcript_id, generation, offset))
    for usage, where in best.values():
        forgetting.count_again(connection, usage, where)


def _place(file: archived.ArchivedFile) -> tuple[source.Source, model.Place] | None:
    one = next((one for one in registry.SOURCES if one.agent == file.agent), None)
    if one is None:
        return None
    root = file.path.removesuffix(archived.layout_of(file.path, one.roots())).rstrip(os.sep) or os.sep
    place = one.place(root, file.path)
    return None if place is None else (one, place)

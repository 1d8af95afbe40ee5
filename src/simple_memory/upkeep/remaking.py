"""Making a store anew from its own archive, with marks in the place of secrets, or of what a policy drops."""

from __future__ import annotations

import datetime
import os

import apsw

from simple_memory import config, errors
from simple_memory.store import archive, archived, carrying, connection, forgettable, redacted
from simple_memory.sync import dropping, masking
from simple_memory.upkeep import recovery, replay, scratch


def count(opened: apsw.Connection) -> dict[str, int]:
    """Return how many secrets the archive holds, and in how many transcripts. Raises StoreDamaged."""
    secrets = transcripts = 0
    for file in archived.every_file(opened):
        here = sum(
            _count_in(opened, file, generation) for generation in archive.generations(opened, file.transcript_id)
        )
        secrets += here
        transcripts += here > 0
    return {"secrets": secrets, "transcripts": transcripts}


def _count_in(opened: apsw.Connection, file: archived.ArchivedFile, generation: int) -> int:
    if not file.path.endswith(".jsonl"):
        content = b"".join(archive.read_transcript(opened, file.transcript_id, generation))
        return len(masking.find(content, is_json=False))
    lines = forgettable.lines_of(opened, file.transcript_id, generation)
    return sum(len(masking.find(line)) for _, line in lines)


def remake(
    home: config.Home,
    settings: config.Settings,
    now: datetime.datetime,
    *,
    redacts: bool = False,
    drops: dropping.Drops | None = None,
) -> str:
    """Put a store in place that is made from the archive of the one that is there, with marks (see Replay).

    For the process that holds the writer's lock. Returns where the old one is; the index is gone. Raises StoreDamaged
    where the archive is not whole, and then nothing has changed.
    """
    with scratch.folder(home) as folder:
        second = config.Home(os.path.join(folder, "memory"))
        config.make_home(second)
        held, target = connection.open_reader(home), connection.open_writer(second)
        try:
            made = replay.Replay(held, target, folder, settings, redacts=redacts, drops=drops)
            problems = made.run(archived.every_file(held))
            if problems:
                raise errors.StoreDamaged(
                    f"The archive cannot be read whole: {problems[0]}", "`simple-memory doctor --verify` tells more."
                )
            carrying.carry(held, target)
            redacted.set_whole(target, is_whole=redacts or redacted.is_whole(held))
        finally:
            target.close()
            held.close()
        return recovery.replace_with(home, second.database, now)

"""Telling what takes the room takes little memory, however large what it tells of is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from simple_memory import config
from simple_memory.store import archive, connection, space

LARGE = 24
"""Megabytes of an archive, and of messages' texts."""


@pytest.fixture
def large(tmp_path: Path) -> apsw.Connection:
    """Give a reader of a store of LARGE transcripts and messages of a megabyte that does not compress."""
    home = config.Home(str(tmp_path / "memory"))
    config.make_home(home)
    writer = connection.open_writer(home)
    with writer:
        writer.execute("INSERT INTO project (path, name) VALUES ('/shop', 'shop')")
        writer.execute("INSERT INTO session (session, agent, project_id, kind) VALUES ('s', 'claude-code', 1, 'main')")
        for number in range(1, LARGE + 1):
            content = os.urandom(1_000_000)
            writer.execute(
                "INSERT INTO transcript (agent, path, form, session_id, state, first_seen) VALUES (?, ?, ?, ?, ?, ?)",
                ("claude-code", f"/t/{number}", "lines", 1, "present", ""),
            )
            frame = archive.Frame(0, len(content), archive.digest_of(content), content)
            archive.add(writer, number, 0, [frame])
            writer.execute(
                "INSERT INTO message (session_id, role, kind, text, transcript_id, generation, offset, length)"
                " VALUES (1, 'user', 'prompt', ?, ?, 0, 0, 1)",
                (content.hex(), number),
            )
    writer.close()
    return connection.open_reader(home)


@pytest.mark.parametrize("tell", [space.by_table, space.by_project, space.by_kind])
def test_what_takes_the_room_is_told_within_a_few_megabytes(
    large: apsw.Connection, tell: Callable[[apsw.Connection], list[Any]]
) -> None:
    before = apsw.memory_used()
    apsw.memory_high_water(reset=True)
    assert tell(large)
    assert apsw.memory_high_water() - before < 12_000_000  # 8 MiB of it are the pages that a reader may keep
    large.close()

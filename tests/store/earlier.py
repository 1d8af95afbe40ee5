"""Databases of earlier builds of this schema version. Not a test.

`thaw_lacking` makes one that adding brings up to date: today's frozen one without what came late. `thaw_early` thaws
one that an early build made as it was: since then a column has become another, so that adding does not do.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import apsw

from simple_memory import config
from simple_memory.store import schema

FOLDER = Path(__file__).parent / "databases"
WITHOUT = """
DROP TABLE blob;
DROP INDEX session_by_branch;
ALTER TABLE frame DROP COLUMN holes;
ALTER TABLE gap DROP COLUMN kind;
ALTER TABLE response DROP COLUMN cache_write_1h_tokens;
ALTER TABLE index_state DROP COLUMN stamp;
ALTER TABLE counter DROP COLUMN redacted;
ALTER TABLE counter DROP COLUMN shape;
"""


def thaw_lacking(home: config.Home) -> None:
    """Make the database of `home`, whose folder is there; it holds the session "Frozen"."""
    _thaw(home, FOLDER / f"v{schema.VERSION}.sql", WITHOUT)


def thaw_early(home: config.Home) -> None:
    """Make the database of `home` as the early build did, with the session "Frozen"."""
    _thaw(home, FOLDER / "early-v1.sql", "")


def _thaw(home: config.Home, frozen: Path, then: str) -> None:
    with contextlib.closing(apsw.Connection(home.database)) as made:
        made.execute(frozen.read_text(encoding="utf-8"))
        made.execute(then)

"""Whose transcripts their agent will delete soon, and whether we hold all of them; not listing them for people."""

from __future__ import annotations

import datetime
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simple_memory import moments
from simple_memory.store import archived
from simple_memory.upkeep import retention

if TYPE_CHECKING:
    import apsw


@dataclass(frozen=True, slots=True)
class Expiring:
    """A main session whose transcript goes at `expires_at` (ISO time); `is_safe`: we hold every byte of it."""

    session: str
    expires_at: str
    is_safe: bool


def find(connection: apsw.Connection, days: int, now: datetime.datetime) -> list[Expiring]:
    """Return what will be deleted within `days` of `now`, the first to go first. Raises a StoreError."""
    end = (now + datetime.timedelta(days=days)).timestamp()
    found = []
    for file in archived.transcripts_present(connection):
        moment = file.mtime_ns / 1e9 + retention.keeps_days(file.path) * 86_400
        size = _size(file.path)
        if moment <= end and size is not None:
            found.append(Expiring(file.session or "", _iso(moment), size <= file.size_bytes))
    return sorted(found, key=lambda one: (one.expires_at, one.session))


def _size(path: str) -> int | None:
    try:
        return os.stat(path).st_size
    except OSError:
        return None


def _iso(moment: float) -> str:
    return moments.iso(datetime.datetime.fromtimestamp(moment, datetime.UTC))

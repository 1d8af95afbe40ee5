"""Moments as the store and every surface write them: ISO 8601, UTC, milliseconds."""

from __future__ import annotations

import datetime


def iso(moment: datetime.datetime) -> str:
    """Return a moment, which knows its zone, as text: 2026-01-31T12:00:00.000Z."""
    return moment.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now() -> str:
    """Return the present."""
    return iso(datetime.datetime.now(datetime.UTC))

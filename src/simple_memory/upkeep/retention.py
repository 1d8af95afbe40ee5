"""How long an agent keeps its transcripts; not deleting any."""

from __future__ import annotations

import json
import os

from simple_memory import config

DEFAULT_DAYS = 30
"""What Claude Code does where its settings say nothing (its documentation of `cleanupPeriodDays`)."""
DAY_NS = 86_400 * 1_000_000_000


def keeps_days(path: str) -> int:
    """Return for how many days after its last change the agent keeps the transcript at `path`."""
    for folder in config.claude_config_dirs():
        if path.startswith(folder + os.sep):
            return _days_of(os.path.join(folder, "settings.json"))
    return DEFAULT_DAYS


def _days_of(settings: str) -> int:
    try:
        with open(settings, "rb") as file:
            given = json.load(file)
    except (OSError, ValueError):
        return DEFAULT_DAYS
    days = given.get("cleanupPeriodDays") if isinstance(given, dict) else None
    return days if isinstance(days, int) and not isinstance(days, bool) and days >= 0 else DEFAULT_DAYS


def is_overdue(path: str, mtime_ns: int, now_ns: int) -> bool:
    """Return whether the agent would delete a transcript of that age at its next start."""
    return now_ns - mtime_ns > keeps_days(path) * DAY_NS

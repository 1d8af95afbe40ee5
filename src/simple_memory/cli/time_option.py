"""--since and --until as the commands take them; what a time may look like is search/times.py's to say."""

from __future__ import annotations

import datetime

from simple_memory import errors
from simple_memory.search import times


def read(name: str, text: str | None) -> str | None:
    """Return what --`name` ("since" or "until") means as ISO UTC, None for None. Raises UsageError for no time."""
    if text is None:
        return None
    meant = times.parse_time(text, datetime.datetime.now().astimezone(), end=name == "until")
    if meant is None:
        raise errors.UsageError(f"--{name}: {text!r} is no time.", 'Say 2026-01-31, yesterday, 3d or "2 weeks ago".')
    return meant

"""What stands beside the query in a request: options as filters, and marks of pages; not the query's own filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from simple_memory import errors
from simple_memory.search import conditions, query
from simple_memory.store import lookup

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from typing import Any

    import apsw

_MARK = "~"
_AFTER = r"([0-9]{1,6})(?:~([0-9]{1,18}))?"


def filters(
    connection: apsw.Connection, options: Mapping[str, Any], now: Callable[[], datetime.datetime]
) -> list[query.Filter]:
    """Return options as filters; None: not set. What they name must exist: somebody set them.

    Raises NotFound or Ambiguous for a project or session, UsageError for a time that is none.
    """
    made = [query.Filter(name, options[name]) for name in ("project", "agent", "role") if options[name] is not None]
    project, session = options["project"], options["session"]
    if project is not None and not lookup.resolve_project(connection, project):
        raise errors.NotFound(f"No project matches {project!r}.", "`simple-memory projects` lists them.")
    if session is not None:
        made.append(query.Filter("session", lookup.resolve_session(connection, session)))
    for name in ("since", "until"):
        if options[name] is not None:
            from simple_memory.search import times

            if times.parse_time(options[name], now()) is None:
                conditions.demand_time(name, options[name])
            made.append(query.Filter(name, options[name]))
    return made


def mark(offset: int, newest: int) -> str:
    """Return the mark of the page that begins at `offset`, of an answer made when `newest` was the newest message."""
    return f"{offset}{_MARK}{newest}"


def place(after: str | None) -> tuple[int, int | None]:
    """Return how many hits the pages before have shown, and the newest message when the first was made; None: now."""
    if after is None:
        return 0, None
    found = re.fullmatch(_AFTER, after)
    if found is None:
        raise errors.UsageError(f"{after!r} is not the mark of a page.", "Give the `next` of the page before.")
    return int(found[1]), int(found[2]) if found[2] else None

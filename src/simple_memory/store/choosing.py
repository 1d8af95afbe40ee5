"""Which messages are meant: conditions in SQL, made from what a person asks for; not the asking."""

from __future__ import annotations

import json

import apsw

from simple_memory import errors
from simple_memory.store import lookup

Frame = tuple[str, list[object]]
"""A condition in SQL on the tables `message`, `session` and `project`, and what is bound in it, in order."""


def frame(
    connection: apsw.Connection,
    *,
    project: str | None = None,
    agent: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Frame:
    """Return the condition: `project` is anything that names one, `since` and `until` are ISO times of messages.

    Raises NotFound for an unknown project.
    """
    conditions, bindings = ["TRUE"], list[object]()
    if project is not None:
        paths = lookup.resolve_project(connection, project)
        if not paths:
            raise errors.NotFound(f"No project matches {project!r}.", "`simple-memory projects` lists them.")
        conditions.append("project.path IN (SELECT value FROM json_each(?))")
        bindings.append(json.dumps(paths))
    for condition, value in (
        ("session.agent = ?", agent),
        ("message.timestamp >= ?", since),
        ("message.timestamp < ?", until),
    ):
        if value is not None:
            conditions.append(condition)
            bindings.append(value)
    return " AND ".join(conditions), bindings

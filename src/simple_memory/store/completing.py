"""What the shell offers while a person types: names that the store knows, beginning with what was typed; read-only.

Light: a key press waits for it. Every answer is (value, what it is) and bounded.
"""

# ruff: noqa: S608 - what is put into statements here are constants of this module; values are bound

from __future__ import annotations

import apsw

from simple_memory.store import naming

MOST = 100
"""Values of one kind, at most: nobody reads more of them."""
_HIGHEST = "\U0010ffff"

Offered = list[tuple[str, str]]
"""Values, each with a few words that say what it is; ""."""


def projects(connection: apsw.Connection, begun: str) -> Offered:
    """Return names of projects that begin with `begun`; directories, where `begun` is the beginning of one."""
    column = "path" if begun.startswith("/") else "name"
    return _rows(
        connection,
        f"""
        SELECT {column}, min(path) FROM project WHERE lower(substr({column}, 1, length(?1))) = lower(?1)
        GROUP BY {column} ORDER BY {column} LIMIT {MOST}
        """,
        begun,
    )


def agents(connection: apsw.Connection, begun: str) -> Offered:
    """Return the agents that wrote sessions."""
    return _of_sessions(connection, "agent", begun)


def branches(connection: apsw.Connection, begun: str) -> Offered:
    """Return the branches that sessions were on."""
    return _of_sessions(connection, "branch", begun)


def _of_sessions(connection: apsw.Connection, column: str, begun: str) -> Offered:
    return _rows(
        connection,
        f"""
        SELECT {column}, count(*) || ' sessions' FROM session
        WHERE {column} IS NOT NULL AND substr({column}, 1, length(?1)) = ?1
        GROUP BY {column} ORDER BY count(*) DESC, {column} LIMIT {MOST}
        """,
        begun,
    )


def sessions(connection: apsw.Connection, begun: str) -> Offered:
    """Return the ids of main sessions, the newest first, with day and title."""
    return _rows(
        connection,
        f"""
        SELECT session, trim(substr(coalesce(ended_at, ''), 1, 10) || '  ' || coalesce(title, '')) FROM session
        WHERE kind = 'main' AND session >= ?1 AND session < ?1 || '{_HIGHEST}'
        ORDER BY ended_at DESC LIMIT {MOST}
        """,
        begun,
    )


def models(connection: apsw.Connection, begun: str) -> Offered:
    """Return the models that answered last in sessions."""
    return _of_sessions(connection, "model", begun)


def files(connection: apsw.Connection, begun: str) -> Offered:
    """Return paths that tools were given, where `begun` is the beginning of one (of two characters or more).

    One that does not begin with "/" is the beginning of a file's name, or of the last folders and it.
    """
    if len(begun) < 2:
        return []
    if not begun.startswith("/"):
        return _ends(connection, begun)
    return _rows(
        connection,
        f"""
        SELECT DISTINCT path, '' FROM tool_call WHERE path >= ?1 AND path < ?1 || '{_HIGHEST}'
        ORDER BY path LIMIT {MOST}
        """,
        begun,
    )


def _ends(connection: apsw.Connection, begun: str) -> Offered:
    name = begun.rpartition("/")[2]
    return _rows(
        connection,
        f"""
        SELECT DISTINCT substr(path, -length({naming.NAME}) - length(?1)), '' FROM tool_call
        WHERE path IS NOT NULL AND {naming.NAME} >= ?2 AND {naming.NAME} < ?2 || '{_HIGHEST}'
        AND substr('/' || path, -length({naming.NAME}) - length(?1) - 1, length(?1) + 1) = '/' || ?1
        ORDER BY {naming.NAME} LIMIT {MOST}
        """,
        begun.removesuffix(name),
        name,
    )


def _rows(connection: apsw.Connection, statement: str, *begun: str) -> Offered:
    return [(str(value), str(about or "")) for value, about in connection.execute(statement, begun)]

"""Which session or project a person means: ids, prefixes, titles, names and parts of paths; not what is in them."""

# ruff: noqa: S608 - what is put into statements here are constants of this module; values are bound

from __future__ import annotations

import re

import apsw

from simple_memory import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HIGHEST = "\U0010ffff"
_CANDIDATES = 5
_Candidate = tuple[str, str | None, str | None]
"""Session id, time of its end, title."""


def resolve_session(connection: apsw.Connection, wanted: str) -> str:
    """Return the id of the session that `wanted` names: by id, unique prefix, sub-agent's own id, or title.

    A prefix of a main session's id means that session, though its sub-agents' ids begin with it too.
    Raises NotFound, or Ambiguous with some of the candidates as the hint.
    """
    wanted = wanted.strip()
    for find in (_by_id, _main_by_prefix, _subagent_by_id, _by_title):
        found = find(connection, wanted) if wanted else []
        if len(found) == 1:
            return found[0][0]
        if found:
            shown = "\n".join(_describe(*row) for row in found[:_CANDIDATES])
            more = "\n…" if len(found) > _CANDIDATES else ""
            raise errors.Ambiguous(f"More than one session matches {wanted!r}.", f"Give more of its id:\n{shown}{more}")
    raise errors.NotFound(f"No session matches {wanted!r}.", "`simple-memory sessions` lists them.")


def _describe(session: str, ended_at: str | None, title: str | None) -> str:
    name = " ".join((title or "").split())[:60]
    return f"  {session}  {(ended_at or '')[:10]}  {name}".rstrip()


def _sessions(connection: apsw.Connection, condition: str, bindings: tuple[str, ...]) -> list[_Candidate]:
    rows: list[Any] = connection.execute(
        f"""
        SELECT session, ended_at, title FROM session WHERE {condition}
        ORDER BY ended_at DESC LIMIT {_CANDIDATES + 1}
        """,
        bindings,
    ).fetchall()
    return rows


def _by_id(connection: apsw.Connection, wanted: str) -> list[_Candidate]:
    return _sessions(connection, "session = ?", (wanted,))


def _main_by_prefix(connection: apsw.Connection, wanted: str) -> list[_Candidate]:
    return _sessions(connection, "session >= ? AND session < ? AND kind = 'main'", (wanted, wanted + _HIGHEST))


def _subagent_by_id(connection: apsw.Connection, wanted: str) -> list[_Candidate]:
    """Find sub-agents by PARENT/agent-ID, agent-ID or ID, each of which may be cut short."""
    return _sessions(
        connection,
        """
        kind = 'subagent' AND (
            substr(session, 1, length(?1)) = ?1
            OR instr(session, '/' || ?1) > 0
            OR instr(session, '/agent-' || ?1) > 0
        )
        """,
        (wanted,),
    )


def _by_title(connection: apsw.Connection, wanted: str) -> list[_Candidate]:
    return _sessions(connection, "title = ?1 COLLATE NOCASE", (wanted,))


def resolve_project(connection: apsw.Connection, wanted: str) -> list[str]:
    """Return the directories of the projects that `wanted` names, [] where none.

    It may be a path, a name (the path's last part), the agent's encoded folder name, a path inside a project, or a part
    of a path. The first of these that matches anything decides.
    """
    wanted = wanted.strip()
    trimmed = wanted.rstrip("/\\") or wanted
    if not wanted:
        return []
    known: list[Any] = connection.execute("SELECT path, name FROM project ORDER BY path").fetchall()
    folded = trimmed.casefold()
    encoded = encode_path(trimmed)
    tests = (
        [path for path, _ in known if path == trimmed],
        [path for path, name in known if name == trimmed],
        [path for path, name in known if name.casefold() == folded or path.casefold() == folded],
        [path for path, _ in known if encode_path(path) == encoded],
        _innermost(trimmed, [path for path, _ in known]),
        [path for path, _ in known if folded in path.casefold()],
    )
    return next((found for found in tests if found), [])


def encode_path(path: str) -> str:
    """Return `path` as agents write it for a folder's name: every character but letters and digits as "-"."""
    return re.sub(r"[^A-Za-z0-9]", "-", path)


def _innermost(path: str, projects: list[str]) -> list[str]:
    around = [project for project in projects if path.startswith(project.rstrip("/") + "/")]
    return [max(around, key=len)] if around else []

"""Where files were read, written and edited: the tool calls that named them; not what is in the files now."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable

import apsw

from simple_memory.records import NamedTuple
from simple_memory.store import choosing, edits, packing, snapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Change(NamedTuple):
    """One tool call that named a file: where it stands, and what it did.

    `action` is one of edits' words. `added` and `removed` count lines, None where the call failed or does not
    tell. `diff` is the
    change as a unified diff, None where it was not asked for or is not known.
    """

    path: str
    session: str
    position: int | None
    timestamp: str | None
    tool: str | None
    title: str | None
    action: str
    failed: bool
    project: str
    agent: str
    added: int | None = None
    removed: int | None = None
    diff: str | None = None


_WINDOWS = re.compile(r"[A-Za-z]:\\")
"""A path of Windows, whose backslashes are told as slashes where one is looked for."""
ORDERS = {
    "newest": "coalesce(message.timestamp, '') DESC, call.id DESC",
    "oldest": "coalesce(message.timestamp, ''), call.id",
    "path": "call.path, coalesce(message.timestamp, '') DESC, call.id DESC",
}
_CALLS = """
SELECT call.path, session.session, message.position, message.timestamp, call.name, session.title, call.is_error,
    project.path, session.agent, call.id
FROM json_each(?) AS named
JOIN tool_call AS call ON call.path = named.value
JOIN session ON session.id = call.session_id
JOIN project ON project.id = session.project_id
LEFT JOIN message ON message.id = coalesce(call.message_id, call.result_message_id)
WHERE {where} AND NOT EXISTS (
    SELECT 1 FROM tool_call AS earlier
    WHERE earlier.call_id = call.call_id AND earlier.id < call.id AND earlier.message_id IS NOT NULL
)
ORDER BY {order}
"""
_WHOLE = """
SELECT unpack_first(call.input, call.input_packed), message.transcript_id, message.generation, message.offset,
    message.length
FROM tool_call AS call LEFT JOIN message ON message.id = call.result_message_id WHERE call.id = ?
"""


def find(
    connection: apsw.Connection,
    path: str,
    *,
    project: str | None = None,
    agent: str | None = None,
    since: str | None = None,
    until: str | None = None,
    tool: str | None = None,
    changes_only: bool = False,
    with_diff: bool = False,
    order: str = "newest",
    limit: int = 50,
) -> list[Change]:
    """Return the tool calls that named `path`: a whole path, the end of one, a folder, or a pattern (see `naming`).

    A call that stands in several sessions is told once. `tool` is a tool's name, `order` one of ORDERS. Raises NotFound
    for an unknown project.
    """
    with snapshot.view(connection):
        where, bindings = choosing.frame(connection, project=project, agent=agent, since=since, until=until)
        named = json.dumps(naming(path, _known_paths(connection)))
        if tool is not None:
            where, bindings = f"{where} AND call.name = ? COLLATE NOCASE", [*bindings, tool]
        rows: Iterable[Any] = connection.execute(_CALLS.format(where=where, order=ORDERS[order]), (named, *bindings))
        found: list[Change] = []
        for row in rows:
            if len(found) >= limit:
                break
            if not changes_only or edits.action(row[4]) in edits.CHANGES:
                change = _change(connection, row, with_diff)
                if not changes_only or change.action in edits.CHANGES:
                    found.append(change)
        return found


def naming(wanted: str, paths: list[str]) -> list[str]:
    """Return those of `paths` that `wanted` names: the first of these that any fits.

    A path fits itself and what ends with "/" and it. Then a pattern (`*` within a folder, `**` across, `?`, `[…]`) fits
    whole paths and their ends, and anything else what lies in a folder of that name.
    """
    shown = {path: path.replace("\\", "/") if _WINDOWS.match(path) else path for path in paths}
    trimmed = re.sub(r"^(?:\./)+", "", wanted.strip())
    trimmed = trimmed.replace("\\", "/") if _WINDOWS.match(trimmed) else trimmed
    plain = trimmed.rstrip("/") or trimmed
    tail = "/" + plain.lstrip("/")
    tests: list[Callable[[str], bool]] = [lambda path: path == plain or path.endswith(tail)]
    if re.search(r"[*?[]", trimmed):
        tests.append(_pattern(trimmed))
    else:
        tests.append(lambda path: path.startswith(plain + "/") or tail + "/" in path)
    return next((found for test in tests if plain and (found := [path for path in paths if test(shown[path])])), [])


def _pattern(wanted: str) -> Callable[[str], bool]:
    pieces = re.split(r"(\*\*/|\*\*|\*|\?|\[!?[^\]/]+\])", wanted)
    special = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    made = "".join(
        special.get(piece) or (f"[{_class(piece[1:-1])}]" if re.fullmatch(r"\[.+\]", piece) else re.escape(piece))
        for piece in pieces
    )
    fits = re.compile(made if wanted.startswith("/") else f"(?:.*/)?{made}", re.DOTALL)
    return lambda path: fits.fullmatch(path) is not None


def _class(inside: str) -> str:
    negated = inside.startswith("!")
    return ("^" if negated else "") + re.sub(r"([\\\[\]^&~|])", r"\\\1", inside[negated:])


def _known_paths(connection: apsw.Connection) -> list[str]:
    rows: Iterable[Any] = connection.execute("SELECT DISTINCT path FROM tool_call WHERE path IS NOT NULL ORDER BY path")
    return [path for (path,) in rows]


def _change(connection: apsw.Connection, row: tuple[Any, ...], with_diff: bool) -> Change:
    path, session, position, timestamp, tool, title, failed, project, agent, number = row
    plain = Change(path, session, position, timestamp, tool, title, edits.action(tool), bool(failed), project, agent)
    if plain.action not in edits.CHANGES:
        return plain
    whole: Any = connection.execute(_WHOLE, (number,)).fetchone()
    given = edits.parse(whole[0])
    lines = edits.diff(path, given, None if failed else _kept(connection, whole[1:]))
    added, removed = edits.count(lines) if lines and not failed else (None, None)
    told = "\n".join(lines) if with_diff and lines else None
    return plain._replace(action=edits.action(tool, given), added=added, removed=removed, diff=told)


def _kept(connection: apsw.Connection, place: tuple[int | None, ...]) -> dict[str, Any] | None:
    """Return what the agent kept of a result beside what the model saw: it stands in the transcript's own line."""
    transcript_id, generation, offset, length = place
    if transcript_id is None or generation is None or offset is None or not length:
        return None
    line: Any = connection.execute(
        "SELECT unpack_first(NULL, ?)", (packing.refer(packing.VERBATIM, transcript_id, generation, offset, length),)
    ).fetchone()
    kept = edits.parse(line[0]).get("toolUseResult")
    return kept if isinstance(kept, dict) else None

"""Which of the paths that tools were given a person means: a file, the end of a path, a folder, a pattern.

Pure but for `known`; what was done with the files is in changes.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import apsw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAME = "substr(path, length(rtrim(path, replace(path, '/', ''))) + 1)"
"""What stands after a path's last slash, as the index `tool_call_by_name` has it."""
_WINDOWS = re.compile(r"[A-Za-z]:\\")
"""A path of Windows, whose backslashes are told as slashes where one is looked for."""


def known(connection: apsw.Connection) -> list[str]:
    """Return every path that a tool was given, in order."""
    rows: Iterable[Any] = connection.execute("SELECT DISTINCT path FROM tool_call WHERE path IS NOT NULL ORDER BY path")
    return [path for (path,) in rows]


def named(wanted: str, paths: list[str]) -> list[str]:
    """Return those of `paths` that `wanted` names: the first of these that any fits.

    A path fits itself and what ends with "/" and it. Then a pattern (`*` within a folder, `**` across, `?`, `[…]`) fits
    whole paths and their ends, and anything else what lies in a folder of that name.
    """
    trimmed = _shown(re.sub(r"^(?:\./)+", "", wanted.strip()))
    plain = trimmed.rstrip("/") or trimmed
    if not plain:
        return []
    tail = "/" + plain.lstrip("/")
    tests: list[Callable[[str], bool]] = [lambda path: path == plain or path.endswith(tail)]
    if re.search(r"[*?[]", trimmed):
        tests.append(_pattern(trimmed))
    else:
        tests.append(lambda path: path.startswith(plain + "/") or tail + "/" in path)
    shown = [_shown(path) if "\\" in path else path for path in paths]
    for test in tests:
        found = [path for path, told in zip(paths, shown, strict=True) if test(told)]
        if found:
            return found
    return []


def _shown(path: str) -> str:
    return path.replace("\\", "/") if _WINDOWS.match(path) else path


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

"""What a tool did to a file, and the change as a unified diff; pure: from its name, its input, and what was kept.

Agents name tools and inputs differently; the spellings are those of Claude Code, Codex and the common MCP servers.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any

READ = "read"
WRITTEN = "written"
EDITED = "edited"
MOVED = "moved"
DELETED = "deleted"
NAMED = "named"
CHANGES = frozenset({WRITTEN, EDITED, MOVED, DELETED})

_ACTIONS = {
    READ: "read notebookread view readfile readtextfile readmediafile openfile getfilecontents readmanyfiles",
    WRITTEN: "write writefile create createfile writetofile savefile createorupdatefile",
    EDITED: "edit multiedit notebookedit editfile strreplace strreplaceeditor strreplacebasededittool replace"
    " replaceinfile applypatch patch updatefile insert insertcontent searchreplace",
    MOVED: "move movefile rename renamefile",
    DELETED: "delete deletefile remove removefile",
}
_BY_NAME = {name: action for action, names in _ACTIONS.items() for name in names.split()}
_BY_COMMAND = {"view": READ, "create": WRITTEN}
"""What one tool for everything does, by its `command`; anything else edits."""
_OLD, _NEW = ("old_string", "old_str", "oldString", "oldText"), ("new_string", "new_str", "newString", "newText")
_CONTENT = ("content", "contents", "file_text", "new_source")
_MOST_LINES = 4_000
"""Longer texts are not compared line by line, which takes time that grows with the square."""


def action(tool: str | None, given: dict[str, Any] | None = None) -> str:
    """Return what a tool does to the file that it names: one of the words above, NAMED where nobody knows."""
    plain = re.sub("[^a-z]", "", (tool or "").rpartition("__")[2].lower())
    found = _BY_NAME.get(plain, NAMED)
    command = (given or {}).get("command")
    return _BY_COMMAND.get(command, found) if found == EDITED and isinstance(command, str) else found


def parse(text: str | None) -> dict[str, Any]:
    """Return an object of JSON, {} for what is none."""
    try:
        value = json.loads(text or "")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def diff(path: str, given: dict[str, Any], kept: dict[str, Any] | None = None) -> list[str]:
    """Return the change that a tool made as the lines of a unified diff, [] where it tells none.

    `given` is its input, `kept` what the agent kept of the result. Only where a patch was kept are the numbers of lines
    known; else a part begins with "@@ … @@".
    """
    patch = (kept or {}).get("structuredPatch")
    if isinstance(patch, list) and count(hunks := list(_kept_hunks(patch))) != (0, 0):
        return _with_head(path, hunks)
    ready = given.get("patch") or given.get("diff")
    if isinstance(ready, str):
        return ready.splitlines()
    pairs = list(_pairs(given))
    if pairs:
        return _with_head(path, [line for old, new in pairs for line in _hunks(old, new)])
    content = _first(given, _CONTENT)
    if content is None:
        return []
    lines = content.splitlines()
    is_cell = "new_source" in given
    head = f"@@ cell {given.get('cell_id', '')} @@" if is_cell else f"@@ -0,0 +1,{len(lines)} @@"
    return _with_head(path if is_cell else "", [head, *(f"+{line}" for line in lines)], after=path)


def count(lines: list[str]) -> tuple[int, int]:
    """Return how many lines a diff adds, and how many it takes away."""
    body = [line for line in lines if not line.startswith(("+++ ", "--- "))]
    return sum(line.startswith("+") for line in body), sum(line.startswith("-") for line in body)


def _with_head(path: str, body: list[str], *, after: str | None = None) -> list[str]:
    return [f"--- {path or '/dev/null'}", f"+++ {after or path}", *body] if body else []


def _kept_hunks(patch: list[Any]) -> Iterator[str]:
    for hunk in patch:
        if not isinstance(hunk, dict) or not isinstance(hunk.get("lines"), list):
            continue
        before, after = (f"{hunk.get(f'{side}Start', '?')},{hunk.get(f'{side}Lines', '?')}" for side in ("old", "new"))
        yield f"@@ -{before} +{after} @@"
        yield from (line for line in hunk["lines"] if isinstance(line, str))


def _pairs(given: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the old and the new text of each edit that an input holds."""
    several = given.get("edits")
    for edit in several if isinstance(several, list) else [given]:
        if isinstance(edit, dict):
            old, new = _first(edit, _OLD), _first(edit, _NEW)
            if old is not None or new is not None:
                yield old or "", new or ""


def _first(given: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((given[name] for name in names if isinstance(given.get(name), str)), None)


def _hunks(old: str, new: str) -> Iterator[str]:
    before, after = old.splitlines(), new.splitlines()
    if len(before) + len(after) > _MOST_LINES:
        yield "@@ … @@"
        yield from (f"-{line}" for line in before)
        yield from (f"+{line}" for line in after)
        return
    for number, line in enumerate(difflib.unified_diff(before, after, lineterm="")):
        if number >= 2:
            yield "@@ … @@" if line.startswith("@@") else line

"""What of a transcript is our own answers: calls of our tools, and our program run in an agent's shell. Pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

_TOOL = re.compile(
    r"simple[-_]memory.*(?:search_memory|read_session|list_sessions|file_history|query_memory|memory_status)$"
)
"""Our tools as agents name them, for instance mcp__simple-memory__search_memory."""
_QUOTED = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*\"""", re.DOTALL)
_BETWEEN = re.compile(r"&&|\|\||[;\n]")
_OUR_COMMAND = re.compile(
    r"""
    (?:\w+=\S*\s+)*                                                      # variables
    (?:\S*python[\d.]*\s+-m\s+|(?:uvx|pipx\s+run|uv\s+run)\s+)?          # what runs it
    (?:\S*/)?simple[-_]memory\s+
    (?:search|show|sessions|projects|files|sql)\b
    """,
    re.VERBOSE,
)
_AROUND_IT = re.compile(r"(?:cd|export|source|set|\.)\s")


@functools.lru_cache(maxsize=1024)
def is_tool(name: str | None) -> bool:
    """Return whether a tool is one of ours, by whatever prefix the agent gave it."""
    return bool(name and _TOOL.search(name))


def mentions(given: str | None) -> bool:
    """Return whether what a tool was given may be a command of ours; cheap, and often enough to say no."""
    return given is not None and "simple" in given and ("simple-memory" in given or "simple_memory" in given)


def is_command(words: Iterable[str]) -> bool:
    """Return whether one of the strings that a tool was given is a shell command that only asks our program."""
    return any(_asks_only_us(word) for word in words)


def _asks_only_us(command: str) -> bool:
    if not mentions(command):
        return False
    bare = _QUOTED.sub("''", command.replace("\\\n", " "))
    steps = [step.strip() for step in _BETWEEN.split(bare)]
    asked = [step for step in steps if step and not _AROUND_IT.match(step)]
    return bool(asked) and all(_OUR_COMMAND.match(step) for step in asked)

"""What a tool gave back: the text that the model saw, and what `toolUseResult` keeps beyond that; pure.

`toolUseResult` repeats most of the text, often line by line with other indents and numbers, and most of the call's
input. What it repeats is left out, so that the same words are stored and indexed once.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from simple_memory.sources import jsonl
from simple_memory.sources.claude_code import records

_REPEATS_INPUT = frozenset(
    {
        "oldString",
        "newString",
        "newTodos",
        "oldTodos",
        "prompt",
        "filePath",
        "file_path",
        "base64",
        "data",
        "persistedOutputPath",
    }
)
"""Keys of toolUseResult whose text stands in the call's input, or that hold bytes."""
_NO_WORDS = frozenset({"type", "status", "agentId", "mode", "tool_use_id", "media_type", "toolUseId", "sessionId"})
"""Keys that hold ids and states."""
_SKIP = _REPEATS_INPUT | _NO_WORDS
_NUMBERED = re.compile(r"\n[ \t]*\d+(?:\u2192|\t)")
"""The line numbers that the agent's Read puts in front of each line: U+2192 in most versions, a tab in the newest. It
begins with what can be looked for; after `^` each character would be tried."""
_OUTPUT = re.compile(r"[/\\]tool-results[/\\]([^/\\\s<>\"']+)")
_SHORT = 200
_FEW = 16
_ERROR = "Error: "
"""What the agent puts before the text of a failure, in what it keeps for itself."""
_PATCH = " \t+-"


def result_text(content: records.Content) -> str:
    """Return the words of a tool result's `content`, in order, without images."""
    if content is None:
        return ""
    if isinstance(content, str):
        return jsonl.without_nul(content)
    if isinstance(content, dict):
        return jsonl.without_nul("\n".join(jsonl.leaf_texts(content, skip=_NO_WORDS)))
    return jsonl.without_nul("\n".join(filter(None, (block_text(block) for block in content))))


def block_text(block: records.Block) -> str:
    """Return the words of one block of a result or a message; "" for bytes."""
    if block.text is not None:
        return block.text
    if block.type == "tool_reference":
        return block.tool_name or block.name or ""
    inner = result_text(records.content_of(block))
    return f"{block.title}\n{inner}" if block.title else inner


def extra_text(raw: msgspec.Raw, seen: str) -> tuple[str, str | None]:
    """Return what `toolUseResult` tells beyond `seen`, the result's text, and the name of an off-loaded output."""
    if not memoryview(raw).nbytes:
        return "", None
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "", None
    if isinstance(value, str) and _stands_in(value.removeprefix(_ERROR), seen):
        return "", None
    name = _without_repeats(value, seen) if isinstance(value, dict) else None
    leaves = _unseen(jsonl.leaf_texts(value, skip=_SKIP), seen)
    return (jsonl.without_nul(_new_lines(leaves, seen)) if leaves else ""), name


def _without_repeats(value: dict[str, Any], seen: str) -> str | None:
    """Take out of `value` what stands elsewhere as a whole; return the name of an off-loaded output."""
    if value.get("type") == "create":
        value.pop("content", None)  # a written file: its text is the call's input
    if "file" in value and _is_numbered_copy(value["file"], seen):
        del value["file"]
    path = value.get("persistedOutputPath")
    return re.split(r"[/\\]", path)[-1] or None if isinstance(path, str) else None


def _unseen(leaves: list[str], seen: str) -> list[str]:
    """Return those of `leaves` that do not stand in `seen`.

    Many of them, the names that a search for files found, are looked for among its lines: each anywhere in it would
    take the square of its length. Only the first few of those that are no line are looked for everywhere.
    """
    if len(leaves) <= _FEW:
        return [leaf for leaf in leaves if not _stands_in(leaf, seen)]
    lines = set(seen.split("\n"))
    others = [leaf for leaf in leaves if leaf not in lines]
    return [leaf for leaf in others[:_FEW] if not _stands_in(leaf, seen)] + others[_FEW:]


def _stands_in(text: str, seen: str) -> bool:
    """Return whether `text` is in `seen`. Mostly it is `seen`: comparing takes a tenth of looking for it."""
    return text == seen or text in seen


def _is_numbered_copy(file: Any, seen: str) -> bool:
    """Return whether `file` is what Read keeps beside `seen`: the same lines without their numbers.

    Looks at the count of lines and at the first and last of them, which costs a tenth of comparing them all; the last
    is looked for from the end, where it stands.
    """
    content = file.get("content") if isinstance(file, dict) else None
    if not isinstance(content, str) or "\u2192" not in seen[:_SHORT]:
        return False
    first, last = content.partition("\n")[0], content.rpartition("\n")[2]
    return content.count("\n") <= seen.count("\n") and f"\u2192{first}" in seen and seen.rfind(f"\u2192{last}") >= 0


def output_name(seen: str) -> str | None:
    """Return the file name of the off-loaded output that a result's text names, if it names one."""
    if "<persisted-output>" not in seen:
        return None
    found = _OUTPUT.search(seen)
    return found.group(1) if found else None


def _new_lines(leaves: list[str], seen: str) -> str:
    """Return the lines of `leaves` that stand neither in `seen` nor twice, whatever their indent or patch mark."""
    plain = _NUMBERED.sub("\n", f"\n{seen}") if "\u2192" in seen or "\t" in seen else seen
    known = {line.strip(_PATCH) for line in plain.split("\n")}
    known.add("")
    new: list[str] = []
    for leaf in leaves:
        lines = leaf.removeprefix(_ERROR).split("\n")
        for line, bare in zip(lines, [line.strip(_PATCH) for line in lines], strict=True):
            if bare not in known:
                known.add(bare)
                new.append(line)
    return "\n".join(new)

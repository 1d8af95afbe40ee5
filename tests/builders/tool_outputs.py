"""What Claude Code writes after a tool has run: the text for the model, and `toolUseResult` for itself; per tool."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Input = dict[str, Any]
Output = tuple[str | list[dict[str, Any]], Any]
"""(content of the tool_result block, toolUseResult)"""


def of(name: str, given: Input, output: str) -> Output:
    """Return both forms of `output` for the tool `name` that was called with `given`."""
    if name.startswith("mcp__"):
        blocks = [{"type": "text", "text": output}]
        return blocks, blocks
    return _FORMS.get(name, _plain)(given, output)


def failed(output: str) -> Output:
    """Return both forms of an error."""
    return output, f"Error: {output}"


def numbered(output: str) -> str:
    """Return `output` as the agent's Read shows it to the model: a number, an arrow, the line."""
    return "\n".join(f"{number:6d}\u2192{line}" for number, line in enumerate(output.split("\n"), 1))


def offloaded(output: str, path: str) -> Output:
    """Return both forms of an output that was too long and went to the file `path`."""
    content = (
        f"<persisted-output>\nOutput too large. Full output saved to: {path}\n\n{output[:400]}\n</persisted-output>"
    )
    return content, {**_bash_result(content), "persistedOutputPath": path, "persistedOutputSize": len(output)}


def _plain(given: Input, output: str) -> Output:
    return output, output


def _bash_result(output: str) -> dict[str, Any]:
    return {"stdout": output, "stderr": "", "interrupted": False, "isImage": False}


def _bash(given: Input, output: str) -> Output:
    return output, _bash_result(output)


def _read(given: Input, output: str) -> Output:
    lines = output.count("\n") + 1
    file = {
        "content": output,
        "filePath": given.get("file_path", ""),
        "numLines": lines,
        "startLine": 1,
        "totalLines": lines,
    }
    return numbered(output), {"type": "text", "file": file}


def _edit(given: Input, output: str) -> Output:
    path = given.get("file_path", "")
    patch = {"oldStart": 1, "oldLines": 1, "newStart": 1, "newLines": 1, "lines": output.split("\n")[:20]}
    extra = {
        "filePath": path,
        "oldString": given.get("old_string", ""),
        "newString": given.get("new_string", ""),
        "originalFile": output,
        "structuredPatch": [patch],
        "userModified": False,
        "replaceAll": False,
    }
    return f"The file {path} has been updated.\n{numbered(output[:2000])}", extra


def _write(given: Input, output: str) -> Output:
    path = given.get("file_path", "")
    extra = {"type": "create", "filePath": path, "content": given.get("content", ""), "structuredPatch": []}
    return f"File created successfully at: {path}\n{output}".rstrip(), extra


def _grep(given: Input, output: str) -> Output:
    return output, {"mode": "content", "filenames": [], "content": output, "numLines": output.count("\n") + 1}


def _glob(given: Input, output: str) -> Output:
    names = output.split("\n")
    return output, {"filenames": names, "durationMs": 4, "numFiles": len(names), "truncated": False}


def _todo(given: Input, output: str) -> Output:
    return output or "Todos have been modified successfully.", {"oldTodos": [], "newTodos": given.get("todos", [])}


def _task(given: Input, output: str) -> Output:
    blocks = [{"type": "text", "text": output}]
    extra = {
        "status": "completed",
        "prompt": given.get("prompt", ""),
        "content": blocks,
        "totalDurationMs": 5000,
        "totalTokens": 900,
        "totalToolUseCount": 1,
    }
    return blocks, extra


_FORMS: dict[str, Callable[[Input, str], Output]] = {
    "Agent": _task,
    "Bash": _bash,
    "Edit": _edit,
    "Glob": _glob,
    "Grep": _grep,
    "Read": _read,
    "Task": _task,
    "TodoWrite": _todo,
    "Write": _write,
}

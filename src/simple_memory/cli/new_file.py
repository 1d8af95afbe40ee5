"""Writing an answer into a file of its own: new, private, whole or not at all; or to stdout (no name, or "-")."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable

from simple_memory import config, errors
from simple_memory.cli import output


def write(path: str | None, lines: Iterable[str]) -> None:
    """Write lines to a new file, 0600, or to stdout (None, "-"). Raises UsageError where the file is there already."""
    if path in (None, "-"):
        for line in lines:
            output.say(line)
        return
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, config.FILE_MODE)
    except FileExistsError:
        raise errors.UsageError(f"{path} is there already.", "Name a new file; nothing is written over.") from None
    try:
        with os.fdopen(file, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as opened:
            opened.writelines(f"{line}\n" for line in lines)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise
    sys.stdout.flush()

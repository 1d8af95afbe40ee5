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
    assert path is not None
    encoded = (f"{line}\n".encode("utf-8", "surrogateescape") for line in lines)
    _write(path, encoded)
    sys.stdout.flush()


def write_bytes(path: str, content: bytes) -> None:
    """Write bytes to a new file, 0600. Raises UsageError where the file is there already."""
    _write(path, (content,))


def _write(path: str, pieces: Iterable[bytes]) -> None:
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, config.FILE_MODE)
    except FileExistsError:
        raise errors.UsageError(f"{path} is there already.", "Name a new file; nothing is written over.") from None
    try:
        with os.fdopen(file, "wb") as opened:
            opened.writelines(pieces)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise

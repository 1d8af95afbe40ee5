"""Reading and replacing an agent's settings file: backed up, atomic, through links, its mode kept."""

from __future__ import annotations

import os
import stat
import tempfile

from simple_memory import errors

BACKUP = ".before-simple-memory"
"""Ends the name of the copy that is made before a file is changed."""
LARGEST = 64 * 1024 * 1024


def read(path: str) -> str:
    """Return the text of the file, "" where there is none. Raises SettingsInvalid for what is no text, OSError."""
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        return ""
    if len(content) > LARGEST:
        raise errors.SettingsInvalid(f"{path} is too large for a settings file.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise errors.SettingsInvalid(f"{path} is no UTF-8 text.") from None


def replace(path: str, before: str, after: str) -> str | None:
    """Put `after` into the file and return the path of the copy of what it was, None if there was no file.

    A link stays a link: the file behind it is replaced. Raises ServiceFailed where the file no longer holds `before`
    (its agent runs and wrote it), OSError.
    """
    path = os.path.realpath(path)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    mode = stat.S_IMODE(os.stat(path).st_mode) if os.path.exists(path) else 0o600
    backup = None
    if os.path.exists(path):
        backup = path + BACKUP
        _write(backup, before, 0o600)
    if read(path) != before:
        raise errors.ServiceFailed(f"{path} changed just now.", "Its agent is running: run the command again.")
    _write(path, after, mode)
    return backup


def _write(path: str, text: str, mode: int) -> None:
    descriptor, made = tempfile.mkstemp(prefix=".simple-memory-", dir=os.path.dirname(path))
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.replace(made, path)
    except BaseException:
        os.unlink(made)
        raise

"""Writing a session's images and documents into a folder, each as a file; nothing is written over."""

from __future__ import annotations

import os
from collections.abc import Iterable

from simple_memory import config
from simple_memory.cli import new_file
from simple_memory.store import pictures

_ENDINGS = {
    "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "application/pdf": "pdf",
    "text/plain": "txt",
}  # fmt: skip


def write(folder: str, found: Iterable[pictures.Picture]) -> tuple[int, int]:
    """Write each to FOLDER/POSITION-NUMBER.ENDING, 0600; return how many, and how many the memory has not any more.

    Raises UsageError where a file is there already.
    """
    os.makedirs(folder, mode=config.FOLDER_MODE, exist_ok=True)
    written = gone = 0
    for one in found:
        if one.content is None:
            gone += 1
            continue
        name = f"{one.position:05d}-{one.number}.{_ENDINGS.get(one.media_type, 'bin')}"
        new_file.write_bytes(os.path.join(folder, name), one.content)
        written += 1
    return written, gone

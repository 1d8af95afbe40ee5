"""A folder in the home for a second store, while something is compared or made anew; gone afterwards."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator

from simple_memory import config, errors
from simple_memory.service import identity

_NAME = re.compile(r"scratch-(\d+)-.*")
_ROOM_LEFT = 64 * 1024 * 1024


@contextlib.contextmanager
def folder(home: config.Home) -> Iterator[str]:
    """Give an empty folder, 0700, and remove it; what killed processes have left goes first.

    Raises DiskFull where a second database would not fit beside the first.
    """
    sweep(home)
    _refuse_without_room(home)
    made = tempfile.mkdtemp(prefix=f"scratch-{os.getpid()}-", dir=home.root)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def sweep(home: config.Home) -> None:
    """Remove the folders of processes that live no more."""
    for name in os.listdir(home.root):
        match = _NAME.fullmatch(name)
        if match and identity.look(int(match[1])) is None:
            shutil.rmtree(os.path.join(home.root, name), ignore_errors=True)


def _refuse_without_room(home: config.Home) -> None:
    size = os.path.getsize(home.database) if os.path.exists(home.database) else 0
    room = os.statvfs(home.root)
    wanted = int(size * 1.2) + _ROOM_LEFT
    if room.f_bavail * room.f_frsize < wanted:
        raise errors.DiskFull(
            f"{wanted / 1e6:,.0f} MB are needed for a moment in {home.root}, and there is less.",
            "Make room, then again.",
        )

"""Putting another database in the place of the one that is there, which is moved aside and never deleted.

For the process that holds the writer's lock, while no other has the database open for writing.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
from collections.abc import Callable

from simple_memory import config, errors
from simple_memory.store import backup

COMPANIONS = ("", "-wal", "-shm")


def replace_with(
    home: config.Home, source: str, now: datetime.datetime, *, prepare: Callable[[str], None] | None = None
) -> str:
    """Put a checked copy of the database in the file `source` in place; return where the old one is ("": none was).

    `prepare` gets the path of the copy before it is put there. The index is dropped: it is made again from the store.
    Raises a StoreError, and then nothing has changed.
    """
    waiting = f"{home.database}.restoring"
    try:
        backup.copy_to(source, waiting)
        if prepare is not None:
            prepare(waiting)
        aside = move_aside(home, now)
        os.rename(waiting, home.database)
    finally:
        for ending in COMPANIONS:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(waiting + ending)
    drop_index(home)
    return aside


def move_aside(home: config.Home, now: datetime.datetime) -> str:
    """Move the database's files into a folder of their own and return that; "" where there are none."""
    there = [ending for ending in COMPANIONS if os.path.lexists(home.database + ending)]
    if not there:
        return ""
    try:
        config.make_private(aside_folder(home))
        folder = os.path.join(aside_folder(home), now.strftime("%Y%m%dT%H%M%S.%fZ"))
        os.mkdir(folder, config.FOLDER_MODE)
        for ending in reversed(there):
            os.rename(home.database + ending, os.path.join(folder, os.path.basename(home.database) + ending))
    except OSError as error:
        raise errors.StoreError(f"{home.database} cannot be moved aside: {error.strerror or error}.") from error
    return folder


def aside_folder(home: config.Home) -> str:
    """Return the folder of what was moved aside."""
    return os.path.join(home.root, "aside")


def drop_index(home: config.Home) -> None:
    """Remove the index; it is derived, and made again."""
    if os.path.islink(home.index):
        os.unlink(home.index)
    else:
        shutil.rmtree(home.index, ignore_errors=True)

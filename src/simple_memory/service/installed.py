"""Which files a service was started from: whether they have been replaced since; not which version they are.

Versions alone do not tell: a new build may have the same number.
"""

from __future__ import annotations

import os

import simple_memory


def stamp() -> str:
    """Return where the package lies and what changes there when it is installed again; empty where it is gone."""
    path = os.path.abspath(simple_memory.__file__)
    try:
        status = os.stat(path)
    except OSError:
        return ""
    return f"{path} {status.st_ino} {status.st_mtime_ns}"


def is_replaced(kept: object) -> bool:
    """Return whether the files that a service was started from (its `stamp`) have been replaced since.

    Only where we are those files: another installation beside it says nothing, so two never end each other's service.
    """
    now = stamp()
    return isinstance(kept, str) and kept != now and bool(now) and _place(kept) == _place(now)


def _place(kept: str) -> str:
    return kept.rsplit(" ", 2)[0]

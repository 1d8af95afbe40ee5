"""Opens of a database's files by hand, while this process has it open through SQLite (fault S11). Not a test.

Closing such a file drops all of SQLite's locks in the process, and two processes then write over each other. `found`
holds those that code of ours did since it was last emptied; conftest.py looks at it after every test.
"""

from __future__ import annotations

import os
import sys

OURS = "/src/simple_memory/"
found: list[str] = []


def listen() -> None:
    """Begin to listen, for the life of this process."""
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if event != "open" or not isinstance(arguments[0], str) or "memory.db" not in os.path.basename(arguments[0]):
        return
    flags = arguments[2]
    is_new = isinstance(flags, int) and flags & os.O_EXCL  # which fails where there is a file
    if not is_new and _is_by_us() and _is_open(os.path.abspath(arguments[0])):
        found.append(arguments[0])


def _is_by_us() -> bool:
    """Return whether code of ours opens it, itself or through a library, and no test that it calls."""
    frame = sys._getframe(2)
    while frame.f_back is not None and "/tests/" not in frame.f_code.co_filename:
        if OURS in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


def _is_open(path: str) -> bool:
    """Return whether the process has the file open; False where the system does not tell."""
    for number in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else ():
        try:
            if os.readlink(f"/proc/self/fd/{number}") == path:
                return True
        except OSError:
            continue
    return False

"""One pass of the sync over CLAUDE_CONFIG_DIR into SIMPLE_MEMORY_HOME, in a process of its own. Not a test.

Prints "began" once the store is open, and in the end the most memory that the process held, in kB. argv may hold
max_line_bytes, or one of these words: `forced` passes the lock by, and begins at a line on stdin; `patient` goes on
after whatever the disk does to it, and prints how often that was.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from simple_memory import errors
from simple_memory.store import writer_lock
from simple_memory.sync import company
from tests import worlds
from tests.sync import stores, test_two_writers

MOST_FAILURES = 1000


def main() -> None:
    """Run it."""
    word = next(iter(sys.argv[1:]), "")
    given: dict[str, Any] = {"max_line_bytes": int(word)} if word.isdecimal() else {}
    root = Path(os.environ["SIMPLE_MEMORY_HOME"]).parent
    patch = pytest.MonkeyPatch()  # for as long as the process lives
    if word == "forced":
        patch.setattr(writer_lock, "WriterLock", test_two_writers.Forced)
        patch.setattr(stores.NoIndex, "offer", lambda *_: False)  # the store may hold more by then
    if word in {"forced", "patient"}:
        patch.setattr(company, "ALONE", company.ALONE._replace(commit_bytes=20_000))
    memory = stores.Memory(root, Path(os.environ["CLAUDE_CONFIG_DIR"]), **given)
    if word != "patient":
        memory.engine.open()
        print("began", flush=True)  # noqa: T201
    if word == "forced":
        sys.stdin.readline()
    failures = _sync(memory, {"forced": errors.StoreBusy, "patient": errors.StoreError}.get(word, ()))
    memory.engine.close()
    print(failures if word == "patient" else worlds.most_memory("self"), flush=True)  # noqa: T201


def _sync(memory: stores.Memory, survived: Any) -> int:
    """Sync, again after each error of the kinds that are `survived`; return how many these were."""
    for failures in range(MOST_FAILURES):
        try:
            memory.sync()
        except survived:
            continue
        return failures
    raise AssertionError


if __name__ == "__main__":
    main()

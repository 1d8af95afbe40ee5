"""Proves that what is written is read: a transcript of our own goes the way of all others, now and then.

Watched, noted, read, archived, checkpointed; then looked for in the store, and taken out again. Why it is done so:
docs/decisions/0005-canary.md. Times are on the monotonic clock.
"""

from __future__ import annotations

import json
import os
from typing import Protocol

from simple_memory import config, errors
from simple_memory.service import runfile

EVERY_S = 3600.0
AGAIN_S = 60.0
"""One that did not come through is followed by another after so long."""

DEADLINE_S = 30.0
"""One that takes longer has not come through."""


class Engine(Protocol):
    """What this asks of the engine."""

    def has_read(self, path: str, size: int) -> bool:
        """Return whether a transcript is in the store with all of its bytes."""

    def forget_canary(self) -> None:
        """Take every canary out of the store."""


class Canary:
    """The canary of one sync worker. `facts` is the last result, or None: {at, ok, latency_s}."""

    def __init__(self, home: config.Home, engine: Engine, *, now: float) -> None:
        """Take where to write and whom to ask; the first one is due at `now`."""
        self._folder = home.canary
        self._path = os.path.join(home.canary, "canary.jsonl")
        self._engine = engine
        self._due = now
        self._sent: float | None = None
        self._size = 0
        self.facts: dict[str, object] | None = None

    def prepare(self) -> None:
        """Make the folder, empty, so that it is watched from the beginning."""
        try:
            config.make_private(self._folder)
            self._remove()
        except (OSError, errors.HomeUnusable):  # the sending says it again, and the result says that it failed
            pass

    def ask(self, now: float) -> None:
        """Send one now, unless one is on its way."""
        self._due = now

    def step(self, now: float) -> None:
        """Send one if it is due, or look whether it came through. Raises what the engine raises."""
        if self._sent is not None:
            if self._engine.has_read(self._path, self._size):
                self._end(now, ok=True)
                self._engine.forget_canary()
        elif now >= self._due:
            self._engine.forget_canary()
            self._send(now)

    def forgive(self, now: float) -> None:
        """Let one that is on its way have its whole time again: nothing could be read until `now`."""
        if self._sent is not None:
            self._sent = now

    def expire(self, now: float) -> None:
        """Count one as lost that is on its way for too long."""
        if self._sent is not None and now - self._sent > DEADLINE_S:
            self._end(now, ok=False)

    def next_due(self) -> float:
        """Return when there is something to do unasked."""
        return self._due if self._sent is None else self._sent + DEADLINE_S + 0.1

    def _send(self, now: float) -> None:
        """Write the file anew, a whole line at once."""
        line = json.dumps({"type": "canary", "at": runfile.iso_now(), "nonce": os.urandom(8).hex()}) + "\n"
        self._sent, self._size = now, len(line)
        try:
            config.make_private(self._folder)
            self._remove()
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
            descriptor = os.open(self._path, flags, config.FILE_MODE)
            try:
                os.write(descriptor, line.encode("ascii"))
            finally:
                os.close(descriptor)
        except (OSError, errors.HomeUnusable):
            self._end(now, ok=False)

    def _end(self, now: float, *, ok: bool) -> None:
        latency = None if self._sent is None or not ok else round(now - self._sent, 3)
        self.facts = {"at": runfile.iso_now(), "ok": ok, "latency_s": latency}
        self._sent = None
        self._due = now + (EVERY_S if ok else AGAIN_S)
        try:
            self._remove()
        except OSError:
            pass

    def _remove(self) -> None:
        try:
            os.unlink(self._path)
        except FileNotFoundError:
            pass

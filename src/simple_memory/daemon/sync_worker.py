"""The process that reads transcripts as they grow: startup, main loop, shutdown; what reading is, is the engine's.

Whatever the engine raises while it works ends nothing: it is said once, and tried again after a while that doubles.
"""

from __future__ import annotations

import os
import select
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Protocol

from simple_memory import config, errors
from simple_memory.daemon import canary as canaries
from simple_memory.daemon import freed
from simple_memory.daemon import link as links
from simple_memory.daemon import pace as paces
from simple_memory.daemon import watcher as watchers
from simple_memory.service import log_lines, runfile

STEP_S = 0.5
"""How long the engine works before requests are looked at again; changes of files end it at once."""

DEAF_RESCAN_S = 5.0
"""Between full looks while the system tells us nothing."""

LOOKING_SHARE = 0.001
"""Full looks take this share of a processor at most, while the system tells us of changes: one at ten thousand
transcripts takes a fifth of a second."""

PROGRESS_S = 0.25
"""How often progress is told while there is some."""

FIRST_RETRY_S = 1.0


class Engine(canaries.Engine, Protocol):
    """What this process drives; `sync.engine.Engine` is the one."""

    def open(self) -> None:
        """Open the store, making or migrating it."""

    def roots(self) -> list[str]:
        """Return the folders to watch; they may not exist yet."""

    def rescan(self) -> None:
        """Look at every transcript, and plan what is to be read."""

    def note(self, paths: Iterable[str]) -> None:
        """Take paths that changed: they go first."""

    is_at_leisure: bool
    """Whether what `work` did last was nothing but what keeps the store well, which nobody waits for."""

    def work(self, seconds: float) -> bool:
        """Read for about that long; return whether there is more."""

    def misses_index(self) -> bool:
        """Return whether the index was taken away, and `work` would make it anew."""

    def tidy(self) -> None:
        """Let go of what is kept in memory and not needed now."""

    def facts(self) -> dict[str, object]:
        """Return how far it is."""

    def close(self) -> None:
        """Close the store."""


class Watching(Protocol):
    """What tells this process of changes; `watcher.Watcher` is the one."""

    trouble: str

    def watch(self, roots: list[str]) -> bool:
        """Watch the roots that exist; return whether these are others than before."""

    def take(self) -> set[str]:
        """Return the paths that changed."""

    def has_news(self) -> bool:
        """Return whether `take` would give any."""

    def fileno(self) -> int:
        """Return the descriptor to wait on."""

    def close(self) -> None:
        """Stop watching."""


def run(
    home: config.Home,
    settings: config.Settings,
    link: links.Link,
    *,
    make_engine: Callable[[], Engine] | None = None,
    make_watcher: Callable[[int], Watching] = watchers.Watcher,
) -> int:
    """Read transcripts until `link` says stop; return the exit code. Raises a StoreError if no store opens."""
    os.nice(min(19, settings.nice))  # never in the way of the person's own work
    watcher = make_watcher(settings.watched_folders_at_most)
    engine = make_engine() if make_engine else _real_engine(home, settings, watcher, link)
    canary = canaries.Canary(home, engine, now=time.monotonic())
    worker = SyncWorker(engine, watcher, settings=settings, link=link, canary=canary)
    worker.start_up()
    while not link.stop_requested():
        worker.step()
    worker.shut_down()
    return errors.EXIT_OK


def _real_engine(home: config.Home, settings: config.Settings, watcher: Watching, link: links.Link) -> Engine:
    from simple_memory.sync import engine

    def is_called() -> bool:
        return watcher.has_news() or link.stop_requested()

    made: Engine = engine.Engine(home, settings, report=report, stays=True, is_called=is_called)
    return made


_LEVELS = {
    "failed": log_lines.ERROR,
    "index_failed": log_lines.ERROR,
    "backup_failed": log_lines.ERROR,
    "transcript_skipped": log_lines.WARNING,
    "not_told_of_changes": log_lines.WARNING,
    "journal_grows": log_lines.WARNING,
}
"""How grave the events are; those that are not named are news."""


def report(event: str, facts: dict[str, object]) -> None:
    """Write an event and its facts as one line; the supervisor puts it into the log."""
    level = _LEVELS.get(event, log_lines.INFO)
    sys.stdout.write(log_lines.event(level, event, facts) + "\n")
    sys.stdout.flush()


class SyncWorker:
    """The loop around an engine. Times are on the monotonic clock."""

    def __init__(
        self,
        engine: Engine,
        watcher: Watching,
        *,
        settings: config.Settings,
        link: links.Link,
        canary: canaries.Canary,
        pace: paces.Pace | None = None,
    ) -> None:
        """Take what it drives and listens to, and how fast it goes; nothing is opened."""
        self._engine = engine
        self._watcher = watcher
        self._settings = settings
        self._link = link
        self._canary = canary
        self._pace = pace or paces.Pace(settings)
        self._rest_until = 0.0
        self._rests_at_leisure = False
        self._holds_freed = False  # memory, since the last look at everything
        self._told_pace: str | None = None
        self._has_work = True
        self._rescan_at = 0.0
        self._look_at = 0.0
        self._news = True
        self._told_at = 0.0
        self._beat_at = 0.0
        self._retry_at = 0.0
        self._retry_s = FIRST_RETRY_S
        self._error = ""
        self._told_trouble = ""
        self._known: dict[str, object] = {}
        self._is_stale = True
        self._last_event_at: str | None = None
        self._last_rescan_at: str | None = None

    def start_up(self) -> None:
        """Open the store, say that we serve, and what there is to read. Raises a StoreError."""
        self._canary.prepare()
        self._engine.open()
        self._link.ready()
        try:
            self._look(time.monotonic())
        except Exception as error:
            self._fall_back(error)
        self._link.beat(self._facts())

    def step(self) -> None:
        """Do what is due, then wait for the next thing."""
        now = time.monotonic()
        self._take_requests(now)
        if self._retry_at <= now:
            self._attempt(now)
        if not self._error:  # else that is the trouble, and it is told
            self._canary.expire(now)
        self._tell(now)
        self._wait()

    def shut_down(self) -> None:
        """Tell the last facts and close everything."""
        self._link.beat(self._facts())
        self._watcher.close()
        self._engine.close()

    def _take_requests(self, now: float) -> None:
        wishes = self._link.requests()
        if "canary" in wishes:
            self._canary.ask(now)
        if "rescan" in wishes:
            self._rescan_at = now
            self._retry_at = self._rest_until = 0.0  # a person asks: no need to wait any longer
            self._pace.hurry()

    def _attempt(self, now: float) -> None:
        try:
            if self._error:
                self._reopen()
            changed = self._look(now)
            if self._has_work and (now >= self._rest_until or changed):
                self._work(now)
            self._step_canary()
        except Exception as error:
            self._fall_back(error)
            return
        if self._error:
            report("recovered", {"from": self._error})
            self._canary.forgive(now)
            self._error, self._retry_s = "", FIRST_RETRY_S

    def _work(self, now: float) -> None:
        """Work for a step, and rest after it as the pace says; while resting only what came in live is read."""
        told = self._news
        self._news = self._is_stale = True
        self._has_work = self._engine.work(STEP_S if now >= self._rest_until else 0.0)
        if not self._has_work:
            self._rest_until = 0.0
            self._pace.relax()
            if self._holds_freed:
                self._holds_freed = False
                self._engine.tidy()
                freed.give_back()
        elif now >= self._rest_until:
            ended = time.monotonic()
            self._rests_at_leisure = self._engine.is_at_leisure
            rest = self._pace.rest_at_leisure if self._rests_at_leisure else self._pace.rest_after
            self._rest_until = ended + rest(ended - now)
            self._news = told or not self._rests_at_leisure
        if self._pace.reason != self._told_pace:
            self._told_pace = self._pace.reason
            report("import_slowed", {"why": self._told_pace}) if self._told_pace else report("import_at_full_speed", {})

    def _step_canary(self) -> None:
        before = self._canary.facts
        self._canary.step(time.monotonic())
        self._news = self._news or self._canary.facts is not before

    def _reopen(self) -> None:
        """Start from a new connection: what failed on the old one may have left it half-way."""
        self._engine.close()
        self._engine.open()
        self._rescan_at = 0.0

    def _look(self, now: float) -> bool:
        """Take what changed, and return whether anything did; look at everything where that is due."""
        if now >= self._look_at:
            self._look_at = now + self._settings.heartbeat_s
            if self._watcher.watch(self._engine.roots()):
                self._rescan_at = now
            self._tell_trouble()
            self._has_work = self._has_work or self._engine.misses_index()
        if now >= self._rescan_at:
            self._rescan_at = now + self._until_next_look(0.0)  # also where it fails
            began = time.thread_time()
            self._engine.rescan()
            self._rescan_at = now + self._until_next_look(time.thread_time() - began)
            self._last_rescan_at = runfile.iso_now()
            self._has_work = self._holds_freed = True
            self._end_leisure()
        changed = self._watcher.take()
        if changed:
            self._engine.note(changed)
            self._last_event_at = runfile.iso_now()
            self._has_work = True
            self._end_leisure()
        return bool(changed)

    def _until_next_look(self, cost: float) -> float:
        """Return the seconds from a look at everything, which took `cost` seconds of a processor, to the next one."""
        if self._watcher.trouble:
            return min(DEAF_RESCAN_S, self._settings.rescan_s)
        return max(self._settings.rescan_s, cost / LOOKING_SHARE)

    def _end_leisure(self) -> None:
        """Rest no longer if it was from what nobody waits for: there may be something to read."""
        if self._rests_at_leisure:
            self._rest_until, self._rests_at_leisure = 0.0, False

    def _tell_trouble(self) -> None:
        if self._watcher.trouble != self._told_trouble:
            self._told_trouble = self._watcher.trouble
            if self._told_trouble:
                report("not_told_of_changes", {"why": self._told_trouble, "rescan_every_s": DEAF_RESCAN_S})
            else:
                report("told_of_changes_again", {})

    def _fall_back(self, error: Exception) -> None:
        cause = error.message if isinstance(error, errors.SimpleMemoryError) else f"{type(error).__name__}: {error}"
        if cause != self._error:
            report("failed", {"error": cause, "retry_s": self._retry_s})
            if not isinstance(error, errors.SimpleMemoryError | OSError):
                traceback.print_exc()
        self._error = cause
        self._has_work = True
        self._retry_at = time.monotonic() + self._retry_s
        self._retry_s = min(self._settings.retry_longest_s, self._retry_s * 2)

    def _tell(self, now: float) -> None:
        """Say how it is: now and then, and soon after something was done."""
        if now >= self._beat_at or (self._news and now >= self._told_at + PROGRESS_S):
            self._link.beat(self._facts())
            self._news = False
            self._told_at = now
            self._beat_at = self._look_at = now + self._settings.heartbeat_s  # one waking for both

    def _facts(self) -> dict[str, object]:
        is_news = self._is_stale or bool(self._known.get("behind"))  # what waits grows older, all else stays
        if is_news and not self._error:  # else the engine may be half open; what it said last still holds
            self._known = dict(self._engine.facts())
            self._is_stale = False
        told = {
            **self._known,
            "roots": self._engine.roots(),
            "watching": self._watcher.trouble or "files",
            "canary": self._canary.facts,
            "slowed_by": self._pace.reason,
            "redact_on_read": self._settings.redact_on_read,
            "last_event_at": self._last_event_at,
            "last_rescan_at": self._last_rescan_at,
        }
        return {**told, "last_error": self._error} if self._error else told

    def _wait(self) -> None:
        now = time.monotonic()
        if self._has_work and not self._error and now >= self._rest_until:
            return
        beat_at = self._told_at + PROGRESS_S if self._news else self._beat_at
        due = (
            min(beat_at, self._retry_at)
            if self._error
            else min(beat_at, self._look_at, self._rescan_at, self._canary.next_due())
        )
        if self._has_work and not self._error:
            due = min(due, self._rest_until)
        poller = select.poll()
        poller.register(self._link.fileno(), select.POLLIN)
        if not self._error:
            poller.register(self._watcher.fileno(), select.POLLIN)
        poller.poll(max(0.0, due - now) * 1000)

"""Tells which files changed under some folders, within a tenth of a second; not what is done about it.

On Linux the caller waits for the kernel's own descriptor (inotify.py): nothing wakes while nothing changes. Elsewhere a
thread waits in watchfiles and wakes the main loop through a pipe. There is no filter: the paths that matter contain
`/.claude/`, which common filters drop. Where the system gives no more watches, the watcher is deaf and says why; the
caller then looks at the files itself, more often. Numbers: docs/decisions/0001-waiting-for-files.md.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterable, Sequence

from watchfiles import _rust_notify

from simple_memory.daemon import inotify

IDLE_STEP_MS = 50
"""How often the waiting thread wakes while nothing happens: 0.08 % of a CPU, p95 100 ms from change to news."""

BUSY_STEP_MS = 10
"""The same for some seconds after a change: 0.33 % of a CPU, p95 20 ms."""

BUSY_S = 10.0

RETRY_S = 60.0
"""A deaf watcher tries to hear again after this long."""

_TURN_MS = 1000
"""The thread looks this often whether it is still wanted."""

_ADDED = 1  # watchfiles.Change.added

Identity = tuple[int, int]


class Watcher:
    """Watches folders, with everything under them. `fileno()` is readable when something changed."""

    def __init__(
        self, folders_at_most: int = 50_000, *, by_thread: bool = not sys.platform.startswith("linux")
    ) -> None:
        """Make a watcher that watches nothing yet, and later no more than so many folders.

        `by_thread`: through watchfiles, as it must be where there is no inotify.
        """
        self._folders_at_most = folders_at_most
        self._by_thread = by_thread
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._reader, self._writer = os.pipe()
        for descriptor in (self._reader, self._writer):
            os.set_blocking(descriptor, False)
        self._watched: dict[str, Identity] = {}
        self._ear: _Ear | inotify.Ear | None = None
        self._retry_at = 0.0
        self.trouble = ""

    def watch(self, roots: Sequence[str]) -> bool:
        """Watch those of `roots` that exist; return whether that is another set of folders than before.

        Call it again now and then: folders that appear later, or anew, are noticed here. True means that changes may
        have been missed, so look at the files themselves.
        """
        found = _existing(roots)
        if found == self._watched and not (self.trouble and time.monotonic() >= self._retry_at):
            return False
        self._close_ear()
        self._watched = found
        self.trouble = ""
        if found:
            try:
                self._ear = self._listen_to(list(found))
            except Exception as error:  # OSError or its own class, by what the system refused
                self._go_deaf(error)
        return True

    def take(self) -> set[str]:
        """Return the paths that changed since the last call."""
        told: set[str] = set()
        if isinstance(self._ear, inotify.Ear):
            try:
                told = self._ear.take()
            except OSError as error:
                told = set(self._watched)  # something was told, and is lost: look at all of it
                self._close_ear()
                self._go_deaf(error)
        try:
            os.read(self._reader, 4096)
        except BlockingIOError:
            pass
        with self._lock:
            taken, self._changed = self._changed, set()
        return taken | told

    def has_news(self) -> bool:
        """Return whether paths have changed since the last `take`. Cheap: it is asked many times a second."""
        return bool(self._changed) or (isinstance(self._ear, inotify.Ear) and self._ear.has_news())

    def fileno(self) -> int:
        """Return the descriptor to wait on: another one after `watch` has returned True."""
        return self._ear.fileno() if isinstance(self._ear, inotify.Ear) else self._reader

    def close(self) -> None:
        """Stop watching."""
        self._close_ear()
        with self._lock:
            os.close(self._reader)
            os.close(self._writer)
            self._reader = self._writer = -1

    def heard(self, paths: Iterable[str]) -> None:
        """Take changed paths from the waiting thread, and wake the main loop."""
        with self._lock:
            self._changed.update(paths)
            self._ring()

    def went_deaf(self, error: BaseException) -> None:
        """Take from the waiting thread that it can hear no more."""
        self._go_deaf(error)
        with self._lock:
            self._ring()

    def _listen_to(self, found: list[str]) -> _Ear | inotify.Ear:
        if not self._by_thread:
            return inotify.Ear(found, self._folders_at_most)
        _count_folders(found, self._folders_at_most)
        return _Ear(_notify(found), self)

    def _go_deaf(self, error: BaseException) -> None:
        self._retry_at = time.monotonic() + RETRY_S
        self.trouble = f"Changes of files are not told by the system ({str(error).partition('. about')[0]})"

    def _ring(self) -> None:
        if self._writer < 0:
            return
        try:
            os.write(self._writer, b"!")
        except BlockingIOError:  # it rings already
            pass

    def _close_ear(self) -> None:
        if self._ear is not None:
            self._ear.close()
            self._ear = None


class _Ear:
    """The waiting thread of one set of folders."""

    def __init__(self, notify: _rust_notify.RustNotify, watcher: Watcher) -> None:
        self._notify = notify
        self._watcher = watcher
        self._wanted = True
        self._thread = threading.Thread(target=self._listen, name="watcher", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let the thread end at its next turn; nobody waits for it."""
        self._wanted = False

    def _listen(self) -> None:
        try:
            self._pass_on()
        except Exception as error:
            if self._wanted:
                self._watcher.went_deaf(error)
        finally:
            self._notify.close()

    def _pass_on(self) -> None:
        busy_until = 0.0
        while self._wanted:
            step_ms = BUSY_STEP_MS if time.monotonic() < busy_until else IDLE_STEP_MS
            news = self._notify.watch(1, step_ms, _TURN_MS, None)
            if isinstance(news, set) and self._wanted:
                busy_until = time.monotonic() + BUSY_S
                self._watcher.heard(path for _, path in news)
                _probe(news)


def _notify(paths: list[str], *, recursive: bool = True) -> _rust_notify.RustNotify:
    """Return what watches `paths`. Raises OSError, or the library's own error, where the system gives no watches.

    Folders that may not be read are left out only where there are such: the option for that hides a reached limit too.
    """
    try:
        return _rust_notify.RustNotify(paths, False, False, 0, recursive, False)
    except PermissionError:
        return _rust_notify.RustNotify(paths, False, False, 0, recursive, True)


def _probe(news: set[tuple[int, str]]) -> None:
    """Raise what `_notify` raises if a folder that was just made cannot be watched: the library would not tell."""
    made = next((path for change, path in news if change == _ADDED and os.path.isdir(path)), None)
    if made is not None:
        try:
            _notify([made], recursive=False).close()
        except FileNotFoundError:  # gone again
            pass


def _count_folders(roots: Iterable[str], at_most: int) -> None:
    """Raise OSError where more folders than that would have to be watched: a watch for each is the kernel's memory."""
    count = 0
    for root in roots:
        for _ in os.walk(root):
            count += 1
            if count > at_most:
                raise OSError(f"there are more than {at_most:,} folders: watched_folders_at_most in config.toml")


def _existing(roots: Sequence[str]) -> dict[str, Identity]:
    found = {}
    for root in roots:
        try:
            seen = os.stat(root)
        except OSError:
            continue
        found[root] = (seen.st_dev, seen.st_ino)
    return found

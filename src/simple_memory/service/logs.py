"""Reads what the service wrote down: the last lines, those since a time, and new ones as they come; never writes.

What a line is, log_lines.py says; times are ISO 8601 UTC of one width, so that lines of several logs sort by them. The
newest file of a log is NAME.log, older ones are NAME.log.1, .2, ….
"""

from __future__ import annotations

import os
import sys
import time

from simple_memory import config, errors
from simple_memory.service import log_lines, runfile

NAMES = (runfile.SUPERVISOR, *runfile.WORKERS)
FOLLOW_S = 0.2
"""How often a log that is followed is looked at."""

_BLOCK_BYTES = 65536
_OLDEST = 16
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def parse_since(text: str, now: float) -> str:
    """Return the time that `text` means as ISO 8601 UTC: 90s, 10m, 2h, 3d, 1w before `now`, or an ISO date or time.

    `now` is in seconds since 1970. Raises UsageError.
    """
    number, unit = text[:-1], text[-1:]
    if number.isdecimal() and unit in _UNITS_S:
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(max(0.0, now - int(number) * _UNITS_S[unit])))
    import datetime

    try:
        found = datetime.datetime.fromisoformat(text)
        if found.tzinfo is None:
            found = found.astimezone()  # a person's own clock
        return found.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    except (ValueError, OverflowError) as error:
        raise errors.UsageError(
            f"{text!r} is not a time.", "Use 90s, 10m, 2h, 3d, 1w, or a date and time like 2026-01-31T12:00."
        ) from error


def last_lines(
    home: config.Home, names: tuple[str, ...], count: int, since: str = "", least: str = log_lines.LEVELS[0]
) -> list[str]:
    """Return the last `count` lines of the logs of `names`, oldest first, of the level `least` or graver.

    None is older than `since` (ISO, or empty).
    """
    found: list[str] = []
    is_all = least == log_lines.LEVELS[0]
    for name in names:
        found += _last_of(home.log_file(name), count if is_all else sys.maxsize, since)
    if not is_all:
        found = [line for line in found if is_grave(line, least)]
    found.sort(key=log_lines.time_of)
    return found[-count:] if count else []


def is_grave(line: str, least: str) -> bool:
    """Return whether a line is of the level `least` or graver."""
    return log_lines.is_at_least(log_lines.read(line).level, least)


def _last_of(path: str, count: int, since: str) -> list[str]:
    found: list[str] = []
    for place in (path, *(f"{path}.{number}" for number in range(1, _OLDEST))):
        descriptor = _open(place)
        if descriptor is None:
            break
        try:
            older = _tail(descriptor, count - len(found), since)
        finally:
            os.close(descriptor)
        found = older + found
        if len(found) >= count or (since and found and log_lines.time_of(found[0]) < since):
            break
    return [line for line in found if log_lines.time_of(line) >= since] if since else found


def _tail(descriptor: int, count: int, since: str) -> list[str]:
    """Return the last `count` lines of a file, and perhaps some more; stops early at lines older than `since`."""
    place = os.fstat(descriptor).st_size
    text = b""
    while place > 0 and text.count(b"\n") <= count:
        size = min(_BLOCK_BYTES, place)
        place -= size
        text = os.pread(descriptor, size, place) + text
        if since and log_lines.time_of(text.partition(b"\n")[2][:40].decode("ascii", "replace")) < since:
            break
    lines = text.decode("utf-8", "replace").split("\n")
    if place > 0:
        lines = lines[1:]  # its beginning is in a block that we did not read
    return [line for line in lines if line][-count:] if count > 0 else []


class Follower:
    """Reads new lines of several logs as they come, across rotations and across restarts of the service."""

    def __init__(self, home: config.Home, names: tuple[str, ...]) -> None:
        """Begin at the present end of each log."""
        self._paths = [home.log_file(name) for name in names]
        self._open: dict[str, int] = {}
        self._rest: dict[str, bytes] = {}
        for path in self._paths:
            descriptor = _open(path)
            if descriptor is not None:
                os.lseek(descriptor, 0, os.SEEK_END)
                self._open[path] = descriptor

    def new_lines(self) -> list[str]:
        """Return the whole lines that were written since the last call, oldest first."""
        found: list[str] = []
        for path in self._paths:
            found += self._of(path)
        found.sort(key=log_lines.time_of)
        return found

    def close(self) -> None:
        """Close the files."""
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()

    def _of(self, path: str) -> list[str]:
        found: list[str] = []
        descriptor = self._open.get(path)
        if descriptor is not None:
            moved = not _is_at(descriptor, path)  # before reading: what comes after is in the next file
            found += self._read(path, descriptor)
            if not moved:
                return found
            os.close(self._open.pop(path))
        fresh = _open(path)
        if fresh is not None:
            self._open[path] = fresh
            found += self._read(path, fresh)
        return found

    def _read(self, path: str, descriptor: int) -> list[str]:
        text = self._rest.pop(path, b"")
        while part := os.read(descriptor, _BLOCK_BYTES):
            text += part
        *lines, rest = text.split(b"\n")
        self._rest[path] = rest
        return [line.decode("utf-8", "replace") for line in lines if line]


def _open(path: str) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None


def _is_at(descriptor: int, path: str) -> bool:
    try:
        here, ours = os.lstat(path), os.fstat(descriptor)
    except OSError:
        return True  # gone for a moment, between two renames: look again later
    return (here.st_dev, here.st_ino) == (ours.st_dev, ours.st_ino)

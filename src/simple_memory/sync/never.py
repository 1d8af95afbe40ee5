"""What `never` in config.toml keeps from being read. Pure: it looks at names alone, before a file is opened."""

from __future__ import annotations

import fnmatch
import re

from simple_memory.sync import scan

_OTHER = re.compile(r"[^A-Za-z0-9*?]")


def covers(entries: list[str], found: scan.Found) -> bool:
    """Return whether a transcript is one that is never read.

    An entry is a project's directory (all below it too) or a glob; it is compared with the transcript's path, and with
    the name of its folder, which is the project's directory with a dash for every sign that is no letter or digit.
    """
    return any(_covers(entry, found) for entry in entries)


def _covers(entry: str, found: scan.Found) -> bool:
    whole = entry.rstrip("/") or "/"
    if any(fnmatch.fnmatchcase(found.path, glob) for glob in (whole, f"{whole}/*")):
        return True
    folder = _OTHER.sub("-", whole)
    return any(fnmatch.fnmatchcase(found.place.folder, glob) for glob in (folder, f"{folder}-*"))

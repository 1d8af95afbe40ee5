"""Packages that bring texts for a set: installed at a pinned version, into a folder of the bench, when it is made."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from bench import measure


def folder_of(requirement: str) -> Path:
    """Return a folder with this package (NAME==VERSION), without what it depends on; it is kept for the next run.

    Raises SystemExit where it cannot be had: `--sets` names the sets that need none.
    """
    folder = Path(tempfile.gettempdir()) / f"simple-memory-bench-{os.getuid()}" / requirement.replace("==", "-")
    if not folder.exists():
        half = folder.with_name(f"{folder.name}.new-{os.getpid()}")
        command = [sys.executable, "-m", "uv", "pip", "install", "--no-deps", "--target", str(half), requirement]
        if measure.run(command, dict(os.environ)).code:
            raise SystemExit(f"{requirement} cannot be installed here: name the sets that need no package with --sets.")
        half.rename(folder)
    return folder

"""How much room the disk has, and the refusal to read into the last of it."""

from __future__ import annotations

import os

from simple_memory import config, errors


def check(home: config.Home, floor_bytes: int) -> None:
    """Return if the disk that holds `home` has at least `floor_bytes` to give. Raises DiskFull where it has not."""
    try:
        found = os.statvfs(home.root)
    except OSError:  # what is wrong with it is told by whoever writes there
        return
    free = found.f_bavail * found.f_frsize
    if free < floor_bytes:
        raise errors.DiskFull(
            f"The disk that holds {home.root} is almost full: {free / 1e6:,.0f} MB are left, and reading stops at "
            f"{floor_bytes / 1e6:,.0f} MB.",
            "Make room, or lower disk_floor_bytes in config.toml; reading goes on by itself.",
        )

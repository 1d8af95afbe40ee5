"""Whether a folder is on a disk of this machine; SQLite's locks and shared memory hold on such a disk only."""

from __future__ import annotations

import os

_NETWORK = frozenset(
    {
        "9p", "afs", "ceph", "cifs", "coda", "fuse.ceph", "fuse.glusterfs", "fuse.grpcfuse", "fuse.rclone", "fuse.s3fs",
        "fuse.sshfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "prl_fs", "smb3", "smbfs", "vboxsf",
    }
)  # fmt: skip
"""Kinds of file systems, as Linux names them, whose files other machines may write too."""


def network_kind(folder: str, *, mounts: str = "/proc/self/mountinfo") -> str | None:
    """Return the kind of the network's file system that `folder` is on or would be made on, None for a local one.

    None also where the system does not tell. `mounts` is the kernel's list of mounts.
    """
    while not os.path.isdir(folder) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    try:
        device = os.stat(folder).st_dev
        with open(mounts, encoding="utf-8", errors="surrogateescape") as file:
            return _kind_of(f"{os.major(device)}:{os.minor(device)}", file.read())
    except OSError:
        return None


def _kind_of(device: str, mounts: str) -> str | None:
    """Return the kind of the network's file system on `device` (major:minor); see proc(5) for the lines of `mounts`."""
    for line in mounts.split("\n"):
        place, _, kind = line.partition(" - ")
        fields = place.split(" ", 3)
        if len(fields) > 2 and fields[2] == device:
            name = kind.split(" ", 1)[0]
            return name if name in _NETWORK else None
    return None

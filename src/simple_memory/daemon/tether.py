"""What ties a worker to its supervisor's life, from the worker's side; not what they say to each other (link.py)."""

from __future__ import annotations

import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def tie_to_parent(parent: int) -> bool:
    """Have the kernel end this process when the one with pid `parent` ends; return False if that is gone already.

    Linux only: elsewhere the end-of-file on the link must do. The kernel means the parent's *thread* that started us;
    the supervisor has but one.
    """
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    return os.getppid() == parent

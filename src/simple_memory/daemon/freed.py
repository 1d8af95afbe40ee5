"""Memory that was freed goes back to the system; not what frees it (docs/decisions/0016)."""

from __future__ import annotations


def give_back() -> bool:
    """Let the C library give back what it keeps of freed memory; return whether it can, as glibc can."""
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        return False
    trim(ctypes.c_size_t(0))
    return True

"""Freed memory is given back where the C library can, and nothing breaks where it cannot."""

from __future__ import annotations

import ctypes
import platform
from pathlib import Path

import pytest

from simple_memory.daemon import freed


def private_kb() -> int:
    told = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in told if line.startswith("Private_"))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps so much, and can give it back")
def test_what_was_freed_below_something_that_stays_goes_back() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]
    blocks = [libc.malloc(100_000) for _ in range(600)]
    for block in blocks:
        ctypes.memset(block, 1, 100_000)
    for block in blocks[:-1]:
        libc.free(block)
    before = private_kb()
    assert freed.give_back()
    assert private_kb() < before - 30_000
    libc.free(blocks[-1])


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    assert not freed.give_back()

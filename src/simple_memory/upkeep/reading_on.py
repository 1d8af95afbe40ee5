"""Bringing a store that was changed as a whole up to date: its index, and what its transcripts hold beyond it."""

from __future__ import annotations

from simple_memory import config
from simple_memory.sync import engine, telling

SLICE_S = 0.5
"""How long it works until it tells how far it is."""


def build_index(home: config.Home) -> None:
    """Make the index say what the store holds; no transcript is looked at. Raises a StoreError."""
    _run(engine.Engine(home, config.load_settings(home), report=telling.tell_event), rescans=False)


def read_on(home: config.Home, settings: config.Settings) -> int:
    """Read what the transcripts hold beyond the store, index it all, and return how many messages came."""
    return _run(engine.Engine(home, settings, report=telling.tell_event), rescans=True)


def _run(one: engine.Engine, *, rescans: bool) -> int:
    try:
        one.open()
        if rescans:
            one.rescan()
        while one.work(SLICE_S):
            telling.tell({"facts": one.facts()})
        return one.totals().messages
    finally:
        one.close()

"""How much of its time a first import may take: less on battery, or where others want the machine; not the import.

What comes in live is no import: it is read at once, always. What only makes the store smaller waits for a machine that
nobody else wants, and takes little of it even then.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from simple_memory import config

LOOK_S = 5.0
"""Between two looks at power and load."""
GRACE_S = 5.0
"""So much work is never slowed: what came while the machine was off for a night is read at once."""
OWN_LOAD = 2.0
"""What an import adds to the machine's load itself: the reader, and the index beside it."""
LEISURE_SHARE = 0.2
"""Of its time that the worker takes for what nobody waits for."""
LEISURE_LEAST_S = 0.02
LEISURE_LOOK_S = 60.0
"""How long that rests on battery, or where others want the machine, until it looks again."""
BATTERY = "battery"
LOAD = "load"


class Pace:
    """Says how long to rest after work, and why. For Linux; elsewhere only the load is looked at."""

    def __init__(
        self,
        settings: config.Settings,
        *,
        power: str = "/sys/class/power_supply",
        load: Callable[[], float] | None = None,
        cores: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the settings, where the system tells of its power, its load, its cores, and a clock in seconds."""
        self._settings = settings
        self._power = power
        self._load = load or (lambda: os.getloadavg()[0])
        self._cores = cores or os.cpu_count() or 1
        self._clock = clock
        self._look_at = 0.0
        self._is_hurried = False
        self._worked_s = 0.0
        self._leisure_look_at = 0.0
        self.reason: str | None = None

    def hurry(self) -> None:
        """Do not rest until `relax`: a person waits."""
        self._is_hurried = True
        self._look_at = 0.0

    def relax(self) -> None:
        """Take it that all is read: nobody waits any more, and nothing is slow."""
        self._is_hurried = False
        self._worked_s = 0.0
        self.reason = None
        self._look_at = 0.0

    def rest_after(self, worked_s: float) -> float:
        """Return how many seconds to rest after `worked_s` of an import; `reason` says why."""
        now = self._clock()
        self._worked_s += worked_s
        if self._worked_s <= GRACE_S:
            return 0.0
        if now >= self._look_at:
            self._look_at = now + LOOK_S
            self.reason = None if self._is_hurried else self._look()
        share = {
            BATTERY: self._settings.share_on_battery,
            LOAD: self._settings.share_under_load,
        }.get(self.reason or "", 1.0)
        return worked_s * (1 / share - 1)

    def rest_at_leisure(self, worked_s: float) -> float:
        """Return how many seconds to rest after `worked_s` of what nobody waits for."""
        now = self._clock()
        if now >= self._leisure_look_at:
            self._leisure_look_at = now + LOOK_S
            if self._look():
                self._leisure_look_at = 0.0
                return LEISURE_LOOK_S
        return max(LEISURE_LEAST_S, worked_s * (1 / LEISURE_SHARE - 1))

    def _look(self) -> str | None:
        """Return what speaks for standing back: "battery", "load", or None."""
        if self._settings.share_on_battery < 1 and is_on_battery(self._power):
            return BATTERY
        if self._settings.share_under_load >= 1:
            return None
        try:
            others = self._load() - OWN_LOAD
        except OSError:
            return None
        return LOAD if others > self._settings.load_per_core * self._cores else None


def is_on_battery(folder: str) -> bool:
    """Return whether the machine runs on its battery, as the system's `folder` of power supplies tells.

    A supply of mains or USB that is online settles it; a machine that names none is on battery while one discharges.
    """
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    discharges = False
    for name in names:
        kind = _read(folder, name, "type")
        if kind == "Battery":
            own = _read(folder, name, "scope") != "Device"  # not that of a mouse or a keyboard
            discharges |= own and _read(folder, name, "status") == "Discharging"
        elif _read(folder, name, "online") == "1":
            return False
    return discharges


def _read(*path: str) -> str:
    try:
        with open(os.path.join(*path), encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""

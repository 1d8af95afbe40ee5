"""How many lines of a worker's output are let through, so that a flood cannot push everything else out of the logs.

Pure: the clock is an argument. The newest line of a flood is always shown, with how many were left out.
"""

from __future__ import annotations

BURST = 200
PER_SECOND = 20.0


class LineGate:
    """Lets a burst of lines through, then a few per second."""

    def __init__(self, now: float) -> None:
        """Start with a full allowance at the time `now`, in seconds of any clock that does not jump."""
        self._allowance = float(BURST)
        self._at = now
        self._left_out = 0
        self._newest = ""

    def admit(self, line: str, now: float) -> list[str]:
        """Return the lines to write now: none, `line`, or what was left out and then `line`."""
        self._refill(now)
        if self._allowance < 1:
            self._left_out += 1
            self._newest = line
            return []
        held = self._release()
        self._allowance -= 1
        return [*held, line]

    def settle(self, now: float) -> list[str]:
        """Return what is still to be said about lines that were left out; call it now and then, and at the end."""
        self._refill(now)
        return self._release() if self._allowance >= 1 else []

    def _refill(self, now: float) -> None:
        self._allowance = min(float(BURST), self._allowance + max(0.0, now - self._at) * PER_SECOND)
        self._at = now

    def _release(self) -> list[str]:
        if not self._left_out:
            return []
        told = [] if self._left_out == 1 else [f"{self._left_out - 1} lines left out"]
        told.append(self._newest)
        self._left_out, self._newest = 0, ""
        return told

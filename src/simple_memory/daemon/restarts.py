"""When a worker that ended unasked is started again: pure, the clock is an argument."""

from __future__ import annotations

from collections.abc import Sequence

DELAYS_S = (1.0, 2.0, 4.0, 8.0, 16.0)
"""How long to wait before each restart."""

WINDOW_S = 300.0
"""Only crashes of the last five minutes count."""


def next_delay(crashes: Sequence[float], now: float, at_most: int = len(DELAYS_S)) -> float | None:
    """Return the seconds until the next start; None: give up.

    `crashes` are the times of all crashes, the one just seen too, on the clock of `now`. More than `at_most` of them in
    the window are too many.
    """
    recent = sum(1 for crash in crashes if now - crash < WINDOW_S)
    return DELAYS_S[min(max(1, recent), len(DELAYS_S)) - 1] if recent <= at_most else None

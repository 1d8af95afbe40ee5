"""The line that a foreground service keeps up to date on its terminal; not the report that `status` gives."""

from __future__ import annotations

from typing import Any, TextIO


class LiveLine:
    """One line, rewritten in place. Without a stream, or where it is no terminal, nothing is shown."""

    def __init__(self, stream: TextIO | None) -> None:
        """Take the terminal's stream."""
        self._stream = stream if stream is not None and stream.isatty() else None
        self._shown = ""

    @property
    def is_shown(self) -> bool:
        """Whether there is a terminal to show it on."""
        return self._stream is not None

    def show(self, state: dict[str, Any]) -> None:
        """Show what `state` says, if it says something new."""
        text = describe(state)
        if self._stream is not None and text != self._shown:
            self._shown = text
            self._write(f"\r\x1b[K{text}")

    def close(self) -> None:
        """Leave the line."""
        if self._stream is not None and self._shown:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        assert self._stream is not None
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # the terminal was closed
            self._stream = None


def describe(state: dict[str, Any]) -> str:
    """Return the line for `state`, a service's state as the state file holds it."""
    parts = [str(state["phase"])]
    for name, worker in state["workers"].items():
        if worker["state"] != "running" and state["phase"] == "running":
            parts.append(f"{name} {worker['state'].replace('_', ' ')}")
    facts = state["workers"].get("sync", {}).get("facts", {})
    seen, behind = facts.get("seen"), facts.get("behind")
    if isinstance(seen, int) and isinstance(behind, int):
        if behind:
            megabytes = (facts.get("bytes_pending") or 0) / 1e6
            parts.append(f"reading: {behind} of {seen} transcripts left, {megabytes:.1f} MB")
        else:
            parts.append(f"{seen} transcripts, all read")
    if facts.get("last_error"):
        parts.append(str(facts["last_error"])[:100])
    return " · ".join(parts)

"""Putting a text on the clipboard of the person's own terminal (OSC 52), which works over ssh too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App

MOST_BYTES = 74_000
"""What terminals take at once is 100,000 bytes, base64 and all."""


def fitting(text: str) -> str:
    """Return as much of `text` as a terminal takes."""
    encoded = text.encode("utf-8", "replace")
    return text if len(encoded) <= MOST_BYTES else encoded[:MOST_BYTES].decode("utf-8", "ignore")


def copy(app: App[object], text: str, what: str) -> str:
    """Copy, and return the sentence that says so."""
    given = fitting(text)
    app.copy_to_clipboard(given)
    return f"Copied {what}." if len(given) == len(text) else f"Copied the first {len(given):,} characters of {what}."

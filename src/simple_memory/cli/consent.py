"""Asking a person on the terminal before something goes for good; not what goes."""

from __future__ import annotations

import sys


def is_given(word: str, *, about: str = "") -> bool:
    """Ask the person to type `word`, after saying `about`; without a terminal nobody can agree."""
    if not sys.stdin.isatty():
        return False
    if about:
        sys.stderr.write(about + "\n")
    sys.stderr.write(f"Type `{word}` to go on: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() == word

"""The first picture: drawn at once, while the browser is still being loaded; keys that are typed meanwhile are kept.

It loads nothing but what talks to a terminal.
"""

from __future__ import annotations

import contextlib
import sys
import termios
from collections.abc import Iterator

_OTHER_SCREEN, _OWN_SCREEN = "\x1b[?1049h", "\x1b[?1049l"
_EMPTY = "\x1b[H\x1b[2J"
_LOCAL = 3
"""Where in a terminal's attributes its local modes stand."""


@contextlib.contextmanager
def drawn(text: str) -> Iterator[None]:
    """Show an empty browser with `text` as its words; when the block ends, the terminal is as it was.

    What is typed is neither shown nor lost: whoever reads the terminal next gets it. `text` must be safe to show.
    """
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    quiet = termios.tcgetattr(descriptor)
    quiet[_LOCAL] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(descriptor, termios.TCSANOW, quiet)
    try:
        _write(f"{_OTHER_SCREEN}{_EMPTY} \x1b[1m❯\x1b[m {text}")
        yield
    finally:
        with contextlib.suppress(OSError, termios.error):  # the terminal is gone
            _write(_OWN_SCREEN)
            termios.tcsetattr(descriptor, termios.TCSANOW, before)


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        sys.stdout.write(text.encode("ascii", "replace").decode("ascii"))
    sys.stdout.flush()

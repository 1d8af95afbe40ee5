r"""Paths of transcripts as text that can be stored, and back: a path may hold bytes that are no UTF-8."""

from __future__ import annotations

import os


def path_to_text(path: str) -> str:
    r"""Return a path as text that can be stored: bytes that are no UTF-8 as \xNN, backslashes doubled then."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(path.replace("\\", "\\\\")).decode("utf-8", "backslashreplace") + "\x01"
    return path


def path_from_text(text: str) -> str:
    """Return the path that `path_to_text` was given."""
    if not text.endswith("\x01"):
        return text
    raw = text[:-1].encode("utf-8")
    out = bytearray()
    index = 0
    while index < len(raw):
        if raw[index : index + 2] == b"\\x":
            out.append(int(raw[index + 2 : index + 4], 16))
            index += 4
        elif raw[index : index + 2] == b"\\\\":
            out += b"\\"
            index += 2
        else:
            out.append(raw[index])
            index += 1
    return os.fsdecode(bytes(out))

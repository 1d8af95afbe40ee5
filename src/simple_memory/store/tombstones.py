"""What was forgotten and must not come back: recognising it by digests; not the forgetting itself.

Nothing that was forgotten stands here in clear. Whoever has the database can check a guess against the digests, and no
more.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable

import apsw

from simple_memory import model, redaction

Gap = tuple[int, int, str | None]
"""Bytes that are not as they were: offset, length, and the kind of secret (or of what was dropped) whose mark
stands there; None: blanks do."""
Row = tuple[str, bytes, int]
"""Kind, digest, and the number of words of a phrase."""

_ESCAPED = re.compile(r"\\+([nrtbf/\"']|u[0-9a-fA-F]{4}|(?=\\))")
_WORD = re.compile(r"\w+")


def plain(text: str) -> str:
    """Return JSON text as people read it: escapes undone however often they were made, small letters, single blanks."""
    if "\\" in text:
        text = _ESCAPED.sub(_unescaped, text)
    return " ".join(text.casefold().split())


def _unescaped(found: re.Match[str]) -> str:
    sign = found[1]
    if sign.startswith("u") and len(sign) == 5:
        return chr(int(sign[1:], 16))
    return sign if sign in {"/", '"', "'"} else " "


def words_of(text: str) -> list[str]:
    """Return the words of a text that `plain` gave."""
    return _WORD.findall(text)


class Tombstones:
    """What one store has forgotten."""

    def __init__(self, key: bytes, rows: Iterable[Row] = ()) -> None:
        """Take the key of new digests, and rows (kind, digest, words); those of kind `key` are further keys."""
        rows = list(rows)
        self._keys = [key, *(digest for kind, digest, _ in rows if kind == "key" and digest != key)]
        self._digests: dict[str, set[bytes]] = {"session": set(), "transcript": set(), "line": set()}
        self._phrases: dict[int, set[bytes]] = {}
        for kind, digest, words in rows:
            if kind == "phrase":
                self._phrases.setdefault(words, set()).add(digest)
            elif kind in self._digests:
                self._digests[kind].add(digest)

    def digest(self, content: bytes) -> bytes:
        """Return the digest by which something is recognised."""
        return _digest(content, self._keys[0])

    def _is_in(self, digests: set[bytes], content: bytes) -> bool:
        """Return whether one of `digests` is that of `content`; a store that took over another's has several keys."""
        return any(_digest(content, key) in digests for key in self._keys)

    def hides(self, place: model.Place, path: str) -> bool:
        """Return whether a transcript was forgotten as a whole: by its path, its session, or that one's parent."""
        if not self._digests["session"] and not self._digests["transcript"]:
            return False
        return self.hides_path(path) or any(map(self.hides_session, filter(None, (place.session, place.parent))))

    def hides_path(self, path: str) -> bool:
        """Return whether the transcript at `path` was forgotten."""
        return self._is_in(self._digests["transcript"], os.fsencode(path))

    def hides_session(self, session: str) -> bool:
        """Return whether the session of this id was forgotten."""
        return self._is_in(self._digests["session"], session.encode("utf-8", "replace"))

    def gaps(self, content: bytes, masked: bytes | None = None) -> list[Gap]:
        """Return where lines of `content` stand that were forgotten, without their line ends.

        `masked` is the content as it is stored, where that is another: a line is known by either.
        """
        if not self._digests["line"] and not self._phrases:
            return []
        found: list[Gap] = []
        offset = 0
        for line in content.split(b"\n"):
            stored = line if masked is None else masked[offset : offset + len(line)]
            if line and (self.hides_line(line) or (stored != line and self.hides_line(stored))):
                found.append((offset, len(line), None))
            offset += len(line) + 1
        return found

    def hides_line(self, line: bytes) -> bool:
        """Return whether this line was forgotten, or holds a phrase that was."""
        return self._is_in(self._digests["line"], line) or bool(self._phrases and self._has_phrase(line))

    def _has_phrase(self, line: bytes) -> bool:
        words = words_of(plain(line.decode("utf-8", "replace")))
        for count, digests in self._phrases.items():
            for first in range(len(words) - count + 1):
                if self._is_in(digests, " ".join(words[first : first + count]).encode()):
                    return True
        return False


def _digest(content: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16, key=key).digest()


def load(connection: apsw.Connection) -> Tombstones:
    """Return what the store has forgotten."""
    rows = rows_of(connection)
    key = next((digest for kind, digest, _ in rows if kind == "key"), b"none yet")
    return Tombstones(key, rows)


def add(connection: apsw.Connection, kind: str, contents: Iterable[bytes], words: int = 0) -> None:
    """Remember what is forgotten, by its digest; for a phrase `contents` are its words, joined by blanks."""
    if connection.execute("SELECT 1 FROM tombstone WHERE kind = 'key'").fetchone() is None:
        connection.execute("INSERT INTO tombstone (kind, digest, words) VALUES ('key', ?, 0)", (os.urandom(32),))
    known = load(connection)
    insert(connection, [(kind, known.digest(content), words) for content in contents])


def rows_of(connection: apsw.Connection) -> list[Row]:
    """Return the rows (kind, digest, words) of what the store has forgotten, to be inserted into another store."""
    return list(connection.execute("SELECT kind, digest, words FROM tombstone"))


def insert(connection: apsw.Connection, rows: Iterable[Row]) -> None:
    """Remember what another store has forgotten; its keys come along, where they are not the same."""
    connection.executemany("INSERT OR IGNORE INTO tombstone (kind, digest, words) VALUES (?, ?, ?)", rows)


def blanked(content: bytes, gaps: Iterable[Gap]) -> bytes:
    """Return `content` with marks or blanks in the gaps, which may reach beyond it.

    Blanks go over marks, and long marks over short ones.
    """
    gaps = sorted(gaps, key=lambda gap: (gap[2] is None, gap[1]))
    if not gaps:
        return content
    made = bytearray(content)
    for offset, length, kind in gaps:
        start, end = max(0, offset), min(len(made), offset + length)
        if start < end:
            mark = b" " * length if kind is None else redaction.mark(kind, length)
            made[start:end] = mark[start - offset : end - offset]
    return bytes(made)

"""The images and documents inside a session's messages, as bytes, out of the archive; not what is said beside them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import apsw

from simple_memory.store import archive


class Picture(NamedTuple):
    """One image or document. `position` is its message's in the session, `number` its own in the message, from 1.

    `content` is None where its bytes were dropped (`shrink`), forgotten, or are no base64.
    """

    position: int
    number: int
    media_type: str
    content: bytes | None


def of_session(connection: apsw.Connection, session: str) -> Iterator[Picture]:
    """Yield what the messages of a session (its whole id) hold, in order. Raises StoreDamaged."""
    rows: list[Any] = connection.execute(
        """
        SELECT DISTINCT coalesce(message.position, message.id), message.transcript_id, message.generation,
            message.offset, message.length
        FROM media JOIN message ON message.id = media.message_id JOIN session ON session.id = message.session_id
        WHERE session.session = ? ORDER BY 1
        """,
        (session,),
    ).fetchall()
    for position, *place in rows:
        found = list(_find(_record(_line(connection, *place))))
        for number, (media_type, content) in enumerate(found, 1):
            yield Picture(position, number, media_type, content)


def _line(connection: apsw.Connection, transcript_id: int, generation: int, offset: int, length: int) -> bytes:
    line = b""
    while len(line) < length:
        start, content = archive.frame_at(connection, transcript_id, generation, offset + len(line))
        line += content[offset + len(line) - start :]
    return line[:length]


def _record(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):  # blanks stand in it
        return None


def _find(value: Any) -> Iterator[tuple[str, bytes | None]]:
    """Yield (media type, bytes) of what a record holds in its message, in the order in which it stands there."""
    message = value.get("message") if isinstance(value, dict) else None
    waiting = [message.get("content")] if isinstance(message, dict) else []
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(reversed(one))
        elif isinstance(one, dict):
            source = one.get("source")
            if isinstance(source, dict) and isinstance(source.get("data"), str):
                is_plain = source.get("type") == "text"
                content = source["data"].encode("utf-8", "replace") if is_plain else _decoded(source["data"])
                yield str(source.get("media_type") or ""), content
            waiting.append(one.get("content"))


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None

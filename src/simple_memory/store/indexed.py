"""How far the index has come, as the store knows it, and what waits for it; not the index, nor what goes into it.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Light: a search asks it first, and needs nothing of what makes documents.
"""

from __future__ import annotations

import apsw

from simple_memory.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Progress(NamedTuple):
    """How far the index has come: the last message in it, when that was written (ISO UTC), and the index's format.

    `stamp` is the index's own number of that commit, which only grows: a folder with a smaller one is an older copy.
    """

    indexed_to: int
    indexed_at: str | None
    format: int
    stamp: int = 0


def read_progress(connection: apsw.Connection) -> Progress:
    """Return how far the index has come, as the store knows it."""
    row: Any = connection.execute(
        "SELECT indexed_to, indexed_at, format, stamp FROM index_state WHERE id = 1"
    ).fetchone()
    return Progress(*row)


def write_progress(connection: apsw.Connection, progress: Progress, done: list[int]) -> None:
    """Write how far the index has come, and take `done` off the list of messages to index again; one transaction."""
    with connection:
        connection.execute(
            "UPDATE index_state SET indexed_to = ?, indexed_at = ?, format = ?, stamp = ? WHERE id = 1",
            progress,
        )
        if done:
            import json

            connection.execute(
                "DELETE FROM reindex WHERE message_id IN (SELECT value FROM json_each(?))", (json.dumps(done),)
            )


def waiting_again(connection: apsw.Connection, up_to: int, limit: int) -> list[int]:
    """Return up to `limit` ids, none above `up_to`, of messages that must be indexed again."""
    rows = connection.execute(
        "SELECT message_id FROM reindex WHERE message_id <= ? ORDER BY message_id LIMIT ?", (up_to, limit)
    )
    return [message_id for (message_id,) in rows]


def last_read_at(connection: apsw.Connection) -> str | None:
    """Return when transcripts were last read to their ends (ISO UTC); None for never."""
    row: Any = connection.execute("SELECT last_sync_at FROM counter WHERE id = 1").fetchone()
    return None if row is None else row[0]


def last_message(connection: apsw.Connection) -> int:
    """Return the largest id of a message, 0 where there is none."""
    row: Any = connection.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()
    return int(row[0])


def count_pending(connection: apsw.Connection, above: int) -> int:
    """Return how many messages with ids above `above` count and how many others must be indexed again, together."""
    row: Any = connection.execute(
        """
        SELECT (SELECT count(*) FROM message WHERE id > ?1 AND copy_of IS NULL)
            + (SELECT count(*) FROM reindex WHERE message_id <= ?1)
        """,
        (above,),
    ).fetchone()
    return int(row[0])

"""The INSERTs of whole rows, as briefly as the tables at hand let them be said.

Without the names of columns, since apsw hashes the text anew for every row: that would be a tenth of what a row costs.
A database that was brought up to date (shape.add) or that a later build made may have its columns in another order, or
more of them; there they are named.
"""

from __future__ import annotations

from collections.abc import Sequence

import apsw
import msgspec

MESSAGE = (
    "id", "session_id", "position", "turn", "role", "kind", "uuid", "origin", "parent_uuid", "timestamp", "model",
    "text", "packed", "copy_of", "name", "title_rank", "is_sidechain", "transcript_id", "generation", "offset",
    "length",
)  # fmt: skip
TOOL_CALL = (
    "session_id", "call_id", "message_id", "result_message_id", "name", "input", "input_packed", "path", "result",
    "extra", "packed", "result_chars", "is_error", "output_name", "ended_at",
)  # fmt: skip
"""After the id, which is the database's to give; so in the next."""
RESPONSE = (
    "response", "message_id", "session_id", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens",
    "cache_write_1h_tokens",
)  # fmt: skip


class Inserts(msgspec.Struct, frozen=True):
    """A statement for each table, whose values are those named above, in that order."""

    message: str
    tool_call: str
    response: str


def inserts(connection: apsw.Connection) -> Inserts:
    """Return the statements for the tables of `connection`, which must have these columns."""
    return Inserts(
        _insert(connection, "message", MESSAGE),
        _insert(connection, "tool_call", TOOL_CALL, counted=True),
        _insert(connection, "response", RESPONSE, counted=True),
    )


def _insert(connection: apsw.Connection, table: str, columns: Sequence[str], *, counted: bool = False) -> str:
    """Return the statement; `counted` means that the database gives the id."""
    wanted, values = list(columns), ["?"] * len(columns)
    if counted:
        wanted, values = ["id", *wanted], ["NULL", *values]
    found = [str(name) for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    names = "" if found == wanted else f" ({', '.join(wanted)})"
    return f"INSERT INTO {table}{names} VALUES ({','.join(values)})"  # noqa: S608 — names of ours

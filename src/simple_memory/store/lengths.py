"""How long messages are, about, by what their rows say: no text is read for it, nor unpacked."""

# ruff: noqa: S608 - what is put into statements here are constants of this module; values are bound

from __future__ import annotations

from collections.abc import Sequence

import apsw

from simple_memory.store import packing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _size(column: str, packed: str) -> str:
    return f"octet_length({column}), octet_length({packed}), substr({packed}, 1, {packing.HEAD})"


_LISTED = "IN (SELECT value FROM json_each(?))"
_SAID = f"SELECT id, kind, {_size('text', 'packed')} FROM message WHERE id {_LISTED}"
_GIVEN = f"SELECT message_id, {_size('input', 'input_packed')} FROM tool_call WHERE message_id {_LISTED}"
_RETURNED = f"SELECT result_message_id, result_chars FROM tool_call WHERE result_message_id {_LISTED}"


def lengths(connection: apsw.Connection, ids: Sequence[int]) -> dict[int, int]:
    """Return by id how many characters each of the messages `ids` has, about, with what tools were given and gave back.

    What is not there is left out.
    """
    found: dict[int, int] = {}
    calls, results = [], []
    rows: Any = connection.execute(_SAID, (_listed(ids),))
    for id_, kind, plain, packed, head in rows:
        found[id_] = _length(plain, packed, head)
        if kind == "tool_call":
            calls.append(id_)
        elif kind == "tool_result":
            results.append(id_)
    given: Any = connection.execute(_GIVEN, (_listed(calls),)) if calls else ()
    for id_, *size in given:
        found[id_] += _length(*size)
    returned: Any = connection.execute(_RETURNED, (_listed(results),)) if results else ()
    for id_, characters in returned:
        found[id_] += characters or 0
    return found


def _length(plain: int | None, packed: int | None, head: bytes | None) -> int:
    return packing.length_about(head, packed) if packed and head else plain or 0


def _listed(ids: Sequence[int]) -> str:
    return f"[{','.join(map(str, ids))}]"  # JSON, without its module

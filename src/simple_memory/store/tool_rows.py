"""Tool calls, their results, and answers' tokens of one chunk: merged in memory, then written each once."""

from __future__ import annotations

import hashlib

import apsw
import msgspec

from simple_memory import model
from simple_memory.store import packing, session_rows

Line = tuple[int, int, int]
"""Where a line stands: transcript id, generation, offset."""


_NEW = 1 << 62
"""Rows that are not in the database yet come after all that are."""


class CallRow(msgspec.Struct):
    """A row of the table `tool_call`; `id` 0: not in the database yet. Rows get their ids by `order`."""

    id: int
    session_id: int
    call_id: str
    message_id: int | None = None
    result_message_id: int | None = None
    name: str | None = None
    input: str | None = None
    input_packed: bytes | None = None
    path: str | None = None
    result: str | None = None
    extra: str | None = None
    packed: bytes | None = None
    result_chars: int | None = None
    is_error: int = 0
    output_name: str | None = None
    ended_at: str | None = None
    order: int = 0


_CALLED = "UPDATE tool_call SET message_id = ?, name = ?, input = ?, input_packed = ?, path = ? WHERE id = ?"
_ANSWERED = """
UPDATE tool_call SET result_message_id = ?, result = ?, extra = ?, packed = ?, result_chars = ?, is_error = ?,
    output_name = ?,
    ended_at = ? WHERE id = ?
"""


class ToolRows:
    """The tool calls that one chunk touches. `calls` and `results` count what is new over the whole store."""

    def __init__(self, connection: apsw.Connection, call_ids: set[str]) -> None:
        """Load what is known of the calls named; take every id that the chunk will bring.

        Of inputs only those are loaded that may have asked this memory (see documents.is_ours).
        """
        self._connection = connection
        self._calls: dict[tuple[str, int], CallRow] = {}
        self._called: set[str] = set()
        self._answered: set[str] = set()
        self._updated_calls: list[CallRow] = []
        self._updated_results: list[CallRow] = []
        self.calls = 0
        self.results = 0
        if call_ids:
            self._load(call_ids)

    def _load(self, call_ids: set[str]) -> None:
        rows = self._connection.execute(
            """
            SELECT tool_call.id, session_id, call_id, message_id, result_message_id, name,
                CASE WHEN input LIKE '%simple_memory%' THEN input END
            FROM json_each(?) AS asked CROSS JOIN tool_call ON call_id = asked.value
            """,
            (msgspec.json.encode(sorted(call_ids)).decode(),),
        )
        for id_, session_id, call_id, message_id, result_message_id, name, given in rows:
            self._calls[call_id, session_id] = CallRow(
                id_, session_id, call_id, message_id, result_message_id, name, given, order=id_
            )
            if message_id is not None:
                self._called.add(call_id)
            if result_message_id is not None:
                self._answered.add(call_id)

    def add_call(
        self, call: model.ToolCall, message_id: int, session: session_rows.SessionRow, line: Line
    ) -> CallRow | None:
        """Take a call that the message with `message_id` made; return its row.

        A second one with the same id in the session is the same call: None.
        """
        row = self._row(call.call_id, session)
        if row.message_id is not None:
            return None
        row.message_id, row.name, row.input, row.path = message_id, call.name, call.input, call.path
        if len(call.input) > packing.LONG_TEXT:
            row.input_packed = (
                packing.pack(call.input)
                if call.at is None
                else packing.refer(
                    packing.VERBATIM, line[0], line[1], line[2] + call.at, len(call.input.encode("utf-8"))
                )
            )
            row.input = packing.cut_json(call.input)
        session.tool_calls += 1
        if call.call_id not in self._called:
            self._called.add(call.call_id)
            self.calls += 1
        if row.id:
            self._updated_calls.append(row)
        return row

    def add_result(
        self,
        result: model.ToolResult,
        message_id: int,
        session: session_rows.SessionRow,
        timestamp: str | None,
        line: Line,
    ) -> CallRow | None:
        """Take the result that the message with `message_id` brought; return its row, None: the call has one."""
        row = self._row(result.call_id, session)
        if row.result_message_id is not None:
            return None
        row.result_message_id, row.is_error, row.ended_at = message_id, int(result.is_error), timestamp
        row.output_name, row.result_chars = result.output_name, len(result.text)
        row.result, row.extra, row.packed = result.text, result.extra or None, None
        if len(result.text) + len(result.extra) > packing.LONG_TEXT:
            row.packed = _packed_result(result, line)
            row.result, row.extra = packing.cut(result.text), packing.cut(result.extra) or None
        session.tool_results += 1
        if result.call_id not in self._answered:
            self._answered.add(result.call_id)
            self.results += 1
        if row.id:
            self._updated_results.append(row)
        return row

    def holds(self, message: model.Message, session: session_rows.SessionRow) -> bool:
        """Return whether every call and every result of `message` is known in the session."""
        calls = [self._calls.get((call.call_id, session.id)) for call in message.calls]
        results = [self._calls.get((result.call_id, session.id)) for result in message.results]
        return all(row and row.message_id is not None for row in calls) and all(
            row and row.result_message_id is not None for row in results
        )

    def _row(self, call_id: str, session: session_rows.SessionRow) -> CallRow:
        row = self._calls.get((call_id, session.id))
        if row is None:
            row = self._calls[call_id, session.id] = CallRow(0, session.id, call_id, order=_NEW + len(self._calls))
        return row

    def flush(self, insert: str) -> None:
        """Write the new rows by `insert` (whole_rows.Inserts), and the changed ones."""
        new = [msgspec.structs.astuple(row)[1:-1] for row in self._calls.values() if row.id == 0]
        self._connection.executemany(insert, new)
        self._connection.executemany(
            _CALLED,
            [(row.message_id, row.name, row.input, row.input_packed, row.path, row.id) for row in self._updated_calls],
        )
        self._connection.executemany(
            _ANSWERED,
            [
                (
                    row.result_message_id, row.result, row.extra, row.packed, row.result_chars, row.is_error,
                    row.output_name,
                    row.ended_at, row.id,
                )
                for row in self._updated_results
            ],
        )  # fmt: skip


def _packed_result(result: model.ToolResult, line: Line) -> bytes:
    if result.at is None:
        return packing.pack(result.text, result.extra)
    more = (result.extra,) if result.extra else ()
    return packing.refer(packing.STRING, line[0], line[1], line[2] + result.at[0], result.at[1], *more)


def response_key(response: str) -> bytes:
    """Return by which 16 bytes an answer of a model is found, of the name that its records give it (model.Usage)."""
    return hashlib.blake2b(response.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class ResponseRow(msgspec.Struct):
    """A row of the table `response`; `id` 0: not in the database yet."""

    id: int
    response: bytes
    message_id: int
    session_id: int
    input_tokens: int = 0
    output_tokens: int = -1
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    dirty: bool = False


def _weight(tokens: model.Usage | ResponseRow) -> tuple[int, int]:
    """Return by what one record of an answer counts before another."""
    more = tokens.input_tokens + tokens.cache_read_tokens + tokens.cache_write_tokens
    return tokens.output_tokens, more


def _charge(sessions: session_rows.SessionRows, row: ResponseRow, sign: int) -> None:
    """Add an answer's tokens to the sums of its session, or (`sign` -1) take them off."""
    owner = sessions.by_id(row.session_id)
    owner.input_tokens += sign * row.input_tokens
    owner.output_tokens += sign * max(row.output_tokens, 0)
    owner.cache_read_tokens += sign * row.cache_read_tokens
    owner.cache_write_tokens += sign * row.cache_write_tokens
    sessions.touch(owner)


class ResponseRows:
    """The answers whose tokens one chunk tells.

    Of the records that repeat an answer the one with the largest output counts.
    """

    def __init__(self, connection: apsw.Connection, responses: set[str]) -> None:
        """Load what is known of the answers named."""
        self._connection = connection
        keys = {response_key(response): response for response in responses}
        self._rows: dict[str, ResponseRow] = {}
        if responses:
            found = connection.execute(
                """
                SELECT response.id, response, message_id, session_id, input_tokens, output_tokens, cache_read_tokens,
                    cache_write_tokens, cache_write_1h_tokens
                FROM json_each(?) AS asked CROSS JOIN response ON response = unhex(asked.value)
                """,
                (msgspec.json.encode(sorted(key.hex() for key in keys)).decode(),),
            )
            self._rows = {keys[row[1]]: ResponseRow(*row) for row in found}

    def add(
        self, usage: model.Usage, message_id: int, session: session_rows.SessionRow, sessions: session_rows.SessionRows
    ) -> None:
        """Take the tokens that a record tells; of an answer's records the largest counts, in its own session."""
        row = self._rows.get(usage.response)
        if row is None:
            row = ResponseRow(0, response_key(usage.response), message_id, session.id)
            self._rows[usage.response] = row
        if _weight(usage) <= _weight(row):
            return
        if row.dirty or row.id:  # else it is charged to nobody yet
            _charge(sessions, row, -1)
        row.message_id, row.session_id, row.dirty = message_id, session.id, True
        row.input_tokens, row.output_tokens = usage.input_tokens, usage.output_tokens
        row.cache_read_tokens, row.cache_write_tokens = usage.cache_read_tokens, usage.cache_write_tokens
        row.cache_write_1h_tokens = usage.cache_write_1h_tokens
        _charge(sessions, row, 1)

    def flush(self, insert: str) -> None:
        """Write the new rows by `insert` (whole_rows.Inserts), and the changed ones."""
        changed = [row for row in self._rows.values() if row.dirty]
        self._connection.executemany(insert, [msgspec.structs.astuple(row)[1:-1] for row in changed if row.id == 0])
        self._connection.executemany(
            """
            UPDATE response SET message_id = ?, session_id = ?, input_tokens = ?, output_tokens = ?,
                cache_read_tokens = ?, cache_write_tokens = ?, cache_write_1h_tokens = ?
            WHERE id = ?
            """,
            [
                (
                    row.message_id,
                    row.session_id,
                    row.input_tokens,
                    row.output_tokens,
                    row.cache_read_tokens,
                    row.cache_write_tokens,
                    row.cache_write_1h_tokens,
                    row.id,
                )
                for row in changed
                if row.id
            ],
        )

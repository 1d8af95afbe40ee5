"""What a statement in the sandbox may read, call and cost; not where it runs.

Layer 3 (authorizer) and layer 4 (SQLite's limits). Everything that is not named here is refused.
"""

from __future__ import annotations

import apsw

VIEWS = ("projects", "sessions", "messages", "tool_calls", "attachments", "notes", "transcripts")
"""The promised views, in the order in which they are worth knowing."""

_TABLES = (
    "project session message tool_call media response transcript checkpoint quarantine record_kind counter index_state"
    " reindex"
)
_SCHEMA_TABLES = "sqlite_schema sqlite_master sqlite_temp_schema sqlite_temp_master"
_TABLE_FUNCTIONS = "json_each json_tree search pragma_table_info pragma_table_xinfo pragma_table_list"

READABLE = frozenset((*VIEWS, *_TABLES.split(), *_SCHEMA_TABLES.split(), *_TABLE_FUNCTIONS.split()))
"""Every table, view and table-valued function that a statement may read. The archive's bytes are not among them."""

PRAGMAS = frozenset(("table_info", "table_xinfo", "table_list"))
"""Pragmas that only describe."""

_FUNCTIONS = """
    abs acos acosh asin asinh atan atan2 atanh avg ceil ceiling char coalesce concat concat_ws cos cosh count
    cume_dist current_date current_time current_timestamp date datetime degrees dense_rank exp first_value floor
    format glob group_concat hex if ifnull iif instr json json_array json_array_insert json_array_length
    json_error_position json_extract json_group_array json_group_object json_insert json_object json_patch
    json_pretty json_quote json_remove json_replace json_set json_type json_valid jsonb jsonb_extract julianday
    lag last_value lead length like likelihood likely ln log log10 log2 lower ltrim max median min mod nth_value
    ntile nullif octet_length percent_rank percentile percentile_cont percentile_disc pi pow power printf quote
    radians random rank replace round row_number rtrim sign sin sinh sqlite_version sqrt strftime string_agg
    substr substring subtype sum tan tanh time timediff total trim trunc typeof unhex unicode unixepoch unlikely
    unpack_first unpack_second upper -> ->>
"""

FUNCTIONS = frozenset(_FUNCTIONS.split())
"""Functions that touch nothing but their arguments. Left out on purpose: load_extension, zeroblob, randomblob, …"""

LENGTH_BYTES = 32 * 1024 * 1024
"""The longest text or blob that a statement may make or read."""

LIMITS = (
    (apsw.SQLITE_LIMIT_LENGTH, LENGTH_BYTES),
    (apsw.SQLITE_LIMIT_SQL_LENGTH, 50_000),
    (apsw.SQLITE_LIMIT_COLUMN, 200),
    (apsw.SQLITE_LIMIT_EXPR_DEPTH, 100),
    (apsw.SQLITE_LIMIT_COMPOUND_SELECT, 50),
    (apsw.SQLITE_LIMIT_VDBE_OP, 100_000),
    (apsw.SQLITE_LIMIT_FUNCTION_ARG, 100),
    (apsw.SQLITE_LIMIT_ATTACHED, 0),
    (apsw.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
    (apsw.SQLITE_LIMIT_VARIABLE_NUMBER, 1),
    (apsw.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
    (apsw.SQLITE_LIMIT_WORKER_THREADS, 0),
)

_SWITCHES_ON = (apsw.SQLITE_DBCONFIG_DEFENSIVE,)
_SWITCHES_OFF = (
    apsw.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION,
    apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER,
    apsw.SQLITE_DBCONFIG_WRITABLE_SCHEMA,
    apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA,
    apsw.SQLITE_DBCONFIG_DQS_DML,  # a double-quoted word is a name, never silently a text
    apsw.SQLITE_DBCONFIG_DQS_DDL,
)

_ACTIONS = {
    apsw.SQLITE_ATTACH: "ATTACH opens another file",
    apsw.SQLITE_DETACH: "DETACH is not a question",
    apsw.SQLITE_INSERT: "INSERT writes",
    apsw.SQLITE_UPDATE: "UPDATE writes",
    apsw.SQLITE_DELETE: "DELETE writes",
    apsw.SQLITE_TRANSACTION: "transactions are not needed here",
    apsw.SQLITE_SAVEPOINT: "savepoints are not needed here",
    apsw.SQLITE_ANALYZE: "ANALYZE writes",
    apsw.SQLITE_REINDEX: "REINDEX writes",
}


class Guard:
    """The authorizer of one connection. `refused` says, after a refusal, what was not allowed (a short sentence)."""

    def __init__(self) -> None:
        """Refuse nothing yet."""
        self.refused = ""

    def __call__(
        self, action: int, first: str | None, second: str | None, _database: str | None, _inside: str | None
    ) -> int:
        """Answer SQLite's question whether a statement may do `action` (apsw's authorizer codes)."""
        if action in (apsw.SQLITE_SELECT, apsw.SQLITE_RECURSIVE):
            return apsw.SQLITE_OK
        if action == apsw.SQLITE_READ:
            if not second:  # no column is read, as in count(*); a WITH table goes by its own name then
                return apsw.SQLITE_OK
            return self._judge((first or "").lower() in READABLE, f"table {first} is not among those that can be read")
        if action == apsw.SQLITE_FUNCTION:
            return self._judge(
                (second or "").lower() in FUNCTIONS, f"function {second}() is not among those that can be called"
            )
        if action == apsw.SQLITE_PRAGMA:
            return self._judge((first or "").lower() in PRAGMAS, f"PRAGMA {first} is not allowed")
        return self._judge(False, _ACTIONS.get(action, "only questions are answered (SELECT, WITH, EXPLAIN)"))

    def _judge(self, allowed: bool, reason: str) -> int:
        if allowed:
            return apsw.SQLITE_OK
        self.refused = self.refused or reason
        return apsw.SQLITE_DENY


def arm(connection: apsw.Connection) -> Guard:
    """Put layers 2 to 4 on an open read-only connection; return its authorizer."""
    for switch in _SWITCHES_ON:
        connection.config(switch, 1)
    for switch in _SWITCHES_OFF:
        connection.config(switch, 0)
    connection.execute("PRAGMA query_only = ON")
    for limit, value in LIMITS:
        connection.limit(limit, value)
    guard = Guard()
    connection.authorizer = guard
    return guard

"""The sandbox under statements that nobody wrote: whatever comes, nothing is written, and the end comes in time.

Statements are grown from a grammar that knows SQLite's dangerous words (writes, pragmas, attaching, generators without
end, large blobs), and torn and glued at random. What a statement answers does not matter here.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note
from hypothesis import settings as tuned
from hypothesis import strategies as some

from simple_memory import config, errors
from simple_memory.store import sandbox
from tests import worlds
from tests.mcp_server import rows

SECONDS = 0.3
BOUND_S = SECONDS + 5.0  # the deadline, and a fresh process on a busy machine
CHILD_BYTES = 256 * 1024 * 1024

TABLES = (
    "messages",
    "sessions",
    "tool_calls",
    "projects",
    "message",
    "session",
    "counter",
    "sqlite_schema",
    "pragma_database_list",
    "pragma_function_list",
    "dbstat",
    "sqlite_dbpage",
    "fts",
    "temp.sqlite_schema",
    "json_each('[1,2]')",
    "search('wal')",
    "generate_series(1, 1e12)",
    "json_tree(hex(zeroblob(9e6)))",
    "(VALUES (1), (2))",
    "bytes",
    "unknown",
)
VALUES = (
    "1",
    "NULL",
    "-9223372036854775808",
    "9e999",
    "'x'",
    "''",
    "x'00ff'",
    "?",
    ":a",
    "text",
    "session",
    "id",
    "rowid",
    "*",
    "zeroblob(1e9)",
    "randomblob(1e8)",
    "hex(zeroblob(2e8))",
    "printf('%1000000000d', 1)",
    "char(0)",
    "'\ud7ff\U0001f600'",
    "load_extension('x')",
    "readfile('/etc/passwd')",
    "writefile('/tmp/x', 'y')",
    "fts3_tokenizer('x')",
    "sqlite_version()",
    "group_concat(text)",
    "replace(hex(zeroblob(3e7)), '0', 'aaaaaaaaaa')",
    "json('[' || hex(1) || ']')",
    "max(id)",
    "unpack_first(text, packed)",
    "random()",
    "edit('x')",
    "count(*)",
    "sum(id) OVER (ORDER BY id)",
    '"text"',
    "[text]",
)
OPERATORS = (
    "=",
    "<",
    "||",
    "LIKE",
    "GLOB",
    "IN",
    "IS NOT",
    "+",
    "<<",
    "->>",
    "AND",
    "COLLATE NOCASE =",
)
WHOLE = (
    "DROP TABLE message",
    "DELETE FROM message",
    "UPDATE message SET text = 'gone'",
    "INSERT INTO counter DEFAULT VALUES",
    "REPLACE INTO project VALUES (1, 'x', 'y')",
    "CREATE TABLE x (y)",
    "CREATE TEMP TABLE x AS SELECT 1",
    "VACUUM",
    "VACUUM INTO '{folder}/copy.db'",
    "ATTACH '{folder}/other.db' AS other",
    "DETACH main",
    "REINDEX",
    "ANALYZE",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA user_version = 9",
    "PRAGMA writable_schema = 1",
    "PRAGMA query_only = 0",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "PRAGMA hard_heap_limit = 0",
    "PRAGMA trusted_schema = 1",
    "PRAGMA optimize",
    "BEGIN IMMEDIATE",
    "COMMIT",
    "SAVEPOINT a",
    "ALTER TABLE message RENAME TO gone",
    "EXPLAIN DELETE FROM message",
    "CREATE TRIGGER t AFTER INSERT ON message BEGIN SELECT 1; END",
    "CREATE VIRTUAL TABLE v USING fts5(x)",
    "WITH x AS (SELECT 1) DELETE FROM message",
    "SELECT 1; DELETE FROM message",
    "SELECT 1 RETURNING *",
    "INSERT INTO message SELECT * FROM message RETURNING text",
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n",
    "WITH RECURSIVE n(x) AS (SELECT 'x' UNION ALL SELECT x || x FROM n) SELECT max(length(x)) FROM n",
    "SELECT count(*) FROM messages a, messages b, messages c, messages d, messages e, messages f, messages g",
)

SOUND = (
    "1",
    "'x'",
    "NULL",
    "-5",
    "9e999",
    "a.text",
    "a.id",
    "hex(a.text)",
    "replace(a.text, 'e', a.text)",
    "length(a.text)",
)
"""What may be asked: statements made of these run, and may run long or grow large."""


def values(leaves: tuple[str, ...]) -> some.SearchStrategy[str]:
    """Return a strategy for expressions over `leaves`."""
    return some.recursive(
        some.sampled_from(leaves),
        lambda inner: some.one_of(
            some.tuples(inner, some.sampled_from(OPERATORS), inner).map(lambda x: f"({' '.join(x)})"),
            inner.map(lambda x: f"hex({x})"),
            inner.map(lambda x: f"CAST({x} AS TEXT)"),
            inner.map(lambda x: f"coalesce({x}, 1)"),
            inner.map(lambda x: f"(SELECT group_concat({x}) FROM messages AS b)"),
        ),
        max_leaves=6,
    )


table = some.sampled_from(TABLES)
joined = some.integers(0, 4).map(lambda count: "".join(f", messages AS m{number}" for number in range(count)))


@some.composite
def select(draw: some.DrawFn) -> str:
    """Return a SELECT, of sound parts or of any, perhaps joined, grouped, ordered, limited."""
    sound = draw(some.booleans())
    value = values(SOUND if sound else VALUES)
    parts = [f"SELECT {', '.join(draw(some.lists(value, min_size=1, max_size=3)))}"]
    tables = "messages AS a" + draw(joined) if sound else ", ".join(draw(some.lists(table, min_size=1, max_size=4)))
    parts.append(f"FROM {tables}")
    words = ("WHERE", "GROUP BY", "ORDER BY", "LIMIT")
    parts.extend(f"{word} {draw(value)}" for word in words if draw(some.booleans()))
    return " ".join(parts)


torn = some.tuples(
    select(), some.integers(0, 200), some.sampled_from([*WHOLE, ";", "'", '"', "/*", "--", "(", "\x00", "\x1b"])
)
statement = some.one_of(
    select(),
    some.sampled_from(WHOLE),
    torn.map(lambda x: x[0][: x[1]] + x[2] + x[0][x[1] :]),
    some.tuples(select(), some.sampled_from(["UNION ALL", "UNION", "EXCEPT", ";", ""]), some.sampled_from(WHOLE)).map(
        " ".join
    ),
    some.tuples(some.sampled_from(["WITH a AS (", "EXPLAIN ", "EXPLAIN QUERY PLAN ", "SELECT (", "("]), select()).map(
        "".join
    ),
    some.text(max_size=60),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[config.Home]:
    made = config.Home(str(tmp_path_factory.mktemp("fuzz") / "home"))
    rows.make(made)
    yield made
    sandbox.close()


def everything(root: str) -> dict[str, str]:
    """Return every file beside the home, digested, but for what SQLite makes for readers: `-shm`, an empty `-wal`."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in Path(root).parent.rglob("*")
        if path.is_file() and not path.name.endswith("-shm") and (path.stat().st_size or not path.name.endswith("-wal"))
    }


@tuned(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(statement)
def test_no_statement_writes_or_goes_on_or_eats_the_machine(home: config.Home, sql: str) -> None:
    before = everything(home.root)
    sql = sql.replace("{folder}", os.path.dirname(home.root))
    note(sql)
    began = time.monotonic()
    refused = ""
    try:
        answer = sandbox.run(home, sql, seconds=SECONDS, max_rows=20, search=lambda _: [[1, rows.BLOG, 0, 1.0, "x"]])
        assert len(answer.rows) <= 20
    except errors.QueryRefused as error:
        refused = error.message
    assert "\n" not in refused
    assert len(refused) < 500
    assert time.monotonic() - began < BOUND_S
    assert everything(home.root) == before


def test_a_process_that_ran_statements_at_random_is_no_larger_than_it_may_be(home: config.Home) -> None:
    for sql in ("SELECT 1", "SELECT zeroblob(100000000)", "SELECT printf('%.*c', 90000000, 'x')"):
        with contextlib.suppress(errors.QueryRefused):
            sandbox.run(home, sql, seconds=SECONDS)
    sandbox.run(home, "SELECT 1")
    (child,) = sandbox._idle

    assert worlds.most_memory(child.process.pid) * 1024 < CHILD_BYTES

"""The SQL sandbox: what it answers, and what it refuses or cuts off (faults M5)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simple_memory import config, errors
from simple_memory.store import connection, sandbox, sandbox_child, sandbox_names, sandbox_rules, schema
from tests.mcp_server import rows

SECONDS = 0.6


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[config.Home]:
    made = config.Home(str(tmp_path_factory.mktemp("sandbox") / "home"))
    rows.make(made)
    yield made
    sandbox.close()


def hits(words: str) -> list[list[object]]:
    if words == "broken":
        raise errors.IndexUnusable("The index cannot be opened.", "Wait for it.")
    return [[5, rows.BLOG, 0, 1.5, f"about **{words}**"], [7, rows.BLOG, 2, 1.0, "more"]]


# ── what must work ────────────────────────────────────────────────────────────────────────────────────────────────────

ANSWERED = {
    "select": ("SELECT count(*) FROM messages", [(9,)]),
    "with": ("WITH said AS (SELECT * FROM messages WHERE role = 'user') SELECT count(*) FROM said", [(4,)]),
    "recursive with": (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5) SELECT sum(x) FROM n",
        [(15,)],
    ),
    "counting a recursive with": (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 7) SELECT count(*) FROM n",
        [(7,)],
    ),
    "window": ("SELECT id, row_number() OVER (ORDER BY id DESC) FROM messages ORDER BY id LIMIT 1", [(1, 9)]),
    "window frame": ("SELECT sum(id) OVER (ORDER BY id ROWS 1 PRECEDING) FROM messages LIMIT 2", [(1,), (3,)]),
    "json function": ("SELECT json_extract(input, '$.file_path') FROM tool_calls", [("/home/ada/shop/money.py",)]),
    "json arrow": ("SELECT input ->> 'file_path' FROM tool_calls", [("/home/ada/shop/money.py",)]),
    "json_each": ("SELECT sum(value) FROM json_each('[1, 2, 3]')", [(6,)]),
    "group by": ("SELECT role, count(*) FROM messages GROUP BY role ORDER BY 1", [("assistant", 5), ("user", 4)]),
    "join": (
        "SELECT DISTINCT s.title FROM messages m JOIN sessions s USING (session) WHERE m.text LIKE '%WAL%'",
        [("Write about SQLite",)],
    ),
    "left join": ("SELECT count(*) FROM sessions s LEFT JOIN messages m USING (session)", [(9,)]),
    "union": ("SELECT 1 UNION SELECT 2 ORDER BY 1", [(1,), (2,)]),
    "exists": (
        "SELECT count(*) FROM sessions s WHERE EXISTS (SELECT 1 FROM tool_calls t WHERE t.session = s.session)",
        [(1,)],
    ),
    "dates": (
        "SELECT count(*) FROM messages WHERE timestamp >= '2026-01-02' AND date(timestamp) < '2026-01-03'",
        [(3,)],
    ),
    "strftime": ("SELECT strftime('%Y-%m', min(timestamp)) FROM messages", [("2026-01",)]),
    "case": ("SELECT CASE WHEN count(*) > 3 THEN 'many' ELSE 'few' END FROM messages", [("many",)]),
    "whole tool result": ("SELECT length(result), result_chars FROM tool_calls", [(len(rows.LONG), len(rows.LONG))]),
    "search": ("SELECT m.text FROM search('wal') s JOIN messages m ON m.id = s.message_id", None),
    "search best first": ("SELECT message_id, snippet FROM search('wal')", [(5, "about **wal**"), (7, "more")]),
    "search by its column": ("SELECT count(*) FROM search WHERE words = 'wal'", [(2,)]),
    "search in a sub-question": (
        "SELECT count(*) FROM messages WHERE id IN (SELECT message_id FROM search('wal'))",
        [(2,)],
    ),
    "comment in front": ("-- how many?\nSELECT count(*) FROM projects /* all */", [(2,)]),
    "semicolon and comment behind": ("SELECT 1; -- done\n;", [(1,)]),
    "semicolon in front": ("; SELECT 1", [(1,)]),
    "semicolon in a text": ("SELECT ';DROP TABLE message'", [(";DROP TABLE message",)]),
    "table_info": ("SELECT name FROM pragma_table_info('projects') LIMIT 2", [("id",), ("project",)]),
    "pragma table_info": ("PRAGMA table_info(projects)", None),
    "schema": ("SELECT count(*) > 10 FROM sqlite_schema", [(1,)]),
    "values": ("VALUES (1, 'a'), (2, NULL)", [(1, "a"), (2, None)]),
    "explain": ("EXPLAIN SELECT * FROM messages", None),
    "explain query plan": ("EXPLAIN QUERY PLAN SELECT * FROM messages WHERE session = 'x'", None),
    "group_concat": (
        "SELECT group_concat(kind, ',') FROM (SELECT kind FROM messages ORDER BY id LIMIT 2)",
        [("prompt,tool_call",)],
    ),
    "infinity": ("SELECT 9e999, -9e999", [("inf", "-inf")]),
    "a blob": ("SELECT x'0102', x'000102030405060708090a0b0c0d0e0f1011'", None),
    "base table": ("SELECT messages FROM counter", [(9,)]),
}


@pytest.mark.parametrize("name", ANSWERED)
@pytest.mark.fault("M5")
def test_a_question_is_answered(home: config.Home, name: str) -> None:
    sql, expected = ANSWERED[name]
    result = sandbox.run(home, sql, search=hits)
    assert result.columns
    assert result.rows
    assert not result.truncated
    if expected is not None:
        assert list(result.rows) == expected


@pytest.mark.parametrize("view", sandbox_rules.VIEWS)
def test_every_promised_view_can_be_read_whole(home: config.Home, view: str) -> None:
    assert len(sandbox.run(home, f"SELECT * FROM {view}").columns) > 4


def test_every_promised_view_of_the_schema_is_named() -> None:
    in_schema = {line.split()[2] for line in schema.current_sql().split("\n") if line.startswith("CREATE VIEW")}
    assert in_schema == set(sandbox_rules.VIEWS)


# ── what must be refused or cut off ───────────────────────────────────────────────────────────────────────────────────

_ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
_BIG = "(SELECT replace(hex(char(1,2,3,4,5,6,7,8)), '0', printf('%.900000c', 'a')) AS a)"

REFUSED = {
    "insert": "INSERT INTO counter (id) VALUES (2)",
    "insert into a view": "INSERT INTO messages (text) VALUES ('x')",
    "insert or replace": "REPLACE INTO counter (id) VALUES (1)",
    "insert with default": "INSERT INTO reindex DEFAULT VALUES",
    "update": "UPDATE message SET text = ''",
    "update from": "UPDATE message SET text = s.session FROM session s",
    "delete": "DELETE FROM message",
    "returning": "DELETE FROM message RETURNING *",
    "write through with": "WITH x AS (SELECT 1) INSERT INTO reindex SELECT * FROM x",
    "delete through with": "WITH x AS (SELECT 1 AS id) DELETE FROM message WHERE id IN (SELECT id FROM x)",
    "upsert": "INSERT INTO counter (id) VALUES (1) ON CONFLICT DO UPDATE SET messages = 0",
    "explain a write": "EXPLAIN DELETE FROM message",
    "create table": "CREATE TABLE x (y)",
    "create temp table": "CREATE TEMP TABLE x (y)",
    "create table as": "CREATE TEMP TABLE x AS SELECT * FROM messages",
    "create view": "CREATE TEMP VIEW x AS SELECT 1",
    "create trigger": "CREATE TEMP TRIGGER x AFTER INSERT ON message BEGIN SELECT 1; END",
    "create index": "CREATE INDEX x ON message (text)",
    "create virtual table": "CREATE VIRTUAL TABLE x USING fts5(y)",
    "create virtual table of ours": "CREATE VIRTUAL TABLE temp.x USING search",
    "drop table": "DROP TABLE message",
    "drop view": "DROP VIEW messages",
    "drop temp view": "DROP VIEW temp.tool_calls",
    "alter table": "ALTER TABLE message RENAME TO x",
    "alter table add": "ALTER TABLE message ADD COLUMN x",
    "attach": "ATTACH '/etc/passwd' AS x",
    "attach memory": "ATTACH ':memory:' AS x",
    "attach through a comment": "/* SELECT */ ATTACH/**/'x.db'/**/AS/**/x",
    "detach": "DETACH main",
    "vacuum": "VACUUM",
    "vacuum into": "VACUUM INTO '/tmp/stolen.db'",
    "analyze": "ANALYZE",
    "reindex": "REINDEX",
    "begin": "BEGIN",
    "begin immediate": "BEGIN IMMEDIATE",
    "commit": "COMMIT",
    "rollback": "ROLLBACK",
    "savepoint": "SAVEPOINT x",
    "release": "RELEASE x",
    "pragma query_only": "PRAGMA query_only = OFF",
    "pragma query_only read": "PRAGMA query_only",
    "pragma writable_schema": "PRAGMA writable_schema = ON",
    "pragma journal_mode": "PRAGMA journal_mode = DELETE",
    "pragma wal_checkpoint": "PRAGMA wal_checkpoint(TRUNCATE)",
    "pragma user_version": "PRAGMA user_version = 9",
    "pragma hard_heap_limit": "PRAGMA hard_heap_limit = 0",
    "pragma temp_store_directory": "PRAGMA temp_store_directory = '/tmp'",
    "pragma trusted_schema": "PRAGMA trusted_schema = ON",
    "pragma busy_timeout": "PRAGMA busy_timeout = 100000000",
    "pragma integrity_check": "PRAGMA integrity_check",
    "pragma as a table": "SELECT * FROM pragma_database_list",
    "pragma as a table, function list": "SELECT name FROM pragma_function_list",
    "pragma as a table, checkpoint": "SELECT * FROM pragma_wal_checkpoint('TRUNCATE')",
    "pragma optimize": "PRAGMA optimize",
    "load_extension": "SELECT load_extension('/tmp/x.so')",
    "load_extension with entry": "SELECT load_extension('/tmp/x.so', 'init')",
    "readfile": "SELECT readfile('/etc/passwd')",
    "writefile": "SELECT writefile('/tmp/x', 'y')",
    "edit": "SELECT edit('x', 'vi')",
    "fts3_tokenizer": "SELECT fts3_tokenizer('simple')",
    "sqlite_log": "SELECT sqlite_log(1, 'x')",
    "zeroblob": "SELECT zeroblob(1000000000)",
    "randomblob": "SELECT randomblob(1000000000)",
    "hex of zeroblob": "SELECT hex(zeroblob(500000000))",
    "bm25": "SELECT bm25(messages) FROM messages",
    "quoted function": "SELECT \"load_extension\"('/tmp/x.so')",
    "the archive": "SELECT packed FROM frame",
    "what its frames have in common": "SELECT packed FROM dictionary",
    "dbstat": "SELECT name FROM dbstat",
    "sqlite_dbpage": "SELECT data FROM sqlite_dbpage",
    "sqlite_sequence": "SELECT * FROM sqlite_sequence",
    "two statements": "SELECT 1; DELETE FROM message",
    "two questions": "SELECT 1; SELECT 2",
    "two statements around a comment": "SELECT 1 /* ; */; /* x */ DROP TABLE message; --",
    "statement behind an empty one": ";;DELETE FROM message",
    "nested comment trick": "SELECT 1 /* /* */ ; DELETE FROM message; -- */",
    "line comment trick": "SELECT 1 -- x\n; DELETE FROM message",
    "write hidden behind a question": "SELECT 1;\x0cDELETE FROM message",
    "empty": "",
    "only a comment": "-- nothing",
    "not SQL": "please list my sessions",
    "half": "SELECT * FROM (",
    "NUL": "SELECT 1;\x00DELETE FROM message",
    "double-quoted text": 'SELECT "hello"',
    "parameter": "SELECT * FROM messages WHERE id = ?2",
    "no such column": "SELECT tex FROM messages",
    "no such table": "SELECT * FROM mesages",
    "no such function": "SELECT lenght('x')",
    "search without words": "SELECT * FROM search",
    "search with a broken index": "SELECT * FROM search('broken')",
    "not text": "SELECT CAST(x'ff' AS TEXT)",
    "long statement": "SELECT '" + "x" * 60_000 + "'",
    "deep expression": "SELECT " + "abs(" * 150 + "1" + ")" * 150,
    "deep arithmetic": "SELECT " + "+".join(["1"] * 500),
    "many unions": " UNION ALL ".join(["SELECT 1"] * 100),
    "many columns": "SELECT " + ",".join(["1"] * 300),
    "long pattern": f"SELECT 'x' LIKE '{'%x' * 2000}'",
    "too long text": "SELECT length(printf('%.100000000c', 'a'))",
}

CUT_OFF = {
    "endless recursion": f"{_ENDLESS} SELECT count(*) FROM n",
    "endless recursion, sorted": f"{_ENDLESS} SELECT x FROM n ORDER BY x DESC",
    "endless rows without a match": f"{_ENDLESS} SELECT x FROM n WHERE x < 0",
    "endless set": "WITH RECURSIVE n(x) AS (SELECT 1 UNION SELECT x + 1 FROM n) SELECT max(x) FROM n",
    "huge cross join": "SELECT count(*) FROM "
    + ",".join(f"messages m{i}" for i in range(12))
    + " WHERE m0.id + m1.id + m11.id < 0",
    "cross join of texts": f"{_ENDLESS} SELECT max(m.text || n.text) FROM messages m, messages n, n",
    "growing text": f"{_ENDLESS} SELECT group_concat('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx') FROM n",
    "growing array": f"{_ENDLESS} SELECT json_group_array(x) FROM n",
    "doubling text": "WITH RECURSIVE t(x) AS (SELECT 'aa' UNION ALL SELECT x || x FROM t) SELECT max(length(x)) FROM t",
    "instr bomb": f"SELECT instr(a, substr(a, 1, 1500000) || 'b') FROM {_BIG}",
    "replace bomb": f"SELECT length(replace(a, 'a', a)) FROM {_BIG}",
    "printf bomb": f"{_ENDLESS} SELECT sum(length(printf('%.9999999c', 'x'))) FROM n",
    "deep JSON": f"{_ENDLESS} SELECT count(json(printf('%.900c', '[') || printf('%.900c', ']'))) FROM n",
    "window over endless rows": f"{_ENDLESS} SELECT sum(x) OVER (ORDER BY x DESC) FROM n",
}

BOUNDED = {
    "GLOB bomb": f"SELECT a GLOB '*a*a*a*a*a*a*a*a*a*a*b' FROM {_BIG}",
    "LIKE bomb": f"SELECT a LIKE '%a%a%a%a%a%a%a%a%a%a%b' FROM {_BIG}",
    "sorting big texts": f"{_ENDLESS} SELECT printf('%.500000c', x % 10) || x FROM n LIMIT 5000 OFFSET 4999",
    "search for ever": f"{_ENDLESS} SELECT count(*) FROM n, search('wal') s WHERE s.message_id < 0",
    "LIKE with a long pattern": f"SELECT a LIKE '%' || substr(a, 1, 900) || 'b%' FROM {_BIG}",
    "trim bomb": f"SELECT length(trim(a, substr(a, 1, 100000))) FROM {_BIG}",
    "hex of hex": f"SELECT length(hex(hex(hex(hex(a))))) FROM {_BIG}",
    "json of a big text": f"SELECT json_array_length(json_array(a, a, a, a)) FROM {_BIG}",
    "quote of quote": f"SELECT length(quote(quote(a))) FROM {_BIG}",
}
"""What is dear, and may be answered as well as cut off: within its time and memory in either case."""


def _state(home: config.Home) -> tuple[str, list[str]]:
    with open(home.database, "rb") as file:  # no connection of this process is open now
        return hashlib.sha256(file.read()).hexdigest(), sorted(
            n for n in os.listdir(home.root) if not n.startswith("memory.db-")
        )


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.fault("M5")
def test_what_is_no_question_is_refused_in_one_line(home: config.Home, name: str) -> None:
    before = _state(home)
    with pytest.raises(errors.QueryRefused) as caught:
        sandbox.run(home, REFUSED[name], seconds=SECONDS, search=hits)
    said = f"{caught.value.message} {caught.value.hint}"
    assert "\n" not in said
    assert len(said) < 500
    assert "Traceback" not in said
    assert home.root not in said
    assert _state(home) == before


@pytest.mark.parametrize("name", CUT_OFF)
@pytest.mark.fault("M5", "S6")
def test_what_never_ends_is_cut_off_within_its_deadline_and_memory(home: config.Home, name: str) -> None:
    before = _state(home)
    started = time.monotonic()
    with pytest.raises(errors.QueryRefused) as caught:
        sandbox.run(home, CUT_OFF[name], seconds=SECONDS, search=hits)
    assert time.monotonic() - started < SECONDS + sandbox_child.GRACE_S + 1.5  # starting a process, on a busy machine
    assert "\n" not in caught.value.message
    assert caught.value.hint
    assert _state(home) == before


@pytest.mark.parametrize("name", BOUNDED)
def test_what_is_dear_is_answered_or_cut_off_in_time(home: config.Home, name: str) -> None:
    started = time.monotonic()
    with contextlib.suppress(errors.QueryRefused):
        sandbox.run(home, BOUNDED[name], seconds=SECONDS, search=hits)
    assert time.monotonic() - started < SECONDS + sandbox_child.GRACE_S + 1.5


def test_there_are_more_hostile_cases_than_the_87_known_ones() -> None:
    assert len(REFUSED) + len(CUT_OFF) + len(BOUNDED) >= 87


def test_the_next_question_is_answered_after_one_that_was_killed(home: config.Home) -> None:
    with pytest.raises(errors.QueryRefused):
        sandbox.run(home, CUT_OFF["instr bomb"], seconds=0.3)
    assert sandbox.run(home, "SELECT 1").rows == ((1,),)


# ── caps and words ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_are_capped_and_the_cut_is_told(home: config.Home) -> None:
    result = sandbox.run(home, "SELECT id FROM messages ORDER BY id", max_rows=3)
    assert result.rows == ((1,), (2,), (3,))
    assert result.truncated
    assert not sandbox.run(home, "SELECT id FROM messages", max_rows=9).truncated


def test_bytes_are_capped_but_the_first_row_always_comes(home: config.Home) -> None:
    result = sandbox.run(home, "SELECT result FROM tool_calls, messages", max_bytes=30_000, cell_chars=20_000)
    assert result.truncated
    assert 1 <= len(result.rows) <= 3
    assert len(sandbox.run(home, "SELECT result FROM tool_calls", max_bytes=10).rows) == 1


def test_long_texts_are_cut_with_their_length_and_blobs_come_as_hex(home: config.Home) -> None:
    result = sandbox.run(
        home, "SELECT result, x'0102', x'000102030405060708090a0b0c0d0e0f1011' FROM tool_calls", cell_chars=50
    )
    text, short, long = result.rows[0]
    assert text == f"{rows.LONG[:50]}… [{len(rows.LONG):,} characters]"
    assert short == "x'0102'"
    assert long == "x'000102030405060708090a0b0c0d0e0f…' (18 bytes)"


@pytest.mark.parametrize(
    ("sql", "hint"),
    [
        ("SELECT tex FROM messages", "Did you mean text (of messages, attachments, notes)?"),
        ("SELECT m.sesion FROM messages m", "Did you mean session"),
        ("SELECT project FROM messages", "project is a column of projects, sessions."),
        ("SELECT * FROM mesages", "Did you mean messages? Tables: projects, sessions"),
        ("SELECT * FROM conversations", "Tables: projects, sessions"),
        ("SELECT lenght('x')", "Did you mean length?"),
        ('SELECT * FROM messages WHERE role = "user"', "Texts stand in single quotes"),
        ("SELECT * FROM search", "search('words to find')"),
        ("SELECT 1; SELECT 2", "WITH"),
        ("SELECT FROM", "single quotes"),
    ],
)
def test_an_error_names_the_nearest_fix(home: config.Home, sql: str, hint: str) -> None:
    with pytest.raises(errors.QueryRefused) as caught:
        sandbox.run(home, sql, search=hits)
    assert hint in caught.value.hint


def test_a_broken_index_says_so_through_search(home: config.Home) -> None:
    with pytest.raises(errors.QueryRefused, match="index cannot be opened"):
        sandbox.run(home, "SELECT * FROM search('broken')", search=hits)


@pytest.mark.parametrize("text", ["", "  \n", "-- x", "/* x", "/* x */ ; -- y\n;"])
def test_comments_alone_say_nothing(text: str) -> None:
    assert sandbox_names.only_comments(text)


@pytest.mark.parametrize("text", ["x", "/* */ x", "-- x\ny", ";'"])
def test_what_stands_beside_comments_is_noticed(text: str) -> None:
    assert not sandbox_names.only_comments(text)


# ── the database ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_database_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(errors.StoreMissing, match="no memory yet"):
        sandbox.run(config.Home(str(tmp_path)), "SELECT 1")


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be looked at" * 40, b"\0" * 8192])
def test_a_file_that_is_no_database_is_said_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    home = config.Home(str(tmp_path))
    Path(home.database).write_bytes(content)
    with pytest.raises(errors.StoreError):
        sandbox.run(home, "SELECT 1")


def test_questions_are_answered_while_the_writer_writes(tmp_path: Path) -> None:
    home = config.Home(str(tmp_path / "home"))
    rows.make(home)
    writer = connection.open_writer(home)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE counter SET messages = 99")
    assert sandbox.run(home, "SELECT messages FROM counter").rows == ((9,),)
    writer.execute("COMMIT")
    assert sandbox.run(home, "SELECT messages FROM counter").rows == ((99,),)
    writer.close()

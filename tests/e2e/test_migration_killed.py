"""A migration that is killed at any of its statements leaves one schema or the next, and a backup (fault S9)."""

from __future__ import annotations

import shutil
import signal
import sys

import apsw
import pytest

from simple_memory import config
from simple_memory.store import backup, schema
from tests import worlds
from tests.builders import transcript
from tests.sync import stores

MIGRATE = """
import os, signal, sys
import apsw
from simple_memory import config
from simple_memory.store import schema
from simple_memory.sync import engine

STEPS = {
    "two.sql": "ALTER TABLE message ADD COLUMN second TEXT; UPDATE message SET second = text; CREATE TABLE two (a);",
    "three.sql": "CREATE TABLE three AS SELECT id, second FROM message; ALTER TABLE message DROP COLUMN second;",
}
schema.VERSION += 2
schema.MIGRATIONS = ((schema.VERSION - 1, "two.sql"), (schema.VERSION, "three.sql"))
schema._text_of = lambda package, name: STEPS[name]
left = int(sys.argv[2])
began = False

def statement(cursor, sql, bindings):
    global left, began
    began = began or sql.startswith("BEGIN IMMEDIATE")
    if began:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return True

apsw.connection_hooks.append(lambda opened: opened.set_exec_trace(statement))
one = engine.Engine(config.Home(sys.argv[1]), config.Settings(), report=lambda *_: None, sources=())
one.open()
one.close()
"""
STATEMENTS = 13
"""Both steps have eleven: to begin, what they change, the version, to commit."""


def migrated(world: worlds.World, home: config.Home, *, killed_at: int) -> int:
    """Let a program of two versions later open the home; return its exit code."""
    started = world.spawn_command([sys.executable, "-c", MIGRATE, home.root, str(killed_at)])
    _, talk = started.communicate(timeout=worlds.BOUND_S)
    assert "Traceback" not in talk, talk
    return int(started.returncode)


def found(home: config.Home) -> tuple[int, set[str], list[tuple[str]]]:
    """Return the schema's version, what tells the versions apart, and all texts; the database must be sound."""
    opened = apsw.Connection(home.database)
    try:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        names = "SELECT name FROM sqlite_schema UNION ALL SELECT name FROM pragma_table_info('message')"
        marks = {str(name) for (name,) in opened.execute(names)} & {"second", "two", "three"}
        texts = opened.execute("SELECT text FROM message ORDER BY id").fetchall()
        return int(opened.pragma("user_version")), marks, [(str(text),) for (text,) in texts]
    finally:
        opened.close()


@pytest.mark.fault("S9")
def test_a_migration_killed_at_any_statement_leaves_one_schema_or_the_next_and_a_backup(world: worlds.World) -> None:
    transcript.Session().prompt("before").tool("Bash", {}, result="word " * 900).reply("after").write(world.claude)
    with stores.Memory(world.root, world.claude) as memory:
        memory.sync()
    version, marks, texts = found(memory.home)
    assert (version, marks) == (schema.VERSION, set())
    wanted = {version: set(), version + 1: {"second", "two"}, version + 2: {"two", "three"}}
    seen = set()

    for statement in range(1, STATEMENTS + 1):
        home = config.Home(str(world.root / str(statement)))
        shutil.copytree(memory.home.root, home.root)
        assert migrated(world, home, killed_at=statement) == -signal.SIGKILL

        left = found(home)
        assert left == (left[0], wanted[left[0]], texts)
        (kept,) = [one for one in backup.find(home) if one.kind is backup.Kind.MIGRATION]
        assert backup.check(kept.path).schema_version == version
        if left[0] not in seen:
            assert migrated(world, home, killed_at=0) == 0
            assert found(home) == (version + 2, wanted[version + 2], texts)
        seen.add(left[0])

    assert seen == set(wanted)

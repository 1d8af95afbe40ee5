"""The schema's versions: making a new database, and bringing an older one up to date."""

from __future__ import annotations

import apsw

from simple_memory import errors

APPLICATION_ID = 0x534D454D
"""What stands in the database's header ("SMEM"), so that no other file is taken for ours."""
VERSION = 1
"""The schema version that this program writes (`PRAGMA user_version`)."""

MIGRATIONS: tuple[tuple[int, str], ...] = ()
"""(version that it leads to, file in store/migrations/), in order; forward only. Version 1 is schema.sql itself."""


def current_sql() -> str:
    """Return the whole schema as SQL, comments included."""
    return _text_of("simple_memory.store", "schema.sql")


def _text_of(package: str, name: str) -> str:
    from importlib import resources  # a reader never needs it, and it costs a third of a cold start

    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def version_of(connection: apsw.Connection) -> int:
    """Return the schema version of an open database; 0 for one that is still empty.

    Raises StoreForeign for a database that is not ours, StoreNewer for one that a newer program wrote.
    """
    application_id = connection.pragma("application_id")
    version = connection.pragma("user_version")
    if (
        application_id == 0
        and version == 0
        and not connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
    ):
        return 0
    if application_id != APPLICATION_ID or not isinstance(version, int):
        raise errors.StoreForeign(
            f"{connection.filename} is a database of another program.",
            "Move it away, or set SIMPLE_MEMORY_HOME to another folder.",
        )
    if version > VERSION:
        raise errors.StoreNewer(
            f"{connection.filename} was written by a newer version (schema {version}, this program knows {VERSION}).",
            "Update simple-memory, or set SIMPLE_MEMORY_HOME to another folder.",
        )
    return version


def bring_up_to_date(connection: apsw.Connection) -> int:
    """Create the schema in an empty database, or migrate an older one, each step in one transaction.

    Returns the version that was found before. Raises what `version_of` raises.
    """
    found = version_of(connection)
    if found == 0:
        _create(connection)
    for version, name in MIGRATIONS:
        if 0 < found < version:
            _run_step(connection, _text_of("simple_memory.store.migrations", name), version)
    return found


def _create(connection: apsw.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if version_of(connection) == 0:  # nobody else created it while we waited
            connection.execute(current_sql())
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _run_step(connection: apsw.Connection, sql: str, version: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(sql)
        connection.execute(f"PRAGMA user_version = {version}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")

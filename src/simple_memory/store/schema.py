"""The schema's versions: making a new database, and bringing an older one up to date.

A database of this version may still be of an earlier build, since a version that is not released changes in place. The
counter row says with which schema it was made; where that is another than ours, what is missing is added.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import apsw

from simple_memory import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simple_memory.store import shape

APPLICATION_ID = 0x534D454D
"""What stands in the database's header ("SMEM"), so that no other file is taken for ours."""
VERSION = 1
"""The schema version that this program writes (`PRAGMA user_version`)."""
SHAPE = "1a4a435f7a85f837"
"""The digest of schema.sql (shape.digest), free of comments. `python -m tests.store.freeze` writes it."""

_WRITE_ONCE = "`simple-memory start` or `simple-memory sync` brings it up to date, after a backup."
_MAKE_ANEW = "`simple-memory doctor` makes it anew from its own archive, and keeps the old one."

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


def bring_up_to_date(connection: apsw.Connection, *, partly: bool = False) -> int:
    """Create the schema in an empty database, or migrate an older one, each step in one transaction.

    Returns the version that was found before. Raises what `version_of` raises, and StoreOlder where an earlier build
    made it and adding what it lacks does not do; `partly` adds what can be added instead.
    """
    found = version_of(connection)
    if found == 0:
        _create(connection)
    for version, name in MIGRATIONS:
        if 0 < found < version:
            _run_step(connection, _text_of("simple_memory.store.migrations", name), version)
    if not _is_stamped(connection):
        _mend(connection, partly=partly)
    return found


def is_current(connection: apsw.Connection) -> bool:
    """Return whether opening the database for writing leaves its schema as it is. Raises what `version_of` raises."""
    return version_of(connection) in (0, VERSION) and (_is_stamped(connection) or _lacks(connection).is_none())


def refuse_older(connection: apsw.Connection) -> None:
    """Raise StoreOlder where the database of a reader lacks anything that this program may ask for."""
    version = version_of(connection)
    if version < VERSION:
        raise errors.StoreOlder(
            f"{connection.filename} was written by an older version (schema {version}, this program needs {VERSION}).",
            _WRITE_ONCE,
        )
    if not _is_stamped(connection):
        lacks = _lacks(connection)
        if lacks.problems or lacks.tables or lacks.columns or lacks.made:
            raise _older(connection, lacks, _MAKE_ANEW if lacks.problems else _WRITE_ONCE)


def _older(connection: apsw.Connection, lacks: shape.Difference, hint: str) -> errors.StoreOlder:
    first, *more = lacks.sentences()
    told = f"{first} (and {len(more)} more)" if more else first
    return errors.StoreOlder(f"{connection.filename} was made by an earlier build: {told}.", hint)


def _is_stamped(connection: apsw.Connection) -> bool:
    """Return whether the database says that it was made, or mended, with just this schema."""
    try:
        return connection.execute("SELECT shape FROM counter").fetchall() == [(SHAPE,)]
    except apsw.SQLError:  # it has no such column, or table
        return False


def _lacks(connection: apsw.Connection) -> shape.Difference:
    from simple_memory.store import shape  # seldom needed, and not cheap for a reader

    with contextlib.closing(_pattern()) as pattern:
        return shape.difference(shape.of(connection), shape.of(pattern))


def _pattern() -> apsw.Connection:
    pattern = apsw.Connection(":memory:")
    pattern.execute(current_sql())
    return pattern


def _mend(connection: apsw.Connection, *, partly: bool) -> None:
    """Add what the database lacks, in one transaction. Raises StoreOlder where that is not enough: then all stays."""
    from simple_memory.store import shape

    with contextlib.closing(_pattern()) as pattern, _transaction(connection):
        lacks = _lacks(connection)
        if lacks.problems and not partly:
            raise _older(connection, lacks, _MAKE_ANEW)
        try:
            shape.add(connection, pattern, lacks)
        except apsw.ConstraintError as error:
            raise errors.StoreOlder(
                f"{connection.filename} was made by an earlier build, and its rows do not fit: {error}.", _MAKE_ANEW
            ) from error
        if not lacks.problems:
            connection.execute("UPDATE counter SET shape = ?", (SHAPE,))


@contextlib.contextmanager
def _transaction(connection: apsw.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _create(connection: apsw.Connection) -> None:
    with _transaction(connection):
        if version_of(connection) == 0:  # nobody else created it while we waited
            connection.execute(current_sql())
            connection.execute("UPDATE counter SET shape = ?", (SHAPE,))
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")


def _run_step(connection: apsw.Connection, sql: str, version: int) -> None:
    with _transaction(connection):
        connection.execute(sql)
        connection.execute(f"PRAGMA user_version = {version}")

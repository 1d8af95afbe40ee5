"""One look at the database from outside, for `status`: what it is, and its counters; it changes no file at all.

Not for reading what is in it (connection.py). A plain read-only connection to a database in WAL mode makes and writes
`-shm`, and may make `-wal`. So the `-shm` of a service that runs is mapped read-only, and a database that nobody has
open is read as it lies (`immutable`). Where a crash left a `-wal` without its `-shm`, that gives the last checkpoint's
counters.
"""

from __future__ import annotations

import os
import stat

import apsw

APPLICATION_ID = 0x534D454D
SCHEMA_VERSION = 1
SHAPE = "1a4a435f7a85f837"
DEADLINE_MS = 50
"""How long another's lock is waited for."""

OK = "ok"
MISSING = "missing"
BUSY = "busy"
FOREIGN = "foreign"
NEWER = "newer"
OLDER = "older"
DAMAGED = "damaged"

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-~")


class Glance:
    """What was seen: `state` is one of the words above, `reason` a sentence where it is not ok.

    `size_bytes` is the database with its `-wal`; `schema_version` is None and `counters` (the counter row, a value per
    column) empty where they could not be read. `unknown` are types of records that nobody taught us, most first, with
    how many of each there are.
    """

    __slots__ = ("counters", "reason", "schema_version", "size_bytes", "state", "unknown")

    def __init__(
        self,
        state: str,
        reason: str = "",
        *,
        size_bytes: int = 0,
        schema_version: int | None = None,
        counters: dict[str, int | str | None] | None = None,
        unknown: dict[str, int] | None = None,
    ) -> None:
        """Take what was seen."""
        self.state = state
        self.reason = reason
        self.size_bytes = size_bytes
        self.schema_version = schema_version
        self.counters = counters or {}
        self.unknown = unknown or {}


def glance(path: str) -> Glance:
    """Look at the database at `path`; never raises for what may be wrong with it."""
    size = _size(path)
    if size is None:
        return Glance(MISSING, f"There is no memory yet at {path}.")
    if not stat.S_ISREG(os.lstat(path).st_mode):
        return Glance(FOREIGN, f"{path} is a link or no file, and is never opened.")
    if size == 0:
        return Glance(MISSING, f"The database at {path} is still empty.")
    seen = _look(path, size)
    if seen.state == DAMAGED and _size(path + "-shm") is not None:  # the service started between our two looks
        seen = _look(path, size)
    seen.size_bytes = size + (_size(path + "-wal") or 0)
    return seen


def _look(path: str, size: int) -> Glance:
    is_open = _size(path + "-shm") is not None
    try:
        connection = apsw.Connection(
            uri(path, "readonly_shm=1" if is_open else "immutable=1"),
            flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI | apsw.SQLITE_OPEN_NOFOLLOW,
        )
    except apsw.Error as error:
        return _translate(error, path)
    try:
        connection.set_busy_timeout(DEADLINE_MS)
        return _read(connection, path, size=None if is_open else size)
    except apsw.Error as error:
        return _translate(error, path)
    finally:
        connection.close()


def _read(connection: apsw.Connection, path: str, *, size: int | None) -> Glance:
    """Read what `glance` gives; `size` is the file's, where it must hold the whole database."""
    application_id, version = connection.pragma("application_id"), connection.pragma("user_version")
    if application_id != APPLICATION_ID or not isinstance(version, int):
        return Glance(FOREIGN, f"{path} is a database of another program.")
    if version > SCHEMA_VERSION:
        reason = f"{path} was written by a newer version (schema {version}, this program knows {SCHEMA_VERSION})."
        return Glance(NEWER, reason, schema_version=version)
    if size is not None and size != int(connection.pragma("page_count")) * int(connection.pragma("page_size")):
        return Glance(DAMAGED, f"{path} is cut off.", schema_version=version)
    counters = _counters(connection)
    if counters is None:
        return Glance(DAMAGED, f"{path} has no counters.", schema_version=version)
    unknown = _unknown(connection) if counters.get("unknown_records") else {}
    maker = _other_maker(version, counters.get("shape"))
    state, why = (OLDER, f"{path} was made by another {maker}.") if maker else (OK, "")
    return Glance(state, why, schema_version=version, counters=counters, unknown=unknown)


def _counters(connection: apsw.Connection) -> dict[str, int | str | None] | None:
    cursor = connection.execute("SELECT * FROM counter")
    row = cursor.fetchone()
    if row is None:
        return None
    names = [column[0] for column in cursor.getdescription()]
    return dict(zip(names, row, strict=True))


def _other_maker(version: int, shape: object) -> str:
    """Return what made a database that this program did not: "version" or "build"; "" where it did."""
    if version != SCHEMA_VERSION:
        return "version"
    return "" if shape == SHAPE else "build"


def _unknown(connection: apsw.Connection) -> dict[str, int]:
    rows = connection.execute(
        "SELECT type, sum(records) FROM record_kind WHERE understood = 0 GROUP BY type ORDER BY 2 DESC LIMIT 20"
    )
    return {str(name): int(number or 0) for name, number in rows}


def _translate(error: apsw.Error, path: str) -> Glance:
    if isinstance(error, apsw.BusyError | apsw.LockedError | apsw.ReadOnlyError):
        return Glance(BUSY, f"{path} is locked by another program.")
    if isinstance(error, apsw.NotADBError):
        return Glance(FOREIGN, f"{path} is not a database.")
    if isinstance(error, apsw.CantOpenError | apsw.PermissionsError | apsw.AuthError):
        return Glance(FOREIGN, f"{path} cannot be opened: it is not a file that you may read.")
    return Glance(DAMAGED, f"{path} is damaged: {error}.")


def uri(path: str, option: str) -> str:
    """Return the name by which SQLite opens `path` read-only with `option`; any bytes may stand in the path."""
    encoded = "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in os.fsencode(path))
    return f"file:{encoded}?mode=ro&{option}"


def _size(path: str) -> int | None:
    try:
        return os.lstat(path).st_size
    except OSError:
        return None

"""Opening the database: one writer, any number of readers; not what is written or read."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

import apsw

from simple_memory import config, errors
from simple_memory.store import packing, schema, unmoved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LONGEST_PATH = 500
"""SQLite takes 512, and puts endings behind it."""
BUSY_MS = 5000
"""How long a connection waits for another's lock."""

_WRITER_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = NORMAL",  # all of it can be read again from transcripts; a power cut may cost the newest seconds
    "checkpoint_fullfsync = ON",  # on macOS fsync leaves it in the disk's own cache, in any order; elsewhere it is none
    "foreign_keys = ON",
    "journal_size_limit = 67108864",
    "wal_autocheckpoint = 3000",  # 24 MB: the index pages that every transaction changes are copied less often
    "cell_size_check = ON",
    "trusted_schema = OFF",
    "mmap_size = 0",
    "temp_store = MEMORY",
    "cache_size = -16384",
)

_WHOLE_TEXT_VIEWS = """
CREATE TEMP VIEW tool_calls AS
SELECT
    tool_call.id, session.session, tool_call.message_id, tool_call.result_message_id, tool_call.call_id,
    tool_call.name,
    unpack_first(tool_call.input, tool_call.input_packed) AS input, tool_call.path,
    unpack_first(tool_call.result, tool_call.packed) AS result,
    unpack_second(tool_call.extra, tool_call.packed) AS extra,
    tool_call.result_chars, tool_call.is_error, tool_call.output_name, tool_call.ended_at
FROM main.tool_call JOIN main.session ON session.id = tool_call.session_id;
CREATE TEMP VIEW attachments AS
SELECT
    plain.id, plain.session, plain.message_id, plain.position, plain.kind, plain.name, plain.media_type,
    plain.size_bytes,
    plain.timestamp,
    CASE WHEN plain.id > 0 THEN plain.text ELSE unpack_first(
        plain.text, (SELECT message.packed FROM main.message WHERE message.id = plain.message_id)
    ) END AS text
FROM main.attachments AS plain;
"""


class Overtaken(apsw.BusyError):
    """Another process wrote the database since this one last did: what is remembered of it is old."""


def open_writer(home: config.Home, *, partly: bool = False) -> apsw.Connection:
    """Open the database for the one process that writes it; create or migrate it as needed.

    Raises a StoreError: foreign, newer, older than can be mended here (`partly`: opened all the same), damaged, busy,
    or the disk is full.
    """
    path = home.database
    _refuse_what_is_no_file(path)
    fresh = create_private(path)
    try:
        connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_NOFOLLOW)
        connection.set_busy_timeout(BUSY_MS)
        if fresh:
            connection.execute("PRAGMA page_size = 8192")
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # so that repacking can give back what becomes free
        schema.version_of(connection)  # before any pragma writes into a file that is not ours
        for pragma in _WRITER_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        schema.bring_up_to_date(connection, partly=partly)
        _register(connection, lambda: connection)
    except apsw.Error as error:
        raise translate(error, path) from error
    return connection


def open_reader(home: config.Home, *, busy_ms: int | None = None, takes_older: bool = False) -> apsw.Connection:
    """Open the database read-only; also while the service writes it, or nothing runs.

    `busy_ms` is how long another's lock is waited for (BUSY_MS if None). `tool_calls` and `attachments` give long texts
    whole here (other SQLite programs see their beginnings).
    Raises StoreMissing, StoreOlder unless it `takes_older`, or another StoreError.
    """
    path = home.database
    if not os.path.lexists(path):
        raise errors.StoreMissing(
            f"There is no memory yet at {path}.", "Run `simple-memory start`, or `simple-memory sync` once."
        )
    _refuse_what_is_no_file(path)
    try:
        connection = _open_plain(path, BUSY_MS if busy_ms is None else busy_ms)
        if schema.version_of(connection) == 0:
            raise errors.StoreMissing(f"The database at {path} is still empty.", "Run `simple-memory start`.")
        if not takes_older:
            schema.refuse_older(connection)
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cache_size = -8192")  # the inner pages of a million messages take 3 MB
        _register(connection, lambda: _open_plain(path))  # its own: the sandbox lets nobody else read the archive
        connection.execute(_WHOLE_TEXT_VIEWS)
        connection.execute("PRAGMA query_only = ON")
    except apsw.Error as error:
        raise translate(error, path) from error
    return connection


def release_memory(connection: apsw.Connection) -> None:
    """Let go of the pages that SQLite holds in memory and does not need now; they are read again when they are."""
    connection.execute("PRAGMA shrink_memory")


def _open_plain(path: str, busy_ms: int = BUSY_MS) -> apsw.Connection:
    try:
        connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_NOFOLLOW)
        connection.set_busy_timeout(busy_ms)
        connection.pragma("schema_version")  # only now are the files beside it opened, or made
    except apsw.CantOpenError:
        if not os.statvfs(os.path.dirname(path)).f_flag & os.ST_RDONLY:
            raise
        return _open_still(path)
    return connection


def _open_still(path: str) -> apsw.Connection:
    """Open a database on a disk that is mounted read-only, as it lies: nobody can change it, nor can we lock it."""
    from simple_memory.store import glance

    if os.path.exists(path + "-wal") and os.path.getsize(path + "-wal"):
        raise errors.StoreError(
            f"{path} lies on a disk that is mounted read-only, and its journal is not empty.",
            "Mount it writable once, or copy the whole folder to where it can be written.",
        )
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI | apsw.SQLITE_OPEN_NOFOLLOW
    return apsw.Connection(glance.uri(path, "immutable=1"), flags=flags)


def _register(connection: apsw.Connection, connect: Callable[[], apsw.Connection]) -> None:
    texts: Any = packing.LongTexts(connect)
    connection.create_scalar_function("unpack_first", texts.first, 2)
    connection.create_scalar_function("unpack_second", texts.second, 2)


def _refuse_what_is_no_file(path: str) -> None:
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise errors.HomeUnusable(
            f"The path of the database has {len(os.fsencode(path)):,} bytes, and SQLite opens none of more than "
            f"{_LONGEST_PATH}.",
            "Set SIMPLE_MEMORY_HOME to a folder with a shorter path.",
        )
    try:
        kind = stat.S_IFMT(os.lstat(path).st_mode)
    except OSError:
        return  # what is wrong with it is told by who opens it
    if kind == stat.S_IFLNK:
        raise errors.StoreForeign(f"{path} is a link, which is never followed.", "Put the database itself there.")
    if kind != stat.S_IFREG:
        raise errors.StoreForeign(f"{path} is no file.", "Move it away; a new one is made from the transcripts.")


def create_private(path: str) -> bool:
    """Create an empty file, 0600 whatever the umask; return False where there is one already."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, config.FILE_MODE))
    except FileExistsError:
        return False
    except OSError as error:
        raise errors.HomeUnusable(
            f"The database {path} cannot be made: {error.strerror}.",
            "Set SIMPLE_MEMORY_HOME to a folder you can write.",
        ) from error
    return True


def translate(error: apsw.Error, path: str) -> errors.StoreError:
    """Return the error of ours that says what SQLite's `error` means for the database at `path`."""
    if isinstance(error, Overtaken):
        return errors.StoreBusy(
            f"{path} was written by another process meanwhile.",
            "It is read anew; `simple-memory status` tells who runs.",
        )
    if isinstance(error, unmoved.Moved):
        return errors.StoreError(
            f"{path} was removed or replaced while it was open.",
            "What is there now is opened, or a new one made, and filled from the transcripts.",
        )
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return errors.StoreBusy(
            f"{path} is locked by another program.", "Try again; `simple-memory status` tells who runs."
        )
    if isinstance(error, apsw.FullError):
        return errors.DiskFull(
            f"The disk that holds {path} is full.", "Make room; nothing is lost, reading goes on by itself."
        )
    if isinstance(error, apsw.NotADBError):
        return errors.StoreForeign(
            f"{path} is not a database.", "Move it away; a new one is made from the transcripts."
        )
    if isinstance(error, apsw.CorruptError | apsw.FormatError):
        return errors.StoreDamaged(
            f"{path} is damaged: {error}.", "`simple-memory doctor` mends it; what is damaged is kept."
        )
    return errors.StoreError(f"{path} cannot be used: {error}.", "See `simple-memory logs`.")

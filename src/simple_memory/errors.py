"""Every error that a person can meet, as one tree; not the place where any of them is printed.

Each class carries the exit code of its command and a short machine-readable `code`; each
instance says what happened (`message`, one sentence) and what to do about it (`hint`, may be empty).
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_NOT_RUNNING = 3
EXIT_UNKNOWN = 4
EXIT_INTERRUPTED = 130
EXIT_NO_READER = 141
EXIT_DEGRADED = 150


class SimpleMemoryError(Exception):
    """The root of the tree: anything that a surface turns into a sentence and an exit code."""

    exit_code = EXIT_ERROR
    code = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        """Take `message` (what happened, and where) and `hint` (what to do next)."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(SimpleMemoryError):
    """The command line, a tool's argument or a setting was not of its form."""

    exit_code = EXIT_USAGE
    code = "usage"


class NotRunning(SimpleMemoryError):
    """The service is needed and nothing runs."""

    exit_code = EXIT_NOT_RUNNING
    code = "not_running"


class StateUnknown(SimpleMemoryError):
    """It cannot be told whether the service runs."""

    exit_code = EXIT_UNKNOWN
    code = "unknown"


class ServiceFailed(SimpleMemoryError):
    """Starting or stopping the service did not end as asked."""

    code = "service_failed"


class HomeUnusable(SimpleMemoryError):
    """The home folder cannot be made, written or trusted."""

    code = "home_unusable"


class SettingsInvalid(UsageError):
    """`config.toml` cannot be read as settings."""

    code = "settings_invalid"


class StoreError(SimpleMemoryError):
    """The root of what can be wrong with the database."""

    code = "store"


class StoreMissing(StoreError):
    """There is no database yet."""

    code = "store_missing"


class StoreForeign(StoreError):
    """The file at the database's place is not a database of ours."""

    code = "store_foreign"


class StoreNewer(StoreError):
    """The database was written by a newer version."""

    code = "store_newer"


class StoreOlder(StoreError):
    """The database was made by an older version, or an earlier build, and is not up to date yet."""

    code = "store_older"


class StoreDamaged(StoreError):
    """The database is ours and cannot be read."""

    code = "store_damaged"


class StoreBusy(StoreError):
    """Another process keeps the database locked."""

    code = "store_busy"


class DiskFull(StoreError):
    """There is no room left to write."""

    code = "disk_full"


class IndexUnusable(StoreError):
    """The full-text index cannot be opened; it can be rebuilt from the store."""

    code = "index_unusable"


class TranscriptUnreadable(SimpleMemoryError):
    """A transcript exists and cannot be read now; its checkpoint stays where it is."""

    code = "transcript_unreadable"


class NotFound(SimpleMemoryError):
    """No session, message, project or file matches what was asked for."""

    code = "not_found"


class Ambiguous(SimpleMemoryError):
    """What was asked for matches more than one; the hint lists some."""

    code = "ambiguous"


class QueryRefused(SimpleMemoryError):
    """The sandbox refused or cut off a SQL statement."""

    code = "query_refused"

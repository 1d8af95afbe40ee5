"""One unchanging view of the store for several reads, with errors of ours instead of SQLite's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import apsw

from simple_memory.store import connection as opening


@contextlib.contextmanager
def view(connection: apsw.Connection) -> Iterator[None]:
    """Hold one view of the database while it is read, whatever is written meanwhile. Raises a StoreError."""
    try:
        with connection:
            yield
    except apsw.Error as error:
        raise opening.translate(error, connection.filename) from error

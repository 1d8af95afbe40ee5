"""Asking the database for exactly one row."""

from __future__ import annotations

from typing import Any, cast

import apsw

from simple_memory import errors


def one(connection: apsw.Connection, sql: str, bindings: tuple[object, ...] = ()) -> tuple[Any, ...]:
    """Return the first row of `sql`, which must give one. Raises StoreDamaged where it does not."""
    row = connection.execute(sql, cast("Any", bindings)).fetchone()
    if row is None:
        raise errors.StoreDamaged(
            f"{connection.filename} lacks a row that it must have.", "Run `simple-memory doctor`."
        )
    return cast("tuple[Any, ...]", row)

"""What tables, columns, indexes and views a database has, and adding those that it lacks; not its version (schema.py).

A schema that is not released yet changes in place, under one version. So a database may be of an earlier build.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

import apsw

_TOKEN = re.compile(r"[xX]?'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|[(),]|[^\s'\"(),]+")
_RULES = ("PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "CONSTRAINT")
"""What a rule of a table begins with, where a column begins with its name."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a database is made of, free of comments, spaces, and the order of columns.

    `tables` are by name {column, or rule of the table: its whole text}; what stands behind the columns is one of the
    rules. `others` are (type, table, SQL) of indexes and views by name.
    """

    tables: dict[str, dict[str, str]]
    others: dict[str, tuple[str, str, str]]


@dataclass(slots=True)
class Difference:
    """What brings one shape to another: `tables` to make, `columns` to add as (table, column, its text).

    `dropped` are (type, name) of indexes and views that go, `made` the names of those that are made after that.
    `problems` are sentences about what adding does not mend.
    """

    tables: list[str] = field(default_factory=list)
    columns: list[tuple[str, str, str]] = field(default_factory=list)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def is_none(self) -> bool:
        """Return whether there is nothing to do, and nothing wrong."""
        return not (self.tables or self.columns or self.dropped or self.made or self.problems)

    def sentences(self) -> list[str]:
        """Return what differs, gravest first."""
        lacking = [f"it has no table {name}" for name in self.tables]
        lacking += [f"its table {table} has no column {column}" for table, column, _ in self.columns]
        gone = {name for _, name in self.dropped}
        lacking += [f"its {name} is another" if name in gone else f"it has no {name}" for name in self.made]
        return (
            self.problems + lacking + [f"its {name} is too much" for _, name in self.dropped if name not in self.made]
        )


def of(connection: apsw.Connection) -> Shape:
    """Return the shape of an open database. Raises apsw.Error."""
    shape = Shape({}, {})
    rows: list[Any] = connection.execute(
        """
        SELECT type, name, tbl_name, sql FROM main.sqlite_schema
        WHERE sql IS NOT NULL AND substr(name, 1, 7) <> 'sqlite_'
        """
    ).fetchall()
    for kind, name, table, sql in rows:
        tokens = [token for token in _TOKEN.findall(sql) if not token.startswith("--")]
        if kind == "table":
            shape.tables[name] = _parts(tokens)
        else:
            shape.others[name] = (kind, table, " ".join(tokens))
    return shape


def _parts(tokens: list[str]) -> dict[str, str]:
    """Take a CREATE TABLE apart: {column or rule: its text}, and "" for what stands behind the brackets."""
    found: dict[str, str] = {}
    part: list[str] = []
    begin, depth = tokens.index("("), 0
    end = len(tokens) - tokens[::-1].index(")") - 1
    for word in tokens[begin + 1 : end]:
        depth += (word == "(") - (word == ")")
        if depth == 0 and word == ",":
            _file(part, found)
            part = []
        else:
            part.append(word)
    _file(part, found)
    return {**found, "": " ".join(tokens[end + 1 :])}


def _file(part: list[str], found: dict[str, str]) -> None:
    text = " ".join(part)
    found[text if part[0].upper() in _RULES else part[0]] = text


def difference(found: Shape, wanted: Shape) -> Difference:
    """Return what `found` lacks to be `wanted`; more columns, tables and views than that do no harm. Pure."""
    told = Difference()
    for table, parts in wanted.tables.items():
        if table not in found.tables:
            told.tables.append(table)
        else:
            _compare(table, found.tables[table], parts, told)
    for name, (kind, table, _) in found.others.items():
        is_ours = kind == "index" and table in wanted.tables
        if (is_ours or name in wanted.others) and found.others[name] != wanted.others.get(name):
            told.dropped.append((kind, name))
    told.made = [name for name, other in wanted.others.items() if found.others.get(name) != other]
    return told


def _compare(table: str, found: dict[str, str], wanted: dict[str, str], told: Difference) -> None:
    """Add to `told` what the table's columns and rules lack."""
    for name in wanted.keys() - found.keys():
        if wanted[name] != name and can_be_added(wanted[name]):
            told.columns.append((table, name, wanted[name]))
        else:
            told.problems.append(f"its table {table} has no {name}")
    for name in found.keys() - wanted.keys():
        if name == found[name] or not _may_be_left_out(found[name]):
            told.problems.append(f"its table {table} has {name}")
    told.problems += [
        f"{name or 'the kind'} of its table {table} is another"
        for name in wanted.keys() & found.keys()
        if wanted[name] != found[name]
    ]
    told.columns.sort()
    told.problems.sort()


def _may_be_left_out(column: str) -> bool:
    """Return whether a row can be written that does not name the column."""
    return "NOT NULL" not in column or "DEFAULT" in column


def can_be_added(column: str) -> bool:
    """Return whether ALTER TABLE takes a column of this text. Pure."""
    return _may_be_left_out(column) and "PRIMARY KEY" not in column and "UNIQUE" not in column


def add(connection: apsw.Connection, pattern: apsw.Connection, told: Difference) -> None:
    """Do to the writer's connection what `told` says, inside its transaction; `pattern` is a new database.

    Tables come with the rows that a new database has. Raises apsw.Error.
    """
    for kind, name in told.dropped:
        connection.execute(f'DROP {kind} "{name}"')
    for table in told.tables:
        connection.execute(_sql_of(pattern, table))
        rows: list[Any] = pattern.execute(f'SELECT * FROM "{table}"').fetchall()  # noqa: S608
        for row in rows:
            connection.execute(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(row))})', row)  # noqa: S608
    for table, _, text in told.columns:
        connection.execute(f'ALTER TABLE "{table}" ADD COLUMN {text}')
    for name in told.made:
        connection.execute(_sql_of(pattern, name))


def _sql_of(connection: apsw.Connection, name: str) -> str:
    row: Any = connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (name,)).fetchone()
    return str(row[0])


def digest(shape: Shape) -> str:
    """Return 16 hexadecimal digits that are the same for the same shape."""
    tables = [(name, sorted(parts.items())) for name, parts in sorted(shape.tables.items())]
    told = repr((tables, sorted(shape.others.items())))
    return hashlib.sha256(told.encode()).hexdigest()[:16]

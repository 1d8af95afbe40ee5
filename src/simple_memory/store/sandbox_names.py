"""What SQLite says about a statement that it cannot read, in our words and with the nearest name; decides nothing."""

from __future__ import annotations

import re

import apsw

from simple_memory.store import sandbox_rules

_COMMENT = re.compile(r"\s+|;|--[^\n]*(?:\n|$)|/\*.*?(?:\*/|$)", re.DOTALL)
_NO_COLUMN = re.compile(r"no such column: (?:[\w\"]+\.)*?\"?(\w+)\"?(?: |$)")
_NO_TABLE = re.compile(r"no such table: (?:\w+\.)?(\w+)")
_NO_FUNCTION = re.compile(r"no such function: (\w+)")
_PREFIX = re.compile(r"^(?:SQLError|\w+Error): ")


def only_comments(text: str) -> bool:
    """Return whether `text` says nothing: white space, semicolons and comments."""
    at = 0
    while at < len(text):
        found = _COMMENT.match(text, at)
        if found is None or found.end() == at:
            return False
        at = found.end()
    return True


def sentence(text: str) -> str:
    """Return SQLite's error text as one line that ends with a full stop, at most 300 characters."""
    line = " ".join(_PREFIX.sub("", text).split())[:300].rstrip(".")
    return f"SQL error: {line}."


def hint(text: str, connection: apsw.Connection) -> str:
    """Return what to try after the error `text`: the nearest column, table or function (may be empty)."""
    if found := _NO_COLUMN.search(text):
        return _hint_for_column(found[1], connection, text)
    if found := _NO_TABLE.search(text):
        return (
            _did_you_mean(found[1], sandbox_rules.VIEWS) + f"Tables: {', '.join(sandbox_rules.VIEWS)}, search('words')."
        )
    if found := _NO_FUNCTION.search(text):
        return _did_you_mean(found[1], sorted(sandbox_rules.FUNCTIONS)).strip()
    if "syntax error" in text or "incomplete input" in text:
        return "SQLite's dialect: one SELECT; texts in single quotes, a quote inside doubled."
    return ""


def hint_for_refusal(refused: str) -> str:
    """Return what to do instead, after the authorizer refused."""
    if refused.startswith("table "):
        return f"Tables: {', '.join(sandbox_rules.VIEWS)}, search('words')."
    return "Ask with SELECT, WITH or EXPLAIN; nothing can be changed here."


def columns_of(connection: apsw.Connection, view: str) -> list[str]:
    """Return the names of the columns of one of our views, in order."""
    return [str(row[0]) for row in connection.execute("SELECT name FROM pragma_table_info(?)", (view,))]


def _hint_for_column(wanted: str, connection: apsw.Connection, text: str) -> str:
    if "single-quotes" in text:
        return "Texts stand in single quotes: 'text'."
    homes: dict[str, list[str]] = {}
    for view in sandbox_rules.VIEWS:
        for column in columns_of(connection, view):
            homes.setdefault(column, []).append(view)
    if wanted in homes:
        return f"{wanted} is a column of {', '.join(homes[wanted])}."
    near = _did_you_mean(wanted, homes).strip()
    if near:
        return near[:-1] + f" (of {', '.join(homes[near.split()[3][:-1]])})?"
    return "PRAGMA table_info(messages) lists the columns of messages."


def _did_you_mean(wanted: str, known: object) -> str:
    import difflib

    near = difflib.get_close_matches(wanted.lower(), list(known), n=1, cutoff=0.5)  # type: ignore[call-overload]
    return f"Did you mean {near[0]}? " if near else ""

"""`sql`: ask the memory in SQL, read-only; parses, asks the sandbox, shows a table or JSON."""

from __future__ import annotations

import functools
import sys

from simple_memory import config, errors
from simple_memory.cli import output
from simple_memory.store import sandbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

MAX_BYTES = 64 * 1024 * 1024
SECONDS = 20.0
_COLUMN_CHARS = 60
"""The widest column of a table on a terminal; elsewhere columns are as wide as what is in them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `sql` takes."""
    parser.add_argument(
        "statement", metavar="STATEMENT", help="one SELECT, WITH or EXPLAIN; '-' reads it from standard input"
    )
    parser.add_argument("--limit", type=_limit, default=1000, metavar="N", help="rows at most (default: 1000)")
    parser.add_argument("--reveal", action="store_true", help="show keys and tokens, which are hidden otherwise")
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Ask, and show the rows. Raises QueryRefused, or the StoreError that says why there is nothing to ask."""
    home = config.find_home()
    statement = sys.stdin.read() if arguments.statement == "-" else arguments.statement
    try:
        result = sandbox.run(
            home,
            statement,
            max_rows=arguments.limit,
            max_bytes=MAX_BYTES,
            seconds=SECONDS,
            cell_chars=sandbox.WHOLE,
            search=functools.partial(_search, home, reveal=arguments.reveal),
            reveal=arguments.reveal,
        )
    finally:
        sandbox.close()
    if arguments.json:
        output.emit_json(
            {
                "columns": list(result.columns),
                "rows": [list(row) for row in result.rows],
                "truncated": result.truncated,
                "took_ms": result.took_ms,
            }
        )
        return errors.EXIT_OK
    for line in table(result, _COLUMN_CHARS if sys.stdout.isatty() else None):
        output.say(line)
    if result.truncated:
        output.talk(f"There are more rows than {len(result.rows):,}; --limit raises that.")
    return errors.EXIT_OK


def table(result: sandbox.Result, widest: int | None) -> list[str]:
    """Return the rows as aligned lines under their columns; numbers stand to the right, NULL is empty."""
    cells = [[_shown(value, widest) for value in row] for row in result.rows]
    names = [_shown(name, widest) for name in result.columns]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    numeric = [
        any(isinstance(row[at], int | float) for row in result.rows)
        and all(isinstance(row[at], int | float | None) for row in result.rows)
        for at in range(len(names))
    ]

    def line(row: list[str]) -> str:
        padded = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        )
        return "  ".join(padded).rstrip()

    return [output.paint(line(names), "bold"), *map(line, cells)]


def _shown(value: sandbox.Value, widest: int | None) -> str:
    text = "" if value is None else output.safe(str(value))
    return text if widest is None or len(text) <= widest else text[: widest - 1] + "…"


def _search(home: config.Home, words: str, *, reveal: bool) -> list[list[object]]:
    from simple_memory.search import table as search_table

    return search_table.once(home, words, reveal=reveal)


def _limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        import argparse

        raise argparse.ArgumentTypeError("must be a whole number from 1 to 1,000,000")
    return int(text)

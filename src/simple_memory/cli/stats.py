"""`stats`: how much there is; with --by how much was said and what it cost, with --space what takes the room."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict

from simple_memory import config, errors, pricing, redaction
from simple_memory.cli import new_file, output, render, time_option, usage_plot, usage_table
from simple_memory.store import connection, reader, repacking, space, usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    import apsw

_SHOWN = 12
_LONGEST_PATH = 50
_DRAWN = 40
"""Rows of a picture at most, where they are not in time."""
_MOST = 100_000
_MEASURES = {"tool": "calls", "model": "tokens"}
"""What the bars show where nobody asks, if not messages."""
_UNITS = {"tokens": "tokens", "cost": "US dollars"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "--by",
        choices=tuple(usage.GROUPINGS),
        help="count messages, tokens and cost by this (default with a filter: day)",
    )
    parser.add_argument("--project", metavar="P", help="only this project: its name, its directory, or a part of it")
    parser.add_argument("--agent", metavar="A", help="only what this agent wrote")
    parser.add_argument("--since", metavar="T", help="only messages from this time on: 2026-01-31, yesterday, 3d")
    parser.add_argument("--until", metavar="T", help="only messages up to this time")
    parser.add_argument(
        "--plot",
        choices=usage_table.MEASURES,
        help="what the bars show (default: messages; of models tokens, of tools calls)",
    )
    parser.add_argument("--svg", metavar="FILE", help="draw it into a new file instead, which loads nothing")
    parser.add_argument(
        "--limit", type=render.Counted(_MOST), default=30, metavar="N", help="rows shown at most (default: %(default)s)"
    )
    parser.add_argument("--space", action="store_true", help="what takes the room: folders, tables, kinds, projects")
    parser.add_argument("--reveal", action="store_true", help="show keys and tokens, which are hidden otherwise")
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Count, and show."""
    home = config.find_home()
    database = connection.open_reader(home)
    filters = (arguments.project, arguments.agent, arguments.since, arguments.until, arguments.plot, arguments.svg)
    if arguments.by or any(filters):
        return _usage(home, database, arguments)
    counted = reader.counters(database)._asdict()
    taken = _room(home, database, config.load_settings(home)) if arguments.space else None
    taken = taken if arguments.reveal else redaction.hide(taken)
    if arguments.json:
        output.emit_json({"counts": counted, "space": taken})
        return errors.EXIT_OK
    output.say("\n".join(render.columns([(name.replace("_", " "), _shown(value)) for name, value in counted.items()])))
    if taken is not None:
        _show(taken)
    return errors.EXIT_OK


def _usage(home: config.Home, database: apsw.Connection, arguments: argparse.Namespace) -> int:
    if arguments.space:
        raise errors.UsageError("--space counts everything, and goes with --json only.", "Ask for it alone.")
    by = arguments.by or "day"
    measure = arguments.plot or _MEASURES.get(by, "messages")
    if (measure == "calls") != (by == "tool") and measure != "sessions":
        raise errors.UsageError(f"Of {measure} nothing is known by {by}.", "`--by tool` counts calls and sessions.")
    prices = pricing.Prices(config.load_settings(home).prices)
    account = usage.count(
        database,
        by,
        prices,
        project=arguments.project,
        agent=arguments.agent,
        since=time_option.read("since", arguments.since),
        until=time_option.read("until", arguments.until),
    )
    account = account if arguments.reveal else redaction.hide(account)
    if arguments.json:
        output.emit_json(_as_json(account, by, prices))
    elif arguments.svg:
        _draw(account, by, measure, arguments)
    elif not account.rows:
        output.talk("Nothing was said there and then.")
    else:
        _show_usage(account, by, measure, arguments.limit)
        _explain(account, by, prices)
    return errors.EXIT_OK


def _as_json(account: usage.Account, by: str, prices: pricing.Prices) -> dict[str, Any]:
    rows = sorted(account.rows, key=lambda row: (row.key is not None, row.key or ""))
    return {
        "by": by,
        "rows": [row._asdict() for row in rows],
        "total": account.total._asdict(),
        "prices": {"as_of": prices.as_of, "source": prices.source, "unknown_models": account.unknown_models},
    }


def _show_usage(account: usage.Account, by: str, measure: str, limit: int) -> None:
    rows = usage_table.ordered(account, by, measure)
    kept = rows[-limit:] if by in usage_table.IN_TIME else rows[:limit]
    for line in usage_table.lines(kept, account.total, by, measure, hidden=len(rows) - len(kept)):
        output.say(line)


def _explain(account: usage.Account, by: str, prices: pricing.Prices) -> None:
    told = "Each counts once, however many resumed sessions hold it"
    number = account.total.subagents
    subagents = f"; those of {render.amount(number, 'sub-agent')} are in it." if number else "."
    output.talk(f"\n{render.paragraph(f'{told}{subagents}')}")
    if by != "tool" and account.total.tokens:
        told = f"Costs are what the tokens would cost at the makers' list prices of {prices.as_of}."
        output.talk(render.paragraph(told))
    if account.unknown_models:
        unknown = output.safe(", ".join(account.unknown_models))
        output.talk(render.paragraph(f"No price is known of {unknown}: not in the costs."))


def _picture(account: usage.Account, by: str, measure: str, arguments: argparse.Namespace) -> Any:
    rows = usage_table.ordered(account, by, measure)
    given = [("", arguments.project), ("", arguments.agent), ("since ", arguments.since), ("until ", arguments.until)]
    told = "".join(f", {word}{text}" for word, text in given if text)
    in_time = by in usage_table.IN_TIME
    kept = [row for row in rows if row.key] if in_time else rows[:_DRAWN]
    plot = usage_plot.Plot(
        f"{measure.capitalize()} by {by}{told}",
        usage_table.HEADS[by].lower(),
        _UNITS.get(measure, measure),
        [(usage_table.name_of(row, by), usage_table.value(row, measure)) for row in kept],
        f"the largest {len(kept)} of {len(rows)}" if not in_time and len(rows) > len(kept) else "",
    )
    return usage_plot.columns(plot) if in_time else usage_plot.rows(plot)


def _draw(account: usage.Account, by: str, measure: str, arguments: argparse.Namespace) -> None:
    """Write the picture into the new file that was asked for; `-` is the answer itself."""
    new_file.write(arguments.svg, _picture(account, by, measure, arguments))
    if arguments.svg != "-":
        output.talk(f"Drawn: {output.safe(arguments.svg)}")


def _room(home: config.Home, database: apsw.Connection, settings: config.Settings) -> dict[str, Any]:
    folders = {name: _size(os.path.join(home.root, name)) for name in ("index", "backups", "aside", "logs")}
    return {
        "files": {"database": sum(_size(home.database + ending) for ending in ("", "-wal", "-shm")), **folders},
        "tables": [asdict(one) for one in space.by_table(database)],
        "kinds": [asdict(one) for one in space.by_kind(database)],
        "projects": [asdict(one) for one in space.by_project(database)],
        "packing": {**repacking.waiting(database)._asdict(), "quiet_days": settings.pack_quiet_days},
    }


def _show(taken: dict[str, Any]) -> None:
    _table("FILES", [(name, render.bytes_of(size)) for name, size in taken["files"].items()])
    for title, key in (("TABLES, WITH THEIR ROWS", "tables"), ("TEXTS BY KIND, AND HOW MANY", "kinds")):
        _table(title, [(one["name"], render.bytes_of(one["stored_bytes"]), f"{one['rows']:,}") for one in taken[key]])
    projects = [
        (
            render.end_of(one["project"] or "(none)", _LONGEST_PATH),
            render.bytes_of(one["archived_bytes"]),
            f"of {render.bytes_of(one['transcript_bytes'])}",
        )
        for one in taken["projects"]
    ]
    _table("ARCHIVE BY PROJECT", projects)
    packing = taken["packing"]
    if packing["frames"]:
        when = "once they are quiet" if packing["quiet_days"] else "never (pack_quiet_days = 0)"
        output.say(f"\nTo be packed smaller {when}: {render.bytes_of(packing['packed_bytes'])} of the archive.")


def _table(title: str, rows: Sequence[tuple[str, ...]]) -> None:
    output.say("")
    output.say(output.paint(title, "dim"))
    shown = [(output.safe(row[0]), *row[1:]) for row in rows[:_SHOWN]]
    for line in render.columns(shown, frozenset({1, 2})):
        output.say(f"  {line}")
    if len(rows) > _SHOWN:
        output.say(f"  … and {len(rows) - _SHOWN:,} more")


def _shown(value: int | str | None) -> str:
    return f"{value:,}" if isinstance(value, int) else value or "never"


def _size(path: str) -> int:
    """Return the bytes of a file, or of all files in a folder."""
    if not os.path.isdir(path):
        return os.path.getsize(path) if os.path.exists(path) else 0
    return sum(os.lstat(os.path.join(folder, name)).st_size for folder, _, files in os.walk(path) for name in files)

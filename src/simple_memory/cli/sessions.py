"""`sessions`: list sessions in some order; parses, asks the store, shows a table or JSON."""

from __future__ import annotations

import datetime

from simple_memory import config, errors, pricing, redaction
from simple_memory.cli import cells, output, render, time_option
from simple_memory.store import connection, listing, reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    import apsw

MOST = 10_000
_MOST_DAYS = 100_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--project", metavar="P", help="only this project: its name, its directory, or a part of it")
    parser.add_argument("--agent", metavar="A", help="only what this agent wrote")
    parser.add_argument("--since", metavar="T", help="only sessions that went on after this: 2026-01-31, yesterday, 3d")
    parser.add_argument("--until", metavar="T", help="only sessions that began before this")
    parser.add_argument("--subagents", action="store_true", help="sub-agents too, each under its own id")
    parser.add_argument("--deleted", action="store_true", help="only those whose transcript its agent has deleted")
    parser.add_argument(
        "--expiring",
        nargs="?",
        const=7,
        type=render.Counted(_MOST_DAYS),
        metavar="DAYS",
        help="those whose transcript its agent deletes within so many days (default: %(const)s): do we have all of it?",
    )
    parser.add_argument("--model", metavar="M", help="only those that a model answered last whose name has this in it")
    parser.add_argument("--branch", metavar="B", help="only those whose latest git branch is this one")
    parser.add_argument(
        "--sort",
        choices=tuple(listing.ORDERS),
        default="recent",
        help="in which order: the newest, longest, … first (default: %(default)s)",
    )
    parser.add_argument(
        "--limit", type=render.Counted(MOST), default=20, metavar="N", help="sessions at most (default: %(default)s)"
    )
    parser.add_argument("--after", metavar="NEXT", help="the page after the one that gave this `next`")
    parser.add_argument("--reveal", action="store_true", help="show keys and tokens, which are hidden otherwise")
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """List, and show the sessions."""
    now = datetime.datetime.now().astimezone()
    home = config.find_home()
    database = connection.open_reader(home)
    if arguments.expiring is not None:
        return _list_expiring(database, arguments, now)
    wants_cost = arguments.json or arguments.sort == "cost"
    found, following = listing.sessions(
        database,
        pricing.Prices(config.load_settings(home).prices) if wants_cost else None,
        order=arguments.sort,
        project=arguments.project,
        agent=arguments.agent,
        kind=None if arguments.subagents else "main",
        since=time_option.read("since", arguments.since),
        until=time_option.read("until", arguments.until),
        deleted=True if arguments.deleted else None,
        model=arguments.model,
        branch=arguments.branch,
        limit=arguments.limit,
        after=arguments.after,
    )
    found = found if arguments.reveal else redaction.hide(found)
    if arguments.json:
        output.emit_json({"sessions": [_listed_json(one) for one in found], "next": following})
        return errors.EXIT_OK
    _show(found, following, arguments.sort)
    if not found:
        chosen = (
            arguments.project,
            arguments.agent,
            arguments.since,
            arguments.until,
            arguments.deleted,
            arguments.model,
        )
        is_chosen = any((*chosen, arguments.branch, arguments.after))
        output.talk("No session matches." if is_chosen else "There is no session in the memory yet.")
    return errors.EXIT_OK


def _show(found: list[listing.Listed], following: str | None, order: str) -> None:
    """Show a page of sessions, and how to ask for the one that follows, if any."""
    for line in _table(found, order):
        output.say(line)
    if following:
        output.talk(f"\nMore: --after {output.safe(following)}")


def _list_expiring(database: apsw.Connection, arguments: argparse.Namespace, now: datetime.datetime) -> int:
    from simple_memory.upkeep import expiring

    found = expiring.find(database, arguments.expiring, now)
    rows = [reader.session_row(database, one.session) for one in found]
    rows = rows if arguments.reveal else redaction.hide(rows)
    both = list(zip(rows, found, strict=True))
    if arguments.json:
        shown = [{**as_json(row), "expires_at": one.expires_at, "safe": one.is_safe} for row, one in both]
        output.emit_json({"sessions": shown, "next": None})
        return errors.EXIT_OK
    if not both:
        output.talk(f"No transcript will be deleted by its agent within {arguments.expiring} days.")
        return errors.EXIT_OK
    table = [("SESSION", "GOES", "HERE")]
    for row, one in both:
        here = "all of it" if one.is_safe else "not yet all"
        table.append((render.cell_id(row.session), render.when(one.expires_at), here))
    for line in _with_titles(render.columns(table), [row for row, _ in both]):
        output.say(line)
    return errors.EXIT_OK


def as_json(row: reader.SessionRow) -> dict[str, object]:
    """Return a session with the fields that docs/json.md promises."""
    return {
        "session": row.session,
        "agent": row.agent,
        "project": row.project,
        "title": row.title,
        "parent": row.parent,
        "kind": row.kind,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "messages": row.messages,
        "prompts": row.prompts,
        "tool_calls": row.tool_calls,
        "model": row.model,
        "branch": row.branch,
        "deleted_at_source": row.deleted_at_source,
    }


def _listed_json(one: listing.Listed) -> dict[str, object]:
    return {
        **as_json(one.row),
        "shown": one.row.shown,
        "tokens": one.tokens,
        "cost_usd": one.cost_usd,
        "unpriced_tokens": one.unpriced_tokens,
        "duration_s": one.duration_s,
        "size_bytes": one.size_bytes,
    }


_EXTRA = {"tokens": "TOKENS", "cost": "COST", "duration": "TIME", "size": "SIZE", "oldest": "FIRST"}
"""Heads of the column that shows by what the table is sorted, where no other does."""


_WIDE = 100
_NAME, _SHORT_NAME = 24, 16
"""Columns for a project's name: from so many columns on, and in fewer."""
_NARROWEST_TITLE = 10


def _table(found: list[listing.Listed], order: str) -> list[str]:
    if not found:
        return []
    head = ("SESSION", "LAST", "MESSAGES", *filter(None, [_EXTRA.get(order)]), "PROJECT")
    rows = [head, *(_cells(one, order) for one in found)]
    lines = render.columns(rows, frozenset({2, 3} if order in _EXTRA else {2}))
    return _with_titles(lines, [one.row for one in found])


def _with_titles(lines: list[str], rows: list[reader.SessionRow]) -> list[str]:
    """Return the lines of a table, the first its head, with titles of sessions in the room that is left."""
    widest = max(map(cells.width, lines))
    room = max(_NARROWEST_TITLE, render.width() - widest - 2)
    titles = ["TITLE", *(render.one_line(_title(row), room) for row in rows)]
    whole = [f"{cells.pad(line, widest)}  {title}".rstrip() for line, title in zip(lines, titles, strict=True)]
    return [output.paint(whole[0], "dim"), *whole[1:]]


def _cells(one: listing.Listed, order: str) -> tuple[str, ...]:
    row = one.row
    extra = {
        "tokens": f"{one.tokens:,}",
        "cost": render.money(one.cost_usd, one.unpriced_tokens),
        "duration": render.duration(one.duration_s),
        "size": render.bytes_of(one.size_bytes),
        "oldest": render.when(row.started_at),
    }
    return (
        render.cell_id(row.session),
        render.when(row.ended_at),
        f"{row.shown:,}",
        *([extra[order]] if order in extra else []),
        render.one_line(render.project_name(row.project), _NAME if render.width() >= _WIDE else _SHORT_NAME),
    )


def _title(row: reader.SessionRow) -> str:
    signs = "deleted at its source: " if row.deleted_at_source else ""
    return signs + (row.title or "(no title)")

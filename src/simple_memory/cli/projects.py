"""`projects`: list projects in some order; parses, asks the store, shows a table or JSON."""

from __future__ import annotations

from simple_memory import config, errors, pricing, redaction
from simple_memory.cli import cells, output, render, time_option
from simple_memory.store import connection, listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

MOST = 10_000
_NARROWEST_DIRECTORY = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--project", metavar="P", help="only these: a name, a directory, or a part of it")
    parser.add_argument("--agent", metavar="A", help="count only what this agent wrote")
    parser.add_argument("--since", metavar="T", help="count only sessions that went on after this: 2026-01-31, 3d")
    parser.add_argument("--until", metavar="T", help="count only sessions that began before this")
    parser.add_argument(
        "--sort",
        choices=listing.PROJECT_ORDERS,
        default="recent",
        help="in which order: the newest, largest, … first (default: %(default)s)",
    )
    parser.add_argument(
        "--limit", type=render.Counted(MOST), default=100, metavar="N", help="projects at most (default: %(default)s)"
    )
    parser.add_argument("--after", metavar="NEXT", help="the page after the one that gave this `next`")
    parser.add_argument("--reveal", action="store_true", help="show keys and tokens, which are hidden otherwise")
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """List, and show the projects."""
    home = config.find_home()
    database = connection.open_reader(home)
    found, following = listing.projects(
        database,
        pricing.Prices(config.load_settings(home).prices),
        order=arguments.sort,
        project=arguments.project,
        agent=arguments.agent,
        since=time_option.read("since", arguments.since),
        until=time_option.read("until", arguments.until),
        limit=arguments.limit,
        after=arguments.after,
    )
    found = found if arguments.reveal else redaction.hide(found)
    if arguments.json:
        output.emit_json({"projects": [one._asdict() for one in found], "next": following})
        return errors.EXIT_OK
    if not found:
        chosen = arguments.project or arguments.agent or arguments.since or arguments.until
        output.talk("No project matches." if chosen else "There is no project in the memory yet.")
        return errors.EXIT_OK
    lines = _table(found)
    for line in (output.paint(lines[0], "dim"), *lines[1:]):
        output.say(line)
    if following:
        output.talk(f"\nMore: --after {output.safe(following)}")
    return errors.EXIT_OK


def _table(found: list[listing.ListedProject]) -> list[str]:
    rows = [("PROJECT", "SESSIONS", "MESSAGES", "TOKENS", "COST", "LAST", "DIRECTORY"), *map(_row, found)]
    lines = render.columns(rows, frozenset({1, 2, 3, 4}))
    room = render.room()
    if room is None or max(map(cells.width, lines)) <= room:
        return lines
    facts = render.columns([row[1:-1] for row in rows], frozenset({0, 1, 2, 3}))  # a directory ends in the name
    widest = max(map(cells.width, facts))
    left = max(_NARROWEST_DIRECTORY, room - widest - 2)
    whole = ["DIRECTORY", *(render.end_of(one.project, left) for one in found)]
    return [f"{cells.pad(line, widest)}  {directory}" for line, directory in zip(facts, whole, strict=True)]


def _row(one: listing.ListedProject) -> tuple[str, ...]:
    return (
        render.one_line(one.name, 30),
        f"{one.sessions:,}",
        f"{one.messages:,}",
        render.short_number(one.tokens),
        render.money(one.cost_usd),
        render.when(one.ended_at),
        output.safe(one.project),
    )

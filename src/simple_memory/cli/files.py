"""`files`: where a file was read, written and edited, with the change; parses, asks the store, shows what it found."""

from __future__ import annotations

from collections.abc import Iterator

from simple_memory import config, errors, redaction
from simple_memory.cli import output, render, time_option
from simple_memory.store import changes, connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

MOST = 10_000
_DIFF_LINES = 40
"""Lines of one change that are shown; --full shows the rest."""
_TITLE = 48
"""Columns for a session's title at most; it gives way to the paths on a narrow terminal."""
_NARROWEST = 12
_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "path",
        metavar="PATH",
        help="a file: its whole path or the end of it; a folder; or a pattern such as 'src/**/*.py'",
    )
    parser.add_argument("--project", metavar="P", help="only in this project")
    parser.add_argument("--agent", metavar="A", help="only what this agent did")
    parser.add_argument("--since", metavar="T", help="from this time on: 2026-01-31, yesterday, 3d")
    parser.add_argument("--until", metavar="T", help="up to this time")
    parser.add_argument("--tool", metavar="T", help="only calls of this tool, such as Edit")
    parser.add_argument("--writes", action="store_true", help="only what changed a file: no reading")
    parser.add_argument("--diff", action="store_true", help="show each change")
    parser.add_argument("--full", action="store_true", help=f"of each change, more than {_DIFF_LINES} lines too")
    parser.add_argument(
        "--sort", choices=tuple(changes.ORDERS), default="newest", help="in which order (default: %(default)s)"
    )
    parser.add_argument(
        "--limit", type=render.Counted(MOST), default=50, metavar="N", help="calls at most (default: %(default)s)"
    )
    parser.add_argument("--reveal", action="store_true", help="show keys and tokens, which are hidden otherwise")
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Look the file up, and show the tool calls that named it."""
    found = changes.find(
        connection.open_reader(config.find_home()),
        arguments.path,
        project=arguments.project,
        agent=arguments.agent,
        since=time_option.read("since", arguments.since),
        until=time_option.read("until", arguments.until),
        tool=arguments.tool,
        changes_only=arguments.writes,
        with_diff=arguments.diff or arguments.full,
        order=arguments.sort,
        limit=arguments.limit + 1,
    )
    more, found = len(found) > arguments.limit, found[: arguments.limit]
    found = found if arguments.reveal else redaction.hide(found)
    if arguments.json:
        output.emit_json({"path": arguments.path, "touches": [one._asdict() for one in found], "more": more})
        return errors.EXIT_OK
    if not found:
        chosen = any((arguments.project, arguments.agent, arguments.since, arguments.until, arguments.tool))
        under = " under these conditions" if chosen or arguments.writes else ""
        output.talk(f"No tool was ever given {output.quoted(arguments.path)}{under}.")
        return errors.EXIT_OK
    for line in _lines(found, arguments.full):
        output.say(line)
    if more:
        output.talk(f"\nThere are more than {arguments.limit}: --limit shows them.")
    return errors.EXIT_OK


def _lines(found: list[changes.Change], full: bool) -> Iterator[str]:
    several = len({one.path for one in found}) > 1
    if not several:
        yield output.paint(output.safe(found[0].path), "bold")
    rows = _rows(found, with_path=several)
    for one, row in zip(found, rows, strict=True):
        yield output.paint(row, "dim") if one.failed else row
        if one.diff is not None:
            yield from _diff_lines(one.diff.split("\n")[2:], full)


def _rows(found: list[changes.Change], *, with_path: bool) -> list[str]:
    """Return a line for each; on a terminal that is too narrow, titles give way first, then the paths' beginnings."""
    facts = render.columns([_facts(one) for one in found], frozenset({2}))
    room = render.room()
    left = None if room is None else max(_NARROWEST, room - max(map(len, facts)) - 2)
    paths = [_path(one, left) if with_path else "" for one in found]
    taken = max(map(len, paths))
    title = _TITLE if left is None else min(_TITLE, left - taken - 2)
    columns = [facts]
    if title >= _NARROWEST:
        columns.append([render.one_line(one.title, title) for one in found])
    return render.columns(list(zip(*columns, *([paths] if taken else []), strict=True)))


def _path(one: changes.Change, most: int | None) -> str:
    return output.safe(one.path) if most is None else render.end_of(one.path, most)


def _facts(one: changes.Change) -> tuple[str, ...]:
    lines = "" if one.added is None else f"+{one.added} −{one.removed}"
    return (
        render.when(one.timestamp),
        render.one_line(one.tool or "?", 24),
        "failed" if one.failed else lines,
        render.cite(one.session, one.position),
    )


def _diff_lines(lines: list[str], full: bool) -> Iterator[str]:
    shown = lines if full else lines[:_DIFF_LINES]
    for line in shown:
        style = _STYLES.get(line[:1])
        safe = output.safe(line, lines=True)
        yield f"    {output.paint(safe, style) if style else safe}"
    if len(lines) > len(shown):
        yield output.paint(f"    … {render.amount(len(lines) - len(shown), 'more line')}: --full", "dim")
    yield ""

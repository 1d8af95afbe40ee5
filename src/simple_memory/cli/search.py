"""`search`: find what was said; parses, asks the searcher, shows ranked hits with marked passages or JSON."""

from __future__ import annotations

import contextlib

from simple_memory import config, errors
from simple_memory.cli import cells, output, render
from simple_memory.search import retrieve

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

_MARK_START, _MARK_END = "\x02", "\x03"
_INDENT = "   "
_SNIPPET_LINES = 3
_NARROW = 80
_STYLES = ("cyan", "dim", "", "dim")
"""Of where a hit stands: its citation, time, project, role and kind."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "query",
        nargs="+",
        metavar="QUERY",
        help='words, "phrases", -not, prefix*, and filters such as project:NAME or since:yesterday',
    )
    parser.add_argument("--project", metavar="P", help="only this project: its name, its directory, or a part of it")
    parser.add_argument("--agent", metavar="A", help="only what this agent wrote")
    parser.add_argument(
        "--role", metavar="R", help="only messages of this role: user, assistant, system, attachment, note"
    )
    parser.add_argument(
        "--in",
        dest="scope",
        metavar="SCOPE",
        choices=("conversation", "tools", "all"),
        default="all",
        help="look in what was said (conversation), in what tools were given and gave back (tools), or in all",
    )
    parser.add_argument("--since", metavar="T", help="from this time on: 2026-01-31, yesterday, 3d, '2 weeks ago'")
    parser.add_argument("--until", metavar="T", help="up to this time")
    parser.add_argument("--session", metavar="S", help="only this session: its id, the beginning of it, or its title")
    parser.add_argument(
        "--limit",
        type=render.Counted(retrieve.MOST_HITS),
        default=10,
        metavar="N",
        help="hits at most (default: %(default)s)",
    )
    parser.add_argument(
        "--group",
        choices=("session", "none"),
        help="the best hit of each session (session), or messages in pure rank order (none); default: session, "
        "and none with --session",
    )
    parser.add_argument("--after", metavar="NEXT", help="the page after the one that gave this `next`")
    parser.add_argument("--explain", action="store_true", help="say why each hit ranks where it does")
    parser.add_argument("--reveal", action="store_true", help="show keys and tokens, which are hidden otherwise")
    parser.add_argument(
        "--format", choices=("text", "json", "markdown", "html"), default="text", help="how to write the answer"
    )
    parser.add_argument("--json", action="store_true", help="the same as --format json")


def parse(parser: argparse.ArgumentParser, given: list[str]) -> argparse.Namespace:
    """Read a command line on which words and options stand in any order; `-word` is one to leave out, as in a query."""
    options_end = given.index("--") if "--" in given else len(given)
    words = [f" {one}" if _is_left_out(one) else one for one in given[:options_end]]
    words += [f" {one}" for one in given[options_end + 1 :]]
    return parser.parse_intermixed_args(words)


def _is_left_out(one: str) -> bool:
    return one.startswith("-") and not one.startswith("--") and one not in {"-", "-h"}


def run(arguments: argparse.Namespace) -> int:
    """Ask, and show the hits."""
    request = retrieve.Request(
        query=" ".join(one.strip() for one in arguments.query),
        project=arguments.project,
        agent=arguments.agent,
        role=arguments.role,
        scope=arguments.scope,
        since=arguments.since,
        until=arguments.until,
        session=arguments.session,
        limit=arguments.limit,
        group=arguments.group or ("none" if arguments.session else "session"),
        after=arguments.after,
        reveal=arguments.reveal,
        explain=arguments.explain,
    )
    with contextlib.closing(retrieve.Searcher(config.find_home())) as searcher:
        answer = searcher.search(request)
    if arguments.json or arguments.format == "json":
        output.emit_json(as_json(answer, with_reasons=arguments.explain))
    elif arguments.format == "text":
        _show(answer)
    else:
        from simple_memory.cli import search_pages

        page = search_pages.markdown if arguments.format == "markdown" else search_pages.html
        for line in page(answer):
            output.say(line)
    return errors.EXIT_OK


def as_json(answer: retrieve.Answer, *, with_reasons: bool = False) -> dict[str, object]:
    """Return the answer with the fields that docs/json.md promises."""
    return {
        "query": answer.query,
        "took_ms": answer.took_ms,
        "indexed_to": answer.indexed_to,
        "pending": {"files": answer.pending_files, "bytes": answer.pending_bytes},
        "total": answer.total,
        "hits": [
            {
                "session": hit.session,
                "agent": hit.agent,
                "project": hit.project,
                "title": hit.title,
                "position": hit.position,
                "message_id": hit.message_id,
                "uuid": hit.uuid,
                "role": hit.role,
                "kind": hit.kind,
                "timestamp": hit.timestamp,
                "snippet": hit.snippet.replace(_MARK_START, "**").replace(_MARK_END, "**"),
                "score": hit.score,
                **(_reasons(hit) if with_reasons else {}),
            }
            for hit in answer.hits
        ],
        "next": answer.next,
        "notes": list(answer.notes),
        "suggestion": answer.suggestion,
    }


def _reasons(hit: retrieve.Hit) -> dict[str, object]:
    from simple_memory.cli import reasons

    return {"reasons": reasons.as_json(hit.reasons)}


def _show(answer: retrieve.Answer) -> None:
    before = None
    for hit in answer.hits:
        is_same = hit.session == before
        if before is not None and not is_same:
            output.say("")
        before = hit.session
        for line in _hit_lines(hit, with_title=not is_same):
            output.say(line)
    for note in answer.notes:
        output.talk(render.paragraph(output.safe(note)))
    if not answer.hits:
        if retrieve.NOTHING_ASKED not in answer.notes:
            output.talk(_nothing(answer, bad_lines()))
        return
    is_part = answer.total > len(answer.hits)
    shown = (
        f"{render.amount(answer.total, 'message')} in {answer.took_ms:.0f} ms{'; the best of them above' * is_part}."
    )
    more = f"More: --after {answer.next}   " if answer.next else ""
    follow = f"Read on: simple-memory show {render.cite(answer.hits[0].session, answer.hits[0].position)}"
    output.talk(f"\n{shown}\n{more}{follow}")


def bad_lines() -> int:
    """Return how many lines of transcripts could not be read, and are not searched."""
    from simple_memory.store import connection, reader

    with contextlib.closing(connection.open_reader(config.find_home())) as database:
        return reader.counters(database).quarantined


def _nothing(answer: retrieve.Answer, bad: int) -> str:
    looked = [
        f"indexed to {render.when(answer.indexed_to)}" if answer.indexed_to else "nothing is indexed yet",
        f"{render.amount(answer.pending_files, 'file')} pending" if answer.pending_files else "",
        f"{render.amount(bad, 'bad line')}" if bad else "",
    ]
    fresh = ", ".join(filter(None, looked))
    told = render.paragraph(f"Nothing found for {output.quoted(answer.query)} ({fresh}).")
    is_helped = answer.suggestion or not answer.indexed_to or retrieve.SIGNS_ALONE in answer.notes
    return told if is_helped else f"{told}\nFewer words, other words or a prefix* may find it."


def _hit_lines(hit: retrieve.Hit, *, with_title: bool = True) -> list[str]:
    room = render.width()
    lines = [output.paint(render.one_line(hit.title, room), "bold")] if hit.title and with_title else []
    lines.append(_place(hit, room))
    if not (with_title and _is_title(hit)):
        lines.extend(_INDENT + line for line in snippet_lines(hit.snippet, room - len(_INDENT)))
    if hit.reasons:
        from simple_memory.cli import reasons

        lines.extend(_INDENT + output.paint(line, "dim") for line in reasons.lines(hit, room - len(_INDENT)))
    return lines


def _place(hit: retrieve.Hit, room: int) -> str:
    """Return the line that says where a hit stands, and how many more there are."""
    plain = [
        render.cite(hit.session, hit.position),
        render.when(hit.timestamp),
        render.one_line(render.project_name(hit.project), 30 if room > _NARROW else 16),
        _said_by(hit, room),
    ]
    styled = zip(plain, _STYLES, strict=True)
    place = [output.paint(part, style) if style else part for part, style in styled if part]
    if hit.more:
        taken = sum(cells.width(part) + 2 for part in plain if part)
        more = f"+{hit.more:,} in this session"
        place.append(output.paint(more if taken + len(more) <= room else f"+{hit.more:,}", "dim"))
    return "  ".join(place)


def _said_by(hit: retrieve.Hit, room: int) -> str:
    if hit.kind == hit.role or (hit.role == "attachment" and room <= _NARROW):
        return hit.kind
    return f"{hit.role} {hit.kind}"


def _is_title(hit: retrieve.Hit) -> bool:
    """Return whether a hit is the title that stands above it."""
    bare = hit.snippet.replace(_MARK_START, "").replace(_MARK_END, "")
    return hit.position is None and bare.split() == (hit.title or "").split()


def snippet_lines(snippet: str, room: int) -> list[str]:
    """Return a marked snippet in a few lines, its matches painted."""
    lines = cells.wrap(snippet, room, _SNIPPET_LINES)
    shown = []
    is_marked = False
    for line in lines:
        pieces = []
        for number, piece in enumerate(line.replace(_MARK_END, _MARK_START).split(_MARK_START)):
            is_marked = is_marked if number == 0 else not is_marked
            pieces.append(output.paint(output.safe(piece), "mark") if is_marked and piece else output.safe(piece))
        shown.append("".join(pieces))
    return shown

"""`show`: read a session, or one place in it; parses, asks the reader page by page, hands over to a printer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simple_memory import config, errors, redaction
from simple_memory.cli import output, show_text
from simple_memory.store import connection, reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    import apsw

    Told = tuple[reader.SessionRow, Iterable[reader.MessageRow]]

PAGE = 100
"""Messages that are read at once, so that a long session begins to appear at once and costs little memory."""
AROUND = 3
"""Messages before and after the one that was asked for."""
MOST_AROUND = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "session", metavar="SESSION[:MESSAGE]", help="a session's id, the beginning of it, or its title; and a position"
    )
    parser.add_argument(
        "--around", type=_around, metavar="N", help=f"messages before and after MESSAGE (default: {AROUND})"
    )
    parser.add_argument(
        "--format", choices=("text", "markdown", "json", "html"), default="text", help="how to write it"
    )
    parser.add_argument("--full", action="store_true", help="unfold what tools were given and gave back, and thinking")
    parser.add_argument("--reveal", action="store_true", help="show keys and tokens, which are hidden otherwise")
    parser.add_argument("--json", action="store_true", help="the same as --format json")


def run(arguments: argparse.Namespace) -> int:
    """Read, and write what was read."""
    database = connection.open_reader(config.find_home())
    wanted, position = _split(database, arguments.session)
    if arguments.around is not None and position is None:
        raise errors.UsageError("--around needs a message to be around.", "Give SESSION:MESSAGE, as `search` shows it.")
    session = reader.session_row(database, wanted)
    messages = _messages(database, session, position, AROUND if arguments.around is None else arguments.around)
    subagents = subagents_of(database, session)
    if not arguments.reveal:
        session, subagents = redaction.hide((session, subagents))
        messages = map(redaction.hide, messages)
    if arguments.json or arguments.format == "json":
        output.emit_json(as_json(session, list(messages), subagents))
        return errors.EXIT_OK
    inner = told_in_full(database, session, reveal=arguments.reveal) if position is None else ()
    for line in _lines(arguments, (session, messages), subagents, marked=position, inner=inner):
        output.say(line)
    return errors.EXIT_OK


def _lines(
    arguments: argparse.Namespace,
    told: Told,
    subagents: list[reader.SessionRow],
    *,
    marked: int | None,
    inner: Iterable[Told],
) -> Iterator[str]:
    """Return the lines of a session in the format that was asked for, whose module is loaded only now."""
    session, messages = told
    if arguments.format == "text":
        return show_text.lines(session, messages, subagents, marked=marked, full=arguments.full)
    if arguments.format == "markdown":
        from simple_memory.cli import show_markdown

        return show_markdown.markdown(session, messages, subagents, full=arguments.full)
    from simple_memory.cli import show_html

    return show_html.page(told, subagents, inner, full=arguments.full)


def _around(text: str) -> int:
    if not text.isdecimal() or not text.isascii() or len(text) > 5 or int(text) > MOST_AROUND:
        import argparse

        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to {MOST_AROUND:,}")
    return int(text)


def _split(database: apsw.Connection, given: str) -> tuple[str, int | None]:
    """Return the session's id and the position that SESSION[:MESSAGE] means. A title may hold a colon too."""
    named, colon, number = given.rpartition(":")
    if not colon or not number.isdecimal() or not number.isascii() or len(number) > 9:
        return reader.resolve_session(database, given), None
    try:
        return reader.resolve_session(database, named), int(number)
    except errors.NotFound:
        return reader.resolve_session(database, given), None


def _messages(
    database: apsw.Connection, session: reader.SessionRow, position: int | None, around: int
) -> Iterable[reader.MessageRow]:
    """Return the whole session in order, or what stands around a position. Raises NotFound."""
    if position is None:
        return whole(database, session.session)
    first = max(0, position - around)
    found = reader.read_session(database, session.session, first=first, count=position - first + around + 1)
    ordered = [message for message in found if message.position is not None]
    if all(message.position != position for message in ordered):
        raise errors.NotFound(
            f"Session {session.session} has no message {position}.",
            f"`simple-memory show {session.session}` shows all.",
        )
    return ordered


def whole(database: apsw.Connection, session: str) -> Iterator[reader.MessageRow]:
    """Yield every message of a session, page by page."""
    first = 0
    while True:
        found = reader.read_session(database, session, first=first, count=PAGE)
        yield from found
        ordered = [message.position for message in found if message.position is not None]
        if len(ordered) < PAGE:
            return
        first = ordered[-1] + 1


def told_in_full(database: apsw.Connection, session: reader.SessionRow, *, reveal: bool) -> Iterator[Told]:
    """Yield the sub-agents of a session with their messages, each followed by its own; secrets hidden as asked."""
    for row in subagents_of(database, session):
        messages: Iterable[reader.MessageRow] = whole(database, row.session)
        shown = row if reveal else redaction.hide(row)
        yield shown, messages if reveal else map(redaction.hide, messages)
        yield from told_in_full(database, row, reveal=reveal)


def subagents_of(database: apsw.Connection, session: reader.SessionRow) -> list[reader.SessionRow]:
    """Return the sub-agents of a session, oldest first."""
    found, _ = reader.list_sessions(database, kind="subagent", parent=session.session, limit=MOST_AROUND)
    return found[::-1]


def as_json(
    session: reader.SessionRow, messages: list[reader.MessageRow], subagents: list[reader.SessionRow]
) -> dict[str, object]:
    """Return a session as JSON: its facts, its messages with whole texts, and the ids of its sub-agents."""
    return {
        "session": session._asdict(),
        "messages": [_message_json(message) for message in messages],
        "subagents": [row.session for row in subagents],
    }


def _message_json(message: reader.MessageRow) -> dict[str, object]:
    parts = {
        "calls": [call._asdict() for call in message.calls],
        "results": [call._asdict() for call in message.results],
        "media": [media._asdict() for media in message.media],
    }
    return {**message._asdict(), **parts}

"""`export`: a session, or everything, to keep or to take elsewhere: lossless lines of JSON, Markdown or HTML."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from simple_memory import config, errors, redaction
from simple_memory.cli import new_file, output, picture_files, render, show, show_html, show_markdown
from simple_memory.store import archived, connection, exporting, pictures, reader

if TYPE_CHECKING:
    import argparse

    import apsw

_ENDINGS = {"markdown": ".md", "html": ".html"}
_UNUSUAL = re.compile(r"[^\w.@-]+")
_CONTENTS = "index.html"
_EVERY = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "session", nargs="?", metavar="SESSION", help="a session's id, the beginning of it, or its title"
    )
    parser.add_argument("--all", action="store_true", help="every session")
    parser.add_argument(
        "--format", choices=("jsonl", "markdown", "html"), default="jsonl", help="jsonl is what `import` takes"
    )
    parser.add_argument("--to", metavar="PATH", help="a new file; of pages of every session, a folder")
    parser.add_argument(
        "--images", metavar="DIR", help="nothing but the session's images and documents, each as a file in this folder"
    )
    parser.add_argument("--reveal", action="store_true", help="leave keys and tokens in: only then is it exact")


def run(arguments: argparse.Namespace) -> int:
    """Read, and write."""
    if bool(arguments.session) == arguments.all:
        raise errors.UsageError("Name a session, or say --all.", "`simple-memory sessions` lists them.")
    database = connection.open_reader(config.find_home())
    session = None if arguments.all else reader.resolve_session(database, arguments.session)
    if arguments.images:
        return _write_pictures(database, session, arguments.images)
    if arguments.format == "jsonl":
        files = archived.every_file(database) if session is None else archived.files_of_session(database, session)
        lines = exporting.lines(database, files, reveal=arguments.reveal)
        new_file.write(arguments.to, (json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in lines))
        output.talk(_counted(len(files), arguments))
        return errors.EXIT_OK
    if session is not None:
        new_file.write(arguments.to, _page(database, session, arguments))
        return errors.EXIT_OK
    return _write_all(database, arguments)


def _write_pictures(database: apsw.Connection, session: str | None, folder: str) -> int:
    if session is None:
        raise errors.UsageError("--images takes one session.", "Name it in the place of --all.")
    written, gone = picture_files.write(folder, pictures.of_session(database, session))
    told = f"Wrote {render.amount(written, 'file')} to {output.safe(folder)}."
    output.talk(f"{told} The memory has not kept {gone:,} more." if gone else told)
    return errors.EXIT_OK


def _write_all(database: apsw.Connection, arguments: argparse.Namespace) -> int:
    """Write a page for each session into a folder, and for HTML the page that lists them."""
    if not arguments.to:
        raise errors.UsageError("Pages of every session need a folder.", "Say --to DIR.")
    names = [row.session for row in reader.list_sessions(database, kind=None, limit=_EVERY)[0]]
    os.makedirs(arguments.to, mode=config.FOLDER_MODE, exist_ok=True)
    for name in names:
        place = os.path.join(arguments.to, _page_name(name, _ENDINGS[arguments.format]))
        new_file.write(place, _page(database, name, arguments))
    if arguments.format == "html":
        rows = reader.list_sessions(database, limit=_EVERY)[0]
        contents = show_html.contents(rows if arguments.reveal else redaction.hide(rows), _page_name)
        new_file.write(os.path.join(arguments.to, _CONTENTS), contents)
    output.talk(f"Wrote {render.amount(len(names), 'page')} to {output.safe(arguments.to)}.")
    return errors.EXIT_OK


def _page_name(session: str, ending: str = ".html") -> str:
    """Return the name of the file that a session's page has among those of every session."""
    return _UNUSUAL.sub("-", session) + ending


def _counted(files: int, arguments: argparse.Namespace) -> str:
    told = f"Exported {render.amount(files, 'transcript')}."
    return told if arguments.reveal else f"{told} Keys and tokens are hidden, so it is not exact; --reveal keeps them."


def _page(database: apsw.Connection, session: str, arguments: argparse.Namespace) -> Iterator[str]:
    row = reader.session_row(database, session)
    messages: Iterable[reader.MessageRow] = show.whole(database, session)
    subagents = show.subagents_of(database, row)
    if not arguments.reveal:
        row, subagents = redaction.hide((row, subagents))
        messages = map(redaction.hide, messages)
    if arguments.format == "markdown":
        return show_markdown.markdown(row, messages, subagents, full=True)
    if arguments.all:
        return show_html.page((row, messages), subagents, full=False, link=_page_name, contents=_CONTENTS)
    inner = show.told_in_full(database, row, reveal=arguments.reveal)
    return show_html.page((row, messages), subagents, inner, full=False)

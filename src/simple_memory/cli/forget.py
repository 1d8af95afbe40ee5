"""`forget`: take sessions, or lines that hold a phrase, out of the memory for good; and look whether words are gone."""

from __future__ import annotations

import argparse
import datetime
import json
import os
from collections.abc import Iterator
from typing import Any

from simple_memory import config, errors
from simple_memory.cli import alone, consent, output, render
from simple_memory.search import times

_PIECE = 4 * 1024 * 1024
_SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "session", nargs="?", metavar="SESSION", help="a session: its id, the beginning of it, or its title"
    )
    parser.add_argument("--project", metavar="P", help="every session of this project")
    parser.add_argument("--path", metavar="GLOB", help="sessions whose project's directory or transcript matches this")
    parser.add_argument("--since", metavar="T", help="what was said from this time on: 2026-01-31, yesterday, 3d")
    parser.add_argument("--until", metavar="T", help="what was said before this time")
    parser.add_argument("--phrase", metavar="TEXT", help="every line of a transcript that holds these words")
    parser.add_argument(
        "--secrets",
        action="store_true",
        help="nothing but keys and tokens: marks take their place in all that is stored",
    )
    parser.add_argument(
        "--verify", metavar="TEXT", help="forget nothing: look for TEXT in every file of the home folder"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Say what goes, ask, stop the service, erase, start it again; or verify."""
    home = config.find_home()
    if arguments.verify is not None:
        return _verify(home, arguments.verify, as_json=arguments.json)
    if arguments.secrets:
        return _hide_secrets(home, arguments)
    wish = json.dumps(_wish(arguments))
    planned = alone.run("simple_memory.upkeep.forget", "plan", wish)
    if not planned["sessions_count"] and not planned["lines"] and not planned["unfinished"]:
        return _answer({**planned, "messages": 0, "forgotten": False}, as_json=arguments.json)
    for line in _tells(planned):
        output.talk(line)
    _agree_or_refuse(arguments)
    with alone.without_service(home):
        done = alone.run("simple_memory.upkeep.forget", "do", wish)
    return _answer({**done, "forgotten": True}, as_json=arguments.json)


def _hide_secrets(home: config.Home, arguments: argparse.Namespace) -> int:
    """Put marks in the place of the secrets that are stored; the rest stays."""
    if any(_wish(arguments).values()):
        raise errors.UsageError("--secrets takes the whole memory.", "Leave the session and the other conditions out.")
    found = alone.run("simple_memory.upkeep.forget", "count-secrets")
    forgets = bool(found["secrets"] or found["unfinished"])
    if forgets:
        secrets, transcripts = render.amount(found["secrets"], "key"), render.amount(found["transcripts"], "transcript")
        output.talk(f"This hides {secrets} (tokens and passwords among them) in {transcripts}, for good.")
        output.talk("These transcripts can no longer be restored byte for byte: marks stand for the keys.")
        for line in _tells_copies(found):
            output.talk(line)
        _agree_or_refuse(arguments)
        with alone.without_service(home):
            found = alone.run("simple_memory.upkeep.forget", "hide-secrets")
    if arguments.json:
        output.emit_json({**found, "forgotten": forgets})
    elif not forgets:
        output.say("No key and no token is stored: nothing to hide.")
    else:
        output.say(f"Hidden: {render.amount(found['secrets'], 'key')}. `redact_on_read = true` hides those to come.")
    return errors.EXIT_OK


def _agree_or_refuse(arguments: argparse.Namespace) -> None:
    if not (arguments.yes or consent.is_given("forget")):
        raise errors.UsageError("Nothing was forgotten.", "`--yes` forgets without asking.")


def _wish(arguments: argparse.Namespace) -> dict[str, str | None]:
    now = datetime.datetime.now().astimezone()
    given = {name: getattr(arguments, name) for name in ("session", "project", "path", "phrase")}
    for name in ("since", "until"):
        text = getattr(arguments, name)
        given[name] = times.parse_time(text, now) if text is not None else None
        if text is not None and given[name] is None:
            raise errors.UsageError(
                f"--{name}: {text!r} is no time.", 'Say 2026-01-31, yesterday, 3d or "2 weeks ago".'
            )
    return given


def _tells(planned: dict[str, Any]) -> Iterator[str]:
    """Yield what goes, in sentences."""
    if planned["sessions_count"]:
        yield (
            f"This forgets {render.amount(planned['sessions_count'], 'whole session')} "
            f"({render.amount(planned['transcripts'], 'transcript')}), sub-agents among them:"
        )
        yield from (f"  {output.safe(session)}" for session in planned["sessions"][:_SHOWN])
    if planned["lines"]:
        sessions = planned["sessions_with_lines"]
        yield f"This forgets {render.amount(planned['lines'], 'line')} of transcripts, in these sessions:"
        yield from (f"  {output.safe(session)}" for session in sessions[:_SHOWN])
        yield "Their transcripts can no longer be restored byte for byte: blanks stand for the lines."
    yield from _tells_copies(planned)


def _tells_copies(planned: dict[str, Any]) -> Iterator[str]:
    if planned["unfinished"]:
        yield "An earlier forgetting was cut off: this finishes it."
    for path in planned["backups"]:
        yield f"This removes a copy that may hold it: {output.safe(path)}"
    yield "The agents' own files stay as they are."
    yield "The service stops for it, if it runs; the index is built anew."


def _answer(report: dict[str, Any], *, as_json: bool) -> int:
    if as_json:
        output.emit_json(report)
    elif not report["forgotten"]:
        output.say("Nothing in the memory matches: nothing was forgotten.")
    else:
        output.say(
            f"Forgotten: {render.amount(report['sessions_count'], 'session')}, "
            f"{render.amount(report['lines'], 'line')}, {render.amount(report['messages'], 'message')} in all; "
            f"{render.amount(len(report['backups']), 'copy').replace('copys', 'copies')} removed."
        )
        output.say("`simple-memory forget --verify TEXT` looks for words in every file of the home folder.")
    return errors.EXIT_OK


def _verify(home: config.Home, text: str, *, as_json: bool) -> int:
    """Look for `text` in the raw bytes of every file of the home; exit code 1 where it stands in one."""
    if not text:
        raise errors.UsageError("--verify needs words to look for.")
    # the database's own files are never opened by hand in a process that has it open; this one never has
    found = [path for path in _files(home.root) if _holds(path, text.encode("utf-8", "surrogateescape"))]
    packed = 0
    if os.path.exists(home.database):
        packed = alone.run("simple_memory.upkeep.forget", "plan", json.dumps({"phrase": text}))["lines"]
    if as_json:
        output.emit_json({"text": text, "found_in": found, "archived_lines": packed})
    else:
        _tell_found(home, found, packed)
    return errors.EXIT_ERROR if found or packed else errors.EXIT_OK


def _tell_found(home: config.Home, found: list[str], packed: int) -> None:
    """Say in which files the words stand, and in how many lines of the archive."""
    for path in found:
        output.say(output.safe(path))
    if packed:
        output.say(f"{render.amount(packed, 'line')} of the archive, compressed in {output.safe(home.database)}")
    if not found and not packed:
        output.say("Not found: in no file of the home folder, and in no line of the archive.")


def _files(root: str) -> Iterator[str]:
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield path


def _holds(path: str, wanted: bytes) -> bool:
    kept = b""
    try:
        with open(path, "rb") as file:
            while piece := file.read(_PIECE):
                if wanted in kept + piece:
                    return True
                kept = piece[-len(wanted) :]
    except OSError:
        return False
    return False

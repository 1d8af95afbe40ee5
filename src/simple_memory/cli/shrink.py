"""`shrink`: let old images and the rest of old long tool output go, so that the memory takes less room."""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Iterator
from typing import Any

from simple_memory import config, errors
from simple_memory.cli import alone, consent, output, render
from simple_memory.search import times

_MODULE = "simple_memory.upkeep.shrink"
_SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "--images-older-than", metavar="T", help="images and documents of before this: 90d, 1y, 2026-01-31"
    )
    parser.add_argument(
        "--tool-output-older-than", metavar="T", help="the rest of long tool output of before this; its beginning stays"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would go, and stop")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Say what goes and how much room that gives, ask, stop the service, make the store anew, start it again."""
    policy = _policy(arguments, config.load_settings(config.find_home()))
    planned = alone.run(_MODULE, "plan", policy)
    goes = bool(planned["images"] or planned["outputs"])
    if arguments.dry_run or not goes:
        return _answer({**planned, "shrunk": False}, as_json=arguments.json)
    for line in _tells(planned):
        output.talk(line)
    if not (arguments.yes or consent.is_given("shrink")):
        raise errors.UsageError("Nothing was dropped.", "`--yes` goes on without asking, `--dry-run` only tells.")
    with alone.without_service(config.find_home()):
        done = alone.run(_MODULE, "do", policy)
    return _answer({**done, "shrunk": True}, as_json=arguments.json)


def _policy(arguments: argparse.Namespace, settings: config.Settings) -> str:
    """Return the policy as JSON: what the options say, else what the settings say."""
    given = (arguments.images_older_than, arguments.tool_output_older_than)
    if not any(given):
        days = (settings.shrink_images_days, settings.shrink_tool_output_days)
        given = (f"{days[0]}d" if days[0] else None, f"{days[1]}d" if days[1] else None)
    if not any(given):
        raise errors.UsageError(
            "Say what is to go.",
            "--images-older-than 90d, --tool-output-older-than 90d, or shrink_images_days in config.toml.",
        )
    images, outputs = (_before(text) for text in given)
    return json.dumps({"images_before": images, "output_before": outputs})


def _before(text: str | None) -> str | None:
    meant = times.parse_time(text, datetime.datetime.now().astimezone()) if text else None
    if text and meant is None:
        raise errors.UsageError(f"{text!r} is no time.", "Say 90d, 1y or 2026-01-31.")
    return meant


def _tells(planned: dict[str, Any]) -> Iterator[str]:
    """Yield what goes, in sentences."""
    if planned["images"]:
        yield f"{render.amount(planned['images'], 'image')} or documents, {planned['image_bytes'] / 1e6:,.1f} MB"
    if planned["outputs"]:
        size = planned["output_bytes"] / 1e6
        yield f"the rest of {render.amount(planned['outputs'], 'long tool output')}, {size:,.1f} MB"
    yield f"That gives about {planned['room_bytes'] / 1e6:,.1f} MB. What was said stays, and the beginnings."
    transcripts = render.amount(planned["transcripts"], "transcript")
    yield f"{transcripts} can then no longer be restored byte for byte, in these sessions:"
    yield from (f"  {output.safe(session)}" for session in planned["sessions"][:_SHOWN])
    if planned["sessions_count"] > _SHOWN:
        yield f"  … and {planned['sessions_count'] - _SHOWN:,} more"
    yield "The agents' own files, backups and exports stay as they are."
    yield "The service stops for it, if it runs."


def _answer(report: dict[str, Any], *, as_json: bool) -> int:
    if as_json:
        output.emit_json(report)
    elif report["shrunk"]:
        before, after = report["bytes_before"] / 1e6, report["bytes_after"] / 1e6
        output.say(f"Dropped. The database takes {after:,.1f} MB; it took {before:,.1f} MB.")
    elif not report["images"] and not report["outputs"]:
        output.say("Nothing is that old and that large: nothing to drop.")
    else:
        output.say("This would go:")
        for line in _tells(report):
            output.say(line)
    return errors.EXIT_OK

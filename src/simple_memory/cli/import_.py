"""`import`: take an export of another memory into this one, without doubles."""

from __future__ import annotations

import argparse
import os

from simple_memory import config, errors
from simple_memory.cli import alone, output, render


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("file", metavar="FILE", help="what `export` wrote, in the format jsonl")
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Stop the service if it runs, import in a process of its own, start the service again, and say what came."""
    with alone.without_service(config.find_home()):
        report = alone.run("simple_memory.upkeep.importing", os.path.abspath(arguments.file))
    if arguments.json:
        output.emit_json(report)
    else:
        for problem in report["problems"]:
            output.talk(output.safe(problem))
        output.say(
            f"{render.amount(report['added'], 'transcript')} new, of {report['transcripts']:,} in the export; "
            f"{report['skipped']:,} left out: forgotten here, or known here and not exact there."
        )
    return errors.EXIT_ERROR if report["problems"] else errors.EXIT_OK

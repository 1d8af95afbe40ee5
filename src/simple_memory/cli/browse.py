"""`browse`: the memory full-screen in the terminal; parses, checks that there is one, and hands over to the browser."""

from __future__ import annotations

import argparse
import os
import sys

from simple_memory import config, errors
from simple_memory.cli import output
from simple_memory.cli.browser import curtain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("query", nargs="*", metavar="QUERY", help="what to look for at first; you can change it there")
    parser.add_argument(
        "--project", metavar="P", help="only this project, at first: its name, directory, or a part of it"
    )
    parser.add_argument("--agent", metavar="A", help="only what this agent wrote, at first")
    parser.add_argument("--since", metavar="T", help="from this time on, at first: 2026-01-31, yesterday, 3d")
    parser.add_argument("--reveal", action="store_true", help="show keys and tokens, which are hidden otherwise")


def run(arguments: argparse.Namespace) -> int:
    """Browse until the person leaves; then run the agent, if that is how they left."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise errors.UsageError(
            "`browse` needs a terminal to draw on.", "`simple-memory search` and `show` write plain text and JSON."
        )
    home = config.find_home()
    if not os.path.lexists(home.database):
        raise errors.StoreMissing(
            f"There is no memory yet at {home.database}.", "Run `simple-memory start`, or `simple-memory sync` once."
        )
    words = " ".join(arguments.query)
    with curtain.drawn(output.safe(words)):
        from simple_memory.cli.browser import app, asking

        filters = asking.Filters(project=arguments.project, agent=arguments.agent, since=arguments.since)
        browser = app.Browser(home, text=words, filters=filters, reveal=arguments.reveal)
        resumption = browser.run()
    if resumption is not None:
        from simple_memory.cli import resume

        resume.launch(resumption)
    return browser.return_code or errors.EXIT_OK

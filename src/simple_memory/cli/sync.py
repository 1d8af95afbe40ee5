"""`sync`: read what is new now, through the running service or in a process of its own, and say what was read."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from simple_memory import config, errors
from simple_memory.cli import alone, output, render
from simple_memory.service import control

ASK_AGAIN_S = 0.1
PATIENCE_S = 5.0
"""A service that fails for so long and reads nothing is not waited for."""
_WIDTH = 24


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "--full", action="store_true", help="compare every byte that was read before with the transcripts"
    )
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Run one pass to its end."""
    home = config.find_home()
    config.make_home(home)
    talks = sys.stderr.isatty() and not arguments.json
    if control.is_running(home) and not arguments.full:
        report = _finish(_through_service(home), talks)
    else:
        if arguments.full and control.is_running(home):
            raise errors.UsageError(
                "`sync --full` needs the database to itself, and the service is running.",
                "Run `simple-memory stop`, then again.",
            )
        report = _finish(_alone(full=arguments.full), talks)
    if arguments.json:
        output.emit_json(report)
    else:
        output.say(_sentence(report))
    return errors.EXIT_OK


def _finish(progress: Iterator[dict[str, Any]], talks: bool) -> dict[str, Any]:
    """Follow a pass to its end, with a bar on a terminal, and return its report."""
    report: dict[str, Any] = {}
    start = 0
    for step in progress:
        if "report" in step:
            report = step["report"]
        elif talks and "facts" in step:
            start = max(start, int(step["facts"]["bytes_pending"]))
            sys.stderr.write(f"\r\x1b[K{_bar(step['facts'], start)}")
            sys.stderr.flush()
    if talks:
        sys.stderr.write("\r\x1b[K")
    return report


def _alone(*, full: bool) -> Iterator[dict[str, Any]]:
    """Run a pass in a process of its own: the command line itself never loads what writes."""
    command = [sys.executable, "-I", "-m", "simple_memory.sync", *(["--full"] if full else [])]
    environment = config.pass_environment()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment) as process:
        try:
            for line in process.stdout or ():
                step = json.loads(line)
                if "error" in step:
                    process.wait()
                    raise alone.error_of(step["error"], process.returncode)
                yield step
        except BaseException:
            process.terminate()
            raise
    if process.returncode == errors.EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    if process.returncode:
        raise errors.SimpleMemoryError(
            f"Reading the transcripts ended with code {process.returncode}.", "What was read until then is kept."
        )


def _through_service(home: config.Home) -> Iterator[dict[str, Any]]:
    """Have the running service look again, and follow it until it is not behind any more.

    Raises ServiceFailed where it fails for a while without reading anything, or was started again meanwhile.
    """
    started = moved_at = time.monotonic()
    before = facts = control.sync_facts(home)
    control.rescan(home)
    while True:
        last, facts = facts, control.sync_facts(home)
        yield {"facts": facts}
        if _is_through(facts, before):
            break
        if facts["done"]["bytes_read"] < last["done"]["bytes_read"]:
            raise errors.ServiceFailed(
                "The sync worker was started again meanwhile.", "Run `simple-memory sync` again."
            )
        if not facts["last_error"] or facts["done"] != last["done"]:
            moved_at = time.monotonic()
        elif time.monotonic() - moved_at > PATIENCE_S:
            raise errors.ServiceFailed(
                f"The service cannot read now: {facts['last_error']}",
                "It goes on trying by itself; `simple-memory status` tells more.",
            )
        time.sleep(ASK_AGAIN_S)
    report = _since(facts["done"], before["done"])
    yield {"report": {**report, "took_s": round(time.monotonic() - started, 3)}}


def _is_through(facts: dict[str, Any], before: dict[str, Any]) -> bool:
    """Return whether the worker has looked again and read all that can be read."""
    if facts["rescans"] == before["rescans"] or facts["messages_to_index"]:
        return False
    return bool(facts["behind"] <= facts["unreadable"])  # what cannot be read is tried again much later


def _since(after: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Return what was done between two reports of one service."""
    report = json.loads(json.dumps(after))
    report["messages"]["added"] -= before["messages"]["added"]
    report["bytes_read"] -= before["bytes_read"]
    for key in ("read", "quarantined"):
        report["lines"][key] -= before["lines"][key]
    return dict(report)


def _bar(facts: dict[str, Any], start: int) -> str:
    left = int(facts["bytes_pending"])
    share = 1.0 if start == 0 else 1 - left / start
    full = int(share * _WIDTH)
    return f"reading [{'#' * full}{'.' * (_WIDTH - full)}] {share:4.0%}  {facts['behind']} transcripts to go"


def _sentence(report: dict[str, Any]) -> str:
    transcripts, lines = report["transcripts"], report["lines"]
    parts = [
        f"{render.amount(report['messages']['added'], 'message')} added",
        f"{transcripts['read']:,} of {transcripts['seen']:,} transcripts read",
        f"{render.bytes_of(report['bytes_read'])} in {report['took_s']:.1f} s",
    ]
    if lines["quarantined"]:
        parts.append(f"{lines['quarantined']:,} bad lines set aside")
    if lines["pending"]:
        parts.append(f"{render.amount(lines['pending'], 'unfinished line')} wait{'s' * (lines['pending'] == 1)}")
    if transcripts["failed"]:
        parts.append(f"{transcripts['failed']:,} transcripts could not be read")
    sentence = "; ".join(parts) + "."
    if transcripts["seen"] == 0:
        places = ", ".join(output.safe(folder) for folder in config.claude_config_dirs())
        sentence += f"\nNo transcripts were found. Looked in: {places}"
    return sentence

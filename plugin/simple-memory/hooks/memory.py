# ruff: noqa: INP001 # a script of the plugin, no part of a package
"""What an agent runs when a session starts and ends: tells how many past sessions there are, has them looked at.

Standard library only, since it runs before the person's first words: at most some tens of milliseconds, always exit
code 0, and never a word that was stored. What it gives the agent is counts, a date and the beginning of an id.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time

BUDGET_S = 0.05


def home() -> str:
    """Return the folder of the memory: SIMPLE_MEMORY_HOME, else where it is by itself."""
    named = os.environ.get("SIMPLE_MEMORY_HOME")
    if named:
        return os.path.abspath(os.path.expanduser(named))
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Application Support/simple-memory")
    base = os.environ.get("XDG_DATA_HOME", "")
    return os.path.join(base if os.path.isabs(base) else os.path.expanduser("~/.local/share"), "simple-memory")


def past_sessions(folder: str, project: str, current: str) -> tuple[int, str, str]:
    """Return how many main sessions `project` had besides `current`, the newest one's id and end; changes no file."""
    import sqlite3
    import urllib.parse

    database = os.path.join(folder, "memory.db")
    if not os.path.getsize(database):
        return 0, "", ""
    option = "readonly_shm=1" if os.path.exists(database + "-shm") else "immutable=1"
    place = f"file:{urllib.parse.quote(database)}?mode=ro&{option}"
    connection = sqlite3.connect(place, uri=True, timeout=BUDGET_S / 2)
    until = time.monotonic() + BUDGET_S
    connection.set_progress_handler(lambda: time.monotonic() > until, 1000)
    found = connection.execute(
        """
        SELECT count(*), session, max(ended_at) FROM sessions
        WHERE kind = 'main' AND project IN (?, ?) AND session <> ?
        """,
        (project, os.path.realpath(project), current),
    ).fetchone()
    return found[0], found[1] or "", found[2] or ""


def start(event: dict[str, object]) -> None:
    """Print how many past sessions there are here, if any, as context for the agent."""
    count, session, ended = past_sessions(home(), str(event.get("cwd") or os.getcwd()), str(event.get("session_id")))
    if not count:
        return
    day, name = re.sub(r"[^0-9-]", "", ended[:10]), re.sub(r"[^A-Za-z0-9-]", "", session[:8])
    told = (
        f"Simple Memory: {count} past session{'' if count == 1 else 's'} here, last: {day}, session {name}. "
        "search_memory finds what was said and done in them; list_sessions lists them."
    )
    answer = {"hookSpecificOutput": {"hookEventName": "SessionStart", "additionalContext": told}}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def end(_event: dict[str, object]) -> None:
    """Ask the service, if it runs, to look at the transcripts now; does not wait for it."""
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connected:
        connected.settimeout(BUDGET_S)
        connected.connect(os.path.join(home(), "run", "control.sock"))
        connected.sendall(b"rescan\n")


def main() -> None:
    """Attend to the event that is named on the command line; whatever goes wrong is nobody's business."""
    try:
        text = sys.stdin.buffer.read(1 << 20)
        event = json.loads(text) if text.strip() else {}
        {"start": start, "end": end}[sys.argv[1]](event if isinstance(event, dict) else {})
    except BaseException:  # an agent must never be held up by its memory
        pass
    os._exit(0)


if __name__ == "__main__":
    main()

"""How each program is used: make its index, ask it, have it take in what is new. No numbers, no opinions."""

from __future__ import annotations

import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Protocol

from bench import measure, world
from bench.peers import place as places


class Peer(Protocol):
    """A program, as the comparison sees it."""

    name: str
    about: str
    answers: bool
    """Whether it can be asked at all."""
    names_sessions: bool
    """Whether its answers say where something stands; else the word itself is looked for in them."""

    def is_there(self) -> bool:
        """Return whether it is installed."""

    def index(self) -> measure.Run:
        """Take in all transcripts, from nothing."""

    def size(self) -> int:
        """Return the bytes on disk that it made."""

    def begin(self) -> None:
        """Start what a user would have running."""

    def ask(self, query: str) -> str:
        """Return its answer."""

    def ask_fresh(self, query: str) -> str:
        """Return its answer after it has taken in what is new."""

    def end(self) -> None:
        """End what `begin` started."""


class Plain:
    """What most peers share: nothing runs, and their index is some folders of the person's."""

    name = ""
    about = ""
    package = ""
    answers = True
    names_sessions = True
    made: tuple[str, ...] = ()

    def __init__(self, place: places.Place) -> None:
        """Take the place."""
        self.place = place

    def is_there(self) -> bool:
        """Return whether it is installed."""
        return self.place.has(self.package)

    def size(self) -> int:
        """Return the bytes on disk that it made."""
        return sum(measure.folder_bytes(self.place.user / name) for name in self.made)

    def begin(self) -> None:
        """Start nothing."""

    def end(self) -> None:
        """End nothing."""

    def _command(self, *arguments: str) -> list[str]:
        return [self.place.program(self.package, self.package), *arguments]

    def _run(self, *arguments: str) -> measure.Run:
        return self.place.run(*self._command(*arguments))

    def _run_alone(self, *arguments: str, **more: str) -> measure.Run:
        return self.place.run_alone(*self._command(*arguments), **more)


class SimpleMemory(Plain):
    """This program, with its service running."""

    name = "Simple Memory"
    about = "`sync`, `search --json`; the service runs"
    made = ("simple-memory/memory.db", "simple-memory/index")

    def is_there(self) -> bool:
        """Return True."""
        return True

    def size(self) -> int:
        """Return the bytes of database and index."""
        home = self.place.user / "simple-memory"
        return sum(path.stat().st_size for path in home.glob("memory.db*")) + measure.folder_bytes(home / "index")

    def index(self) -> measure.Run:
        """Run `sync`."""
        return self._run_alone("sync", "--json")

    def begin(self) -> None:
        """Start the service."""
        self._run("start", "--daemon")

    def end(self) -> None:
        """End the service."""
        self._run("stop", "--force")

    def ask(self, query: str) -> str:
        """Search."""
        return self._run("search", query, "--json", "--limit", "10").out

    ask_fresh = ask

    def _command(self, *arguments: str) -> list[str]:
        return [world.script("simple-memory"), *arguments]


class Ripgrep(Plain):
    """The files themselves."""

    name = "ripgrep"
    about = "`rg -c`: files and counts; all words of a query must be looked for one by one, here the first"
    made = ()

    def is_there(self) -> bool:
        """Return whether the system has it."""
        return self.place.run("rg", "--version").code == 0

    def index(self) -> measure.Run:
        """Do nothing."""
        return measure.Run(0.0, 0.0, 0, 0, "")

    def ask(self, query: str) -> str:
        """Count in every file."""
        return self.place.run("rg", "-c", query.split(maxsplit=1)[0], str(self.place.projects)).out

    ask_fresh = ask


class FastResume(Plain):
    """Tantivy over sessions."""

    name = "fast-resume"
    about = "`fr --rebuild`, `fr --no-refresh --json`; fresh: `fr --json`"
    package = "fast-resume"
    made = (".cache/fast-resume",)

    def index(self) -> measure.Run:
        """Rebuild its index."""
        return self._run_alone("--rebuild", "--json", "--limit", "1", "nothing")

    def ask(self, query: str) -> str:
        """Ask its index."""
        return self._run("--no-refresh", "--json", "--limit", "10", query).out

    def ask_fresh(self, query: str) -> str:
        """Ask after its own look at the files."""
        return self._run("--json", "--limit", "10", query).out

    def _command(self, *arguments: str) -> list[str]:
        return [self.place.program(self.package, "fr"), *arguments]


class ConversationSearch(Plain):
    """SQLite FTS5 over messages."""

    name = "cc-conversation-search"
    about = "`init`, `search --no-index --json`; fresh: `index --all`, then search"
    package = "cc-conversation-search"
    made = (".conversation-search",)

    def index(self) -> measure.Run:
        """Make its database, of all time."""
        return self._run_alone("init", "--days", "36500", "--quiet", "--force")

    def ask(self, query: str) -> str:
        """Ask its database."""
        return self._run("search", query, "--json", "--no-index", "--limit", "10").out

    def ask_fresh(self, query: str) -> str:
        """Index, then ask."""
        self._run("index", "--all", "--quiet")
        return self.ask(query)


class AgentsView(Plain):
    """A local web viewer with a database and a daemon."""

    name = "agentsview"
    about = "`sync`, `session search --json` of its daemon, sub-agents and short sessions included"
    package = "agentsview"
    made = (".agentsview",)

    def index(self) -> measure.Run:
        """Run `sync` without its daemon."""
        return self._run_alone("sync", AGENTSVIEW_NO_DAEMON="1")

    def begin(self) -> None:
        """Start its daemon."""
        self._run("daemon", "start")

    def end(self) -> None:
        """End its daemon."""
        self._run("daemon", "stop")

    def ask(self, query: str) -> str:
        """Search everything that it can search."""
        wide = ("--include-children", "--include-one-shot", "--include-automated")
        return self._run("session", "search", query, "--json", "--limit", "10", *wide).out

    ask_fresh = ask


class SessionSearch(Plain):
    """SQLite FTS5 behind a local page."""

    name = "claude-session-search"
    about = "`cc-search --reindex`; asked over HTTP, so without the start of a program; fresh: reindex, then ask"
    package = "claude-session-search"
    made = (".cc-search",)
    _port = 17_391
    _server: subprocess.Popen[bytes] | None = None

    def index(self) -> measure.Run:
        """Index in the foreground."""
        return self.place.run_alone(self.place.program(self.package, "cc-search"), "--reindex")

    def begin(self) -> None:
        """Start its server, and wait until it answers."""
        command = [self.place.program(self.package, "cc-search"), "--no-open", "--port", str(self._port)]
        quiet = subprocess.DEVNULL
        self._server = subprocess.Popen(command, env=self.place.environment, stdout=quiet, stderr=quiet)
        end = time.monotonic() + 30
        while not self.ask("nothing") and time.monotonic() < end:
            time.sleep(0.1)

    def end(self) -> None:
        """End its server."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()

    def ask(self, query: str) -> str:
        """Ask its server."""
        asked = urllib.parse.urlencode({"q": query, "limit": 10})
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/api/search?{asked}", timeout=30) as answer:
                text: str = answer.read().decode("utf-8", "replace")
                return text
        except (urllib.error.URLError, OSError):
            return ""

    def ask_fresh(self, query: str) -> str:
        """Index, then ask."""
        self.index()
        return self.ask(query)


class CodeLog(Plain):
    """Pages of HTML, to be read in a browser; it cannot be asked, so only its pages are looked into."""

    name = "claude-code-log"
    about = "`--all-projects`: pages of HTML, which nothing but the browser searches"
    package = "claude-code-log"
    answers = False
    made = ("pages", ".cache/claude-code-log")
    _pages = ""

    def index(self) -> measure.Run:
        """Write all pages."""
        pages = str(self.place.user / "pages")
        return self.place.run_alone(
            self.place.program(self.package, self.package), "convert", "--all-projects", "--output", pages
        )

    def ask(self, query: str) -> str:
        """Return the query where a page holds it."""
        if not self._pages:
            pages = Path(self.place.user / "pages").rglob("*.html")
            self._pages = "\n".join(page.read_text(encoding="utf-8", errors="replace") for page in pages)
        return query if query in self._pages else ""

    ask_fresh = ask


KINDS = (SimpleMemory, Ripgrep, FastResume, AgentsView, ConversationSearch, SessionSearch, CodeLog)
"""The programs of this module, this one first."""

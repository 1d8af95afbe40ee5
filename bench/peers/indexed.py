"""Programs that keep an index: each is used as its own page says. No numbers, no opinions."""

from __future__ import annotations

import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from bench import measure
from bench.peers import programs

_PLANTED = re.compile(r"qz[a-z]+x")


class FastResume(programs.Plain):
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


class AgentsView(programs.Plain):
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


class ConversationSearch(programs.Plain):
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


class SessionSearch(programs.Plain):
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


class SessionIndex(programs.Plain):
    """SQLite FTS5 over sessions."""

    name = "claude-session-index"
    about = "`sessions index --backfill`, `sessions search`; fresh: `sessions index`, then search"
    package = "claude-session-index"
    made = (".session-index",)

    def index(self) -> measure.Run:
        """Index everything."""
        return self._run_alone("index", "--backfill")

    def ask(self, query: str) -> str:
        """Ask its database."""
        return self._run("search", query, "-n", "10").out

    def ask_fresh(self, query: str) -> str:
        """Index, then ask."""
        self._run("index")
        return self.ask(query)

    def _command(self, *arguments: str) -> list[str]:
        return [self.place.program(self.package, "sessions"), *arguments]


class Embers(programs.Plain):
    """SQLite FTS5 over the blocks of messages."""

    name = "embers-memory"
    about = "`embers ingest`, `embers --json search`; fresh: `embers ingest`, then search"
    package = "embers-memory"
    made = (".memory-archive",)

    def index(self) -> measure.Run:
        """Make its database."""
        return self._run_alone("ingest")

    def ask(self, query: str) -> str:
        """Ask its database."""
        return self._run("--json", "search", query, "--limit", "10").out

    def ask_fresh(self, query: str) -> str:
        """Take in what is new, then ask."""
        self._run("ingest")
        return self.ask(query)

    def _command(self, *arguments: str) -> list[str]:
        return [self.place.program(self.package, "embers"), *arguments]


class ThreadLens(programs.Plain):
    """SQLite FTS5, answers by session."""

    name = "threadlens"
    about = "`refresh --source claude`, `search --json`; fresh: `search --fresh --json`"
    package = "threadlens"
    made = (".local/share/threadlens",)

    def index(self) -> measure.Run:
        """Make its database."""
        return self._run_alone("refresh", "--source", "claude")

    def ask(self, query: str) -> str:
        """Ask its database."""
        return self._run("search", "--json", "--limit", "10", "--source", "claude", *query.split()).out

    def ask_fresh(self, query: str) -> str:
        """Ask after its own look at the files."""
        return self._run("search", "--json", "--fresh", "--limit", "10", "--source", "claude", *query.split()).out


class NavCom(programs.Plain):
    """SQLite FTS5 beside a compressed archive of the transcripts."""

    name = "navcom"
    about = "`--maintain`, which keeps the transcripts' bytes as well; `--json --query`, which takes in what is new"
    package = "navcom"
    made = (".navcom", ".codex")

    def index(self) -> measure.Run:
        """Make its index and its archive."""
        return self._run_alone("--maintain")

    def ask(self, query: str) -> str:
        """Ask its index."""
        return self._run("--json", "-n", "10", "--query", query).out

    ask_fresh = ask


class CodeLog(programs.Plain):
    """Pages of HTML, to be read in a browser; it cannot be asked, so only its pages are looked into."""

    name = "claude-code-log"
    about = "`--all-projects`: pages of HTML, which nothing but the browser searches"
    package = "claude-code-log"
    answers = False
    made = ("pages", ".cache/claude-code-log")
    at_once = 1
    _words: frozenset[str] = frozenset()

    def index(self) -> measure.Run:
        """Write all pages."""
        pages = str(self.place.user / "pages")
        return self.place.run_alone(
            self.place.program(self.package, self.package), "convert", "--all-projects", "--output", pages
        )

    def ask(self, query: str) -> str:
        """Return the query, one of the planted words, where a page holds it; the pages are read once."""
        if not self._words:
            pages = Path(self.place.user / "pages").rglob("*.html")
            texts = (page.read_text(encoding="utf-8", errors="replace") for page in pages)
            self._words = frozenset(word for text in texts for word in _PLANTED.findall(text))
        return query if query in self._words else ""

    ask_fresh = ask

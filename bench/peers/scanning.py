"""Programs that look through the transcripts, or through lines made of them, at each query."""

from __future__ import annotations

import json
import re
import select
import subprocess

from bench import measure
from bench.peers import place as places
from bench.peers import programs

_SHORTENED = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}(?:-[0-9a-f-]*)?\b")


class Ripgrep(programs.Plain):
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


class AgSearch(programs.Plain):
    """Lines of text for each session, looked through anew at each query."""

    name = "agsearch"
    about = "`agsearch --thinking -n`, which takes in what is new at each query; its short ids are written out here"
    package = "agsearch"
    at_once = 1
    made = (".cache/agsearch",)

    def index(self) -> measure.Run:
        """Make its lines from nothing."""
        return self._run_alone("--thinking", "--reindex", "-n", "nothing")

    def ask(self, query: str) -> str:
        """Ask; each short id is followed by those of the sessions that begin with it."""
        answer = self._run("--thinking", "-n", query).out
        short = set(_SHORTENED.findall(answer))
        whole = [path.stem for path in self.place.projects.rglob("*.jsonl") if path.stem.startswith(tuple(short))]
        return "\n".join((answer, *whole)) if short else answer

    ask_fresh = ask


class Historian(programs.Plain):
    """An MCP server that reads the transcripts at each query."""

    name = "claude-historian-mcp"
    about = (
        "tool `search_conversations` of a server that runs, so without the start of a program; it keeps no index and "
        "reads a few transcripts of each project; its answers name no session: the word itself counts"
    )
    names_sessions = False
    at_once = 1
    package = "claude-historian-mcp"
    _server: subprocess.Popen[bytes] | None = None
    _number = 0

    def index(self) -> measure.Run:
        """Do nothing."""
        return measure.Run(0.0, 0.0, 0, 0, "")

    def begin(self) -> None:
        """Start its server, and shake hands."""
        program = self.place.programs / self.package / "node_modules" / ".bin" / self.package
        pipe = subprocess.PIPE
        self._server = subprocess.Popen(
            [str(program)], env=self.place.environment, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
        )
        client = {"name": "bench", "version": "0"}
        self._call("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client})
        self._tell({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def end(self) -> None:
        """End its server."""
        if self._server is not None:
            self._server.kill()
            self._server.communicate()

    def ask(self, query: str) -> str:
        """Ask its server; the query, which its answer begins with, is left out."""
        arguments = {"query": query, "limit": 10, "detail_level": "detailed"}
        answer = self._call("tools/call", {"name": "search_conversations", "arguments": arguments})
        return answer.partition(" results")[2]

    ask_fresh = ask

    def _tell(self, message: dict[str, object]) -> None:
        assert self._server is not None
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(message).encode() + b"\n")
        self._server.stdin.flush()

    def _call(self, method: str, parameters: dict[str, object]) -> str:
        self._number += 1
        self._tell({"jsonrpc": "2.0", "id": self._number, "method": method, "params": parameters})
        assert self._server is not None
        assert self._server.stdout is not None
        if not select.select([self._server.stdout], [], [], places.LONGEST_ANSWER_S)[0]:
            raise TimeoutError("its server does not answer")
        return self._server.stdout.readline().decode("utf-8", "replace")


class HistorySearch(programs.Plain):
    """A regular expression over the messages of all transcripts."""

    name = "search-claude-history"
    about = "`search-claude-history --tools --thinking --json`; a query is a pattern, so its words stand side by side"
    package = "search-claude-history"

    def index(self) -> measure.Run:
        """Do nothing."""
        return measure.Run(0.0, 0.0, 0, 0, "")

    def ask(self, query: str) -> str:
        """Look for it everywhere."""
        return self._run("--tools", "--thinking", "--json", "-n", "10", query).out

    ask_fresh = ask

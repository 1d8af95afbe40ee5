"""More programs, each used as its own page says: one that makes text to be looked through, two that make databases."""

from __future__ import annotations

import json
import re
import subprocess

from bench import measure
from bench.peers import place as places
from bench.peers import programs

_SHORTENED = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}(?:-[0-9a-f-]*)?\b")


class AgSearch(programs.Plain):
    """Lines of text for each session, looked through anew at each query."""

    name = "agsearch"
    about = "`agsearch --thinking -n`, which takes in what is new at each query; its short ids are written out here"
    package = "agsearch"
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


class Historian(programs.Plain):
    """An MCP server that reads the transcripts at each query."""

    name = "claude-historian-mcp"
    about = (
        "tool `search_conversations` of a server that runs, so without the start of a program; it keeps no index, and "
        "its answers name no session: the word itself counts"
    )
    names_sessions = False
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
        return self._server.stdout.readline().decode("utf-8", "replace")


def all_of(place: places.Place) -> list[programs.Peer]:
    """Return every program that is there, this one first."""
    kinds = (*programs.KINDS, AgSearch, SessionIndex, Historian)
    return [peer for peer in (kind(place) for kind in kinds) if peer.is_there()]

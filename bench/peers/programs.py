"""What the comparison asks of a program: make its index, answer, take in what is new; and this program."""

from __future__ import annotations

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
    at_once: int
    """So many questions it can be asked at the same time."""

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
    at_once = 2
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

"""Hot paths on fixed data, with a mark before and after each: what the guard counts instructions of.

`python -m bench.hot_paths FOLDER` makes the data there; with `go` after it, it goes every path once, warm.
A mark is a call of getpgid, which nothing else here calls. Nothing is measured here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from simple_memory import config, model
from simple_memory.search import retrieve
from simple_memory.sources.claude_code import ClaudeCode
from simple_memory.store import checkpoints, connection, documents, writer
from simple_memory.store import index as indexes

MESSAGES, SESSIONS, SEED = 400, 4, 7
LINES = 120
"""Lines of the chunk that is parsed and written."""
DOCUMENTS = 150
HEAP_BYTES = 16 * 1024 * 1024
NOW = "2026-01-01T00:00:00.000Z"
QUERIES = ("parser", "index order branch", '"the parser"', "ret* -token", "why does the socket wait")
Steps = Callable[[], None]


class _Here(ClaudeCode):
    """Claude Code's transcripts in one folder, wherever the agent's own are."""

    def __init__(self, projects: Path) -> None:
        self._projects = str(projects)

    def roots(self) -> list[str]:
        return [self._projects]


def prepare(folder: Path) -> None:
    """Make a small corpus below `folder`, a memory of it, and an empty memory."""
    from simple_memory.sync import engine
    from tests.builders import corpus

    corpus.Corpus(seed=SEED, images=False).write(folder / "claude", sessions=SESSIONS, messages=MESSAGES)
    home = config.Home(str(folder / "memory"))
    config.make_home(home)
    source = _Here(folder / "claude" / "projects")
    full = engine.Engine(home, config.Settings(), report=lambda *_: None, sources=(source,))
    full.open()
    full.rescan()
    while full.work(10.0):
        pass
    full.close()
    config.make_home(config.Home(str(folder / "empty")))
    connection.open_writer(config.Home(str(folder / "empty"))).close()


def parse(folder: Path) -> Steps:
    """Return what lets the source read each line of a chunk."""
    lines, place, _ = _chunk(folder)
    source = ClaudeCode()

    def go() -> None:
        for line in lines:
            source.read_line(line, place)

    return go


def rows(folder: Path) -> Steps:
    """Return what writes the chunk's rows into an empty database, and undoes it."""
    lines, place, path = _chunk(folder)
    source = ClaudeCode()
    readings = [(told, 0, len(line)) for line in lines for told in source.read_line(line, place).readings]
    store = writer.Writer(connection.open_writer(config.Home(str(folder / "empty"))))

    def go() -> None:
        chunk = writer.Chunk(checkpoint=checkpoints.Checkpoint(str(path)), place=place, readings=list(readings))
        store.begin()
        store.write(chunk, NOW)
        store.rollback()

    return go


def index(folder: Path) -> Steps:
    """Return what adds the memory's first messages to an index, from the database on, and commits them."""
    opened = connection.open_reader(config.Home(str(folder / "memory")))
    added = indexes.IndexWriter(str(folder / f"index-{os.getpid()}"), HEAP_BYTES)

    def go() -> None:
        added.add(documents.read_documents(opened, 0, 1 << 40)[:DOCUMENTS])
        added.commit()

    return go


def search(folder: Path) -> Steps:
    """Return what asks the memory some queries, excerpts included."""
    searcher = retrieve.Searcher(config.Home(str(folder / "memory")))

    def go() -> None:
        for query in QUERIES:
            searcher.search(retrieve.Request(query=query))

    return go


PATHS: dict[str, Callable[[Path], Steps]] = {"parse": parse, "rows": rows, "index": index, "search": search}


def _chunk(folder: Path) -> tuple[list[bytes], model.Place, Path]:
    """Return the first lines of the largest transcript, its place and its path."""
    projects = folder / "claude" / "projects"
    path = max(sorted(projects.glob("*/*.jsonl")), key=lambda each: each.stat().st_size)
    place = ClaudeCode().place(str(projects), str(path))
    if place is None:
        raise SystemExit(f"{path} is no transcript")
    return path.read_bytes().split(b"\n")[:LINES], place, path


def mark() -> None:
    """Call what the counter waits for."""
    os.getpgid(0)


def main(arguments: list[str]) -> None:
    """Make the data, or go every path."""
    folder = Path(arguments[0])
    if len(arguments) == 1:
        prepare(folder)
        return
    for make in PATHS.values():
        go = make(folder)
        go()
        mark()
        go()
        mark()


if __name__ == "__main__":
    main(sys.argv[1:])

"""Who is asked: this program's searcher, SQLite FTS5 in two ways, and ripgrep; each gives rankings of ids."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

import apsw

from bench.retrieval import metrics, place
from simple_memory.mcp_server import answers
from simple_memory.search import query, retrieve
from simple_memory.store import connection, documents

_Key = TypeVar("_Key")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Ranking:
    """An answer: uuids of messages and ids of sessions, best first; what it took in ms; the bytes that one reads."""

    messages: Sequence[str]
    sessions: Sequence[str]
    took_ms: float
    bytes: int


class System(Protocol):
    """Somebody who can be asked."""

    name: str

    def ask(self, text: str) -> Ranking:
        """Return the answer to a question in plain words."""

    def close(self) -> None:
        """Let go of what it holds."""


def telling_words(text: str) -> list[str]:
    """Return the words of a question that say something, in lower case, each once: no stop words."""
    words = dict.fromkeys(word.lower() for word in _WORD.findall(text.replace("'", " ")))
    return [word for word in words if word not in query.STOP_WORDS and len(word) > 1] or list(words)


class Ours:
    """This program, as it answers an agent: sessions grouped; and its messages in pure order beside that."""

    name = "Simple Memory"

    def __init__(self, where: place.Place) -> None:
        """Open the memory of a set."""
        self._searcher = retrieve.Searcher(where.home)

    def ask(self, text: str) -> Ranking:
        """Ask twice: for sessions, which is timed, and for messages."""
        begin = time.perf_counter()
        grouped = self._searcher.search(retrieve.Request(query=text, limit=metrics.DEPTH))
        took = (time.perf_counter() - begin) * 1000
        flat = self._searcher.search(retrieve.Request(query=text, limit=metrics.DEPTH, group="none"))
        return Ranking(
            [hit.uuid or "" for hit in flat.hits],
            [hit.session for hit in grouped.hits],
            took,
            len(answers.search(text, grouped).encode()),
        )

    def close(self) -> None:
        """Close the memory."""
        self._searcher.close()


class Fts5:
    """SQLite's own full-text search over the same texts, with an English stemmer: all words, or any by BM25."""

    def __init__(self, where: place.Place, words: Literal["AND", "OR"]) -> None:
        """Put every message of the memory into a table of its own."""
        self.name = f"SQLite FTS5, {'all words' if words == 'AND' else 'any word, BM25'}"
        self._joint = f" {words} "
        self._table = apsw.Connection(":memory:")
        self._table.execute(
            "CREATE VIRTUAL TABLE entry USING fts5(uuid UNINDEXED, session UNINDEXED, text, tokenize=porter)"
        )
        self._table.executemany("INSERT INTO entry VALUES (?, ?, ?)", _texts(where))

    def ask(self, text: str) -> Ranking:
        """Ask for the best messages; sessions come in the order of their first one."""
        quoted = self._joint.join(f'"{word}"' for word in telling_words(text))
        begin = time.perf_counter()
        rows: list[Any] = self._table.execute(
            "SELECT uuid, session, text FROM entry WHERE entry MATCH ? ORDER BY bm25(entry) LIMIT 200", (quoted,)
        ).fetchall()
        took = (time.perf_counter() - begin) * 1000
        shown = sum(len(body.encode()) for _, _, body in rows[: metrics.DEPTH])
        return Ranking([uuid for uuid, _, _ in rows], list(dict.fromkeys(row[1] for row in rows)), took, shown)

    def close(self) -> None:
        """Drop the table."""
        self._table.close()


def _texts(where: place.Place) -> Iterable[tuple[str, str, str]]:
    reader = connection.open_reader(where.home)
    rows: Any = reader.execute("SELECT id, coalesce(uuid, ''), session FROM messages")
    names = {id_: (uuid, session) for id_, uuid, session in rows}
    found = documents.read_documents(reader, 0, 1 << 40)
    reader.close()
    for document in found:
        yield (*names.get(document.id, ("", "")), f"{document.conversation}\n{document.given}\n{document.tool}")


class Ripgrep:
    """ripgrep over the transcripts: lines, or files, that hold all the words, in the order of how often."""

    name = "ripgrep, all words"

    def __init__(self, where: place.Place) -> None:
        """Take the transcripts of a set."""
        self._where = where

    @staticmethod
    def is_here() -> bool:
        """Return whether ripgrep is installed."""
        return shutil.which("rg") is not None

    def ask(self, text: str) -> Ranking:
        """Look for every word at once, and keep the lines that hold them all."""
        words = telling_words(text)
        command = ["rg", "--ignore-case", "--fixed-strings", "--only-matching"]
        command += ["--line-number", "--with-filename", "--no-heading"]
        command += [part for word in sorted(words, key=len, reverse=True) for part in ("-e", word)]
        begin = time.perf_counter()
        ended = subprocess.run(
            [*command, str(self._where.claude)],
            capture_output=True,
            text=True,
            env=self._where.environment,
            check=False,
        )
        took = (time.perf_counter() - begin) * 1000
        in_lines, in_files = _count(ended.stdout, words)
        lines = _with_all(in_lines, words)
        shown = [self._line(*each) for each in lines[: metrics.DEPTH]]
        return Ranking(
            [json.loads(line).get("uuid", "") for line in shown],
            list(dict.fromkeys(path.rsplit("/", 1)[-1].removesuffix(".jsonl") for path in _with_all(in_files, words))),
            took,
            sum(map(len, shown)),
        )

    def _line(self, path: str, number: int) -> bytes:
        with open(path, "rb") as file:
            return next(line for place, line in enumerate(file, 1) if place == number)

    def close(self) -> None:
        """Nothing is held."""


def _count(printed: str, words: list[str]) -> tuple[dict[tuple[str, int], Counter[str]], dict[str, Counter[str]]]:
    """Return how often each word stands in each line, and in each file."""
    in_lines: dict[tuple[str, int], Counter[str]] = {}
    in_files: dict[str, Counter[str]] = {}
    for row in printed.splitlines():
        path, number, match = row.rsplit(":", 2)
        for word in words:
            if word in match.lower():
                in_lines.setdefault((path, int(number)), Counter())[word] += 1
                in_files.setdefault(path, Counter())[word] += 1
    return in_lines, in_files


def _with_all(counted: dict[_Key, Counter[str]], words: list[str]) -> list[_Key]:
    complete = [key for key, counts in counted.items() if len(counts) >= len(words)]
    return sorted(complete, key=lambda key: (-counted[key].total(), str(key)))


def all_of(where: place.Place, *, ours_alone: bool = False) -> list[System]:
    """Return everybody who is asked, ourselves first; without ripgrep where it is not installed."""
    ours: list[System] = [Ours(where)]
    if ours_alone:
        return ours
    return [*ours, Fts5(where, "OR"), Fts5(where, "AND"), *([Ripgrep(where)] if Ripgrep.is_here() else [])]

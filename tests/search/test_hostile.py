"""Queries that nobody should type cost neither much memory nor much time, whatever they are."""

from __future__ import annotations

import subprocess
import sys

import pytest

from simple_memory.search import retrieve, words
from tests.search.asking import ask, ids
from tests.store.memory import Memory

_ASK = """
import sys
from simple_memory import config
from simple_memory.search import retrieve

def anonymous():
    with open("/proc/self/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Anonymous"))

searcher = retrieve.Searcher(config.Home(sys.argv[1]))
searcher.search(retrieve.Request(query="word1"))
before = anonymous()
many = [f"word{number}" for number in range(1000)]
for query in (
    "*", "a*", "*a*", "w*", "*or*", " ".join(many), " ".join(many) * 15, "x" * 100_000, '"a b" ' * 10_000,
    " ".join(f"w{number}*" for number in range(1000)), " ".join(f"*{number}*" for number in range(10, 1000)),
    '"' + " ".join(many) + '"', chr(0x6570) * 100_000, "/".join(many), " ".join(f"role:{word}" for word in many),
    " ".join(f"-{word}" for word in many), " ".join(f"{word}qz" for word in many), "(" * 100_000, "\\0" * 1000,
):
    searcher.search(retrieve.Request(query=query, explain=True))
print((anonymous() - before) // 1024)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is told by /proc")
def test_no_query_takes_more_than_50_mb(memory: Memory) -> None:
    session = memory.session("one")
    for number in range(300):
        memory.say(session, " ".join(f"word{number * 20 + each}" for each in range(60)))
    memory.index()

    ended = subprocess.run(
        [sys.executable, "-c", _ASK, memory.home.root], capture_output=True, text=True, timeout=100, check=True
    )

    assert int(ended.stdout) <= 50


def test_of_too_many_words_the_rarest_are_sought_and_it_is_said(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    common = " ".join(f"common{number}" for number in range(60))
    for _ in range(3):
        memory.say(session, common)
    rare = memory.say(session, "rareword")
    memory.index()

    answer = ask(searcher, f"{common} rareword")

    assert rare in [hit.message_id for hit in answer.hits]
    assert any("too many words: 21 of them" in note for note in answer.notes)
    assert ask(searcher, "common1 rareword").notes == ()


def test_of_common_words_so_many_are_sought_as_may_be_looked_at(
    memory: Memory, searcher: retrieve.Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = memory.session("one")
    made = [memory.say(session, " ".join(f"common{each}" for each in range(number, 12))) for number in range(9)]
    named = memory.say(memory.session("two", branch="common11"), "unlike")
    memory.index()
    every = " ".join(f"common{number}" for number in range(12))
    assert sorted(ids(searcher, every)) == [*made, named]

    monkeypatch.setattr(words, "MOST_PLACES", 30)  # the rarest six stand in 21 places, the next two in 15
    answer = ask(searcher, every)

    assert any("too many words: 5 of them" in note for note in answer.notes)
    assert {hit.message_id for hit in answer.hits} == set(made[:7])


def test_beginnings_beyond_the_first_ones_are_left_out(memory: Memory, searcher: retrieve.Searcher) -> None:
    session = memory.session("one")
    made = [memory.say(session, f"{letter}word") for letter in "abcdefghij"]
    memory.index()

    assert sorted(ids(searcher, " ".join(f"{letter}wo*" for letter in "abcdefghij"))) == made[: words.MOST_WIDE]

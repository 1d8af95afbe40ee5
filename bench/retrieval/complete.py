"""Whether everything is found: words that stand in one place of a corpus, each asked for; and what asking takes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from bench.retrieval import place
from simple_memory.search import retrieve
from tests.builders import corpus

SEEDS = (1, 2, 3)
SESSIONS, MESSAGES = 300, 20_000
MEMORY = {
    "a rare word": ["quorum qzabsent"],
    "five common words": ["tests returns socket index order"],
    "a phrase": ['"socket index"'],
    "a beginning of one letter": ["a*"],
    "a part inside words": ["*or*"],
    "a thousand words": [" ".join(f"word{number}" for number in range(1000))],
    "100,000 characters": ["x" * 100_000],
}
"""Kinds of query whose memory is told."""
_ASK = """
import sys
from simple_memory import config
from simple_memory.search import retrieve
def private():
    with open("/proc/self/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("Anonymous"))
searcher = retrieve.Searcher(config.Home(sys.argv[1]))
searcher.search(retrieve.Request(query="word"))
before = private()
for query in sys.stdin.read().split("\\n"):
    searcher.search(retrieve.Request(query=query))
print((private() - before) / 1024)
"""


def all_seeds(folder: Path) -> dict[str, Any]:
    """Return per seed how many words were planted and found, by surface those that were not; and memory in MiB."""
    rows = [_one(folder / f"seed-{seed}", seed) for seed in SEEDS]
    where = place.Place(folder / f"seed-{SEEDS[0]}")
    taken = {name: round(_memory(where, queries), 1) for name, queries in MEMORY.items()}
    return {"seeds": rows, "memory": taken if sys.platform.startswith("linux") else {}}


def _one(folder: Path, seed: int) -> dict[str, Any]:
    where = place.Place(folder)
    if not folder.exists():
        where.claude.mkdir(parents=True)
        corpus.Corpus(seed=seed).write(where.claude, sessions=SESSIONS, messages=MESSAGES)
        where.sync()
    manifest = json.loads((where.claude / "manifest.json").read_text(encoding="utf-8"))
    searcher = retrieve.Searcher(where.home)
    lost: Counter[str] = Counter()
    for planted in manifest["planted"]:
        if not searcher.search(retrieve.Request(query=planted["word"])).hits:
            lost[planted["surface"]] += 1
    searcher.close()
    kinds = len({planted["surface"] for planted in manifest["planted"]})
    return {"seed": seed, "planted": len(manifest["planted"]), "kinds": kinds, "lost": dict(lost)}


def _memory(where: place.Place, queries: list[str]) -> float:
    ended = subprocess.run(
        [sys.executable, "-c", _ASK, where.home.root],
        input="\n".join(queries),
        env=where.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(ended.stdout)

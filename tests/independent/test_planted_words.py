"""Words that somebody else's generator planted in everything that transcripts hold: every one is found."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from simple_memory import config
from simple_memory.search import retrieve
from simple_memory.sync import engine
from tests.sync import stores

GENERATOR = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "gen_corpus.py"
pytestmark = pytest.mark.skipif(not GENERATOR.is_file(), reason="the shared generator of corpora is not here")


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_every_planted_word_is_found_in_the_message_that_holds_it(tmp_path: Path, seed: int) -> None:
    claude = tmp_path / "claude"
    wanted = ["--out", str(claude), "--sessions", "220", "--total-messages", "12000", "--seed", str(seed)]
    subprocess.run([sys.executable, str(GENERATOR), *wanted], check=True, capture_output=True, timeout=110)
    planted = json.loads((claude / "manifest.json").read_text())["needles"]
    files = [path for path in sorted(claude.rglob("*")) if path.is_file() and path.name != "manifest.json"]
    written = b"\n".join(path.read_bytes() for path in files)
    home = config.Home(str(tmp_path / "home"))
    config.make_home(home)
    one = engine.Engine(home, config.Settings(), report=lambda *_: None, sources=(stores.Rooted(claude),))
    one.open()
    one.rescan()
    while one.work(5.0):
        pass
    one.close()
    searcher = retrieve.Searcher(home)
    there = [each for each in planted if each["token"].encode() in written]  # some are overwritten by the generator
    lost = []
    for each in there:
        answer = searcher.search(retrieve.Request(query=each["token"], group="none"))
        if not any(f"\x02{each['token']}\x03" in hit.snippet for hit in answer.hits):
            lost.append((each["token"], each["kind"]))
    searcher.close()
    assert len(there) > 100
    assert lost == []

"""A corpus with known ground truth goes in, and the memory says the same: counts, kinds, tokens, every planted word."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simple_memory import config
from simple_memory.store import connection
from tests.builders import corpus

SESSIONS = 60
MESSAGES = 4000
SUMS = ("messages", "system_messages", "sessions", "subagents", "tool_calls", "tool_results")


class Memory:
    """A corpus that was read: what the corpus knows about itself, and the store."""

    def __init__(self, truth: dict[str, Any], home: config.Home) -> None:
        self.truth = truth
        self.totals: dict[str, int] = truth["totals"]
        self.home = home
        self.store = connection.open_reader(home)

    def one(self, sql: str) -> Any:
        return self.store.execute(sql).fetchone()

    def rows(self, sql: str) -> list[Any]:
        return self.store.execute(sql).fetchall()


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Memory]:
    """Write a corpus, damaged lines included, and read it in a process of its own."""
    folder = tmp_path_factory.mktemp("truth")
    truth = corpus.Corpus(seed=11, bad_lines=0.01).write(folder / ".claude", sessions=SESSIONS, messages=MESSAGES)
    home = config.Home(str(folder / "memory"))
    environment = {"HOME": str(folder), "CLAUDE_CONFIG_DIR": str(folder / ".claude"), "SIMPLE_MEMORY_HOME": home.root}
    subprocess.run(
        [sys.executable, "-I", "-m", "simple_memory.sync"],
        env=environment,
        stdout=subprocess.DEVNULL,
        timeout=100,
        check=True,
    )
    made = Memory(truth, home)
    yield made
    made.store.close()


@pytest.mark.parametrize("name", SUMS)
def test_the_counters_are_the_truth(memory: Memory, name: str) -> None:
    assert memory.one(f"SELECT {name} FROM counter") == (memory.totals[name],)


def test_every_message_is_of_the_kind_that_it_was_written_as(memory: Memory) -> None:
    found = memory.rows("SELECT role || ':' || kind, count(*) FROM messages WHERE copy_of IS NULL GROUP BY 1")

    wanted = {
        name: count for name, count in memory.totals.items() if name.split(":")[0] in {"user", "assistant", "system"}
    }
    assert dict(found) == wanted


def test_tokens_and_prompts_sum_up_over_sessions(memory: Memory) -> None:
    found = memory.one("SELECT sum(input_tokens), sum(output_tokens), sum(prompts), sum(messages) FROM sessions")

    assert found == tuple(memory.totals[name] for name in ("input_tokens", "output_tokens", "prompts", "messages"))


@pytest.mark.fault("T9")
def test_each_session_shows_all_of_its_messages_copies_too(memory: Memory) -> None:
    rows = memory.rows("SELECT session, kind, project, shown FROM sessions")

    wanted = {
        (each["session"], each["kind"], each["project"], each["messages"] + each["copies"] + each.get("inline", 0))
        for each in memory.truth["sessions"]
    }
    assert set(rows) == wanted


def test_every_subagent_stands_under_its_parent(memory: Memory) -> None:
    rows = memory.rows("SELECT session, parent FROM sessions WHERE kind = 'subagent'")

    assert dict(rows) == {
        each["session"]: each["parent"] for each in memory.truth["sessions"] if each["kind"] == "subagent"
    }


def test_every_bad_line_is_kept_and_counted(memory: Memory) -> None:
    assert memory.one("SELECT quarantined FROM counter") == (memory.totals["bad_lines"],)


def test_every_byte_of_every_transcript_is_in_the_archive(memory: Memory) -> None:
    from simple_memory.store import archive

    for path, transcript_id in memory.rows("SELECT path, id FROM transcript"):
        held = b"".join(part for _, part in archive.read_frames(memory.store, transcript_id, 0))
        assert Path(str(path)).read_bytes().startswith(held), path
        assert held or not Path(str(path)).stat().st_size, path


def test_every_planted_word_is_found_where_it_was_planted(memory: Memory) -> None:
    retrieve = pytest.importorskip("simple_memory.search.retrieve")
    searcher = retrieve.Searcher(memory.home)
    lost = []
    for planted in memory.truth["planted"]:
        hits = searcher.search(retrieve.Request(query=planted["word"], group="none")).hits
        if planted["session"] not in {hit.session for hit in hits}:
            lost.append(planted)
    searcher.close()

    assert lost == []

"""A corpus of somebody else's generator, where it is at hand: every count is met exactly."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simple_memory import pricing
from simple_memory.store import connection, usage
from tests.sync import stores

GENERATOR = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "gen_corpus.py"
pytestmark = pytest.mark.skipif(not GENERATOR.is_file(), reason="the shared generator of corpora is not here")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[stores.Memory, dict[str, Any]]]:
    claude = tmp_path_factory.mktemp("corpus")
    wanted = ["--out", str(claude), "--sessions", "451", "--total-messages", "66631"]
    subprocess.run([sys.executable, str(GENERATOR), *wanted], check=True, capture_output=True, timeout=110)
    manifest = json.loads((claude / "manifest.json").read_text())
    with stores.Memory(tmp_path_factory.mktemp("filled"), claude) as memory:
        memory.sync()
        yield memory, manifest


def records_of(memory: stores.Memory) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted((memory.claude / "projects").rglob("*.jsonl")):
        for line in path.read_bytes().split(b"\n"):
            if line.startswith(b"{"):
                try:
                    yield path, json.loads(line)
                except ValueError:
                    continue


def test_sessions_and_distinct_messages_are_counted_as_the_generator_wrote_them(
    filled: tuple[stores.Memory, dict[str, Any]],
) -> None:
    memory, _ = filled
    distinct: set[str] = set()
    calls: set[str] = set()
    results: set[str] = set()
    tokens: dict[tuple[str, str], int] = {}
    for _, record in records_of(memory):
        if record.get("type") not in {"user", "assistant"}:
            continue
        distinct.add(record["uuid"])
        content = record["message"].get("content")
        for block in content if isinstance(content, list) else []:
            if block.get("type") == "tool_use":
                calls.add(block["id"])
            if block.get("type") == "tool_result":
                results.add(block["tool_use_id"])
        if record["type"] == "assistant" and record["message"].get("usage"):
            key = record["message"]["id"], record.get("requestId") or ""
            tokens[key] = max(tokens.get(key, 0), record["message"]["usage"]["output_tokens"])

    kept = memory.ask("SELECT messages, sessions, tool_calls, tool_results FROM counter")
    assert len(distinct) == 66_631
    assert kept == [(66_631, 451, len(calls), len(results))]
    assert memory.one("SELECT sum(messages) FROM sessions") == 66_631
    assert memory.one("SELECT sum(output_tokens) FROM sessions") == sum(tokens.values())


def test_what_is_counted_by_day_model_or_tool_adds_up_to_what_the_generator_wrote(
    filled: tuple[stores.Memory, dict[str, Any]],
) -> None:
    memory, manifest = filled
    database = connection.open_reader(memory.home)
    prices = pricing.Prices()
    for by in ("day", "week", "month", "project", "model", "agent"):
        total = usage.count(database, by, prices).total
        assert (total.messages, total.sessions) == (66_631, 451)
        assert total.subagents == manifest["counts"]["subagent_files"]
        assert total.output_tokens == memory.one("SELECT sum(output_tokens) FROM sessions")
    calls = {row.key: row.calls for row in usage.count(database, "tool", prices).rows}
    assert calls == {
        name.removeprefix("tool_"): number
        for name, number in manifest["counts"].items()
        if (name.startswith("tool_") and name.removeprefix("tool_")[0].isupper()) or name.startswith("tool_mcp")
    }


def test_every_subagents_file_is_a_session_under_its_parent(filled: tuple[stores.Memory, dict[str, Any]]) -> None:
    memory, _ = filled
    files = set((memory.claude / "projects").rglob("agent-*.jsonl"))

    found = memory.ask("SELECT session, parent FROM sessions WHERE kind = 'subagent'")
    mains = {session for (session,) in memory.ask("SELECT session FROM sessions WHERE kind = 'main'")}

    assert len(found) == len(files)
    assert {session.split("/")[1] for session, _ in found} == {path.stem for path in files}
    assert {parent for _, parent in found} <= mains


def test_every_file_comes_back_byte_for_byte(filled: tuple[stores.Memory, dict[str, Any]]) -> None:
    memory, _ = filled
    wanted = stores.every_file(memory.claude)

    assert memory.latest() == {path: content for path, content in wanted.items() if not path.endswith("manifest.json")}


def test_the_counts_that_are_kept_are_the_counts_of_the_rows(filled: tuple[stores.Memory, dict[str, Any]]) -> None:
    stores.assert_counts_hold(filled[0])

"""What is appended while it is measured: nothing of an earlier run can answer for it."""

from __future__ import annotations

import json
from pathlib import Path

from bench import appends


def test_no_two_live_sessions_share_a_word_or_an_id_and_their_transcripts_go_in_the_end(tmp_path: Path) -> None:
    said: list[str] = []
    sessions = set()
    for _ in range(2):
        with appends.Live(tmp_path) as live:
            said += [live.say(), live.say()]
            (path,) = tmp_path.rglob("*.jsonl")
            sessions.add(path.stem)
            lines = path.read_text(encoding="utf-8")
            assert [lines.count(word) for word in said] == [*[0] * (len(said) - 2), 1, 1]
        assert not list(tmp_path.rglob("*.jsonl"))

    assert len(set(said)) == 4
    assert len(sessions) == 2


def test_a_live_session_that_said_nothing_leaves_nothing(tmp_path: Path) -> None:
    with appends.Live(tmp_path):
        pass

    assert not list(tmp_path.rglob("*"))


def test_a_stream_writes_records_that_no_earlier_stream_wrote(tmp_path: Path) -> None:
    seen: list[set[str]] = []
    for _ in range(2):
        with appends.Stream(tmp_path) as stream:
            stream.has_begun.wait(10)
            (path,) = tmp_path.rglob("*.jsonl")
            records = [json.loads(line) for line in path.read_bytes().splitlines()]
            seen.append({record["uuid"] for record in records if record.get("uuid")})

    assert seen[0]
    assert seen[1]
    assert not seen[0] & seen[1]
    assert not list(tmp_path.rglob("*.jsonl"))

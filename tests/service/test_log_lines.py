import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_memory.daemon import log_file
from simple_memory.service import log_lines

TIME = "2026-01-01T00:00:00.000Z"
TEXTS = st.text(max_size=60)
KEYS = st.from_regex(r"[a-z_]{1,8}", fullmatch=True).filter(lambda key: key not in {"time", "level", "name", "msg"})


def written(form: str, text: str, facts: dict[str, str], *, level: str = "info") -> str:
    return log_lines.write(form, time=TIME, level=level, name="sync", text=text, facts=facts)


@pytest.mark.parametrize("form", [log_lines.LOGFMT, log_lines.JSON])
@given(level=st.sampled_from(log_lines.LEVELS), text=TEXTS, facts=st.dictionaries(KEYS, TEXTS, max_size=3))
def test_what_was_written_is_read_again_and_is_one_line(
    form: str, level: str, text: str, facts: dict[str, str]
) -> None:
    line = written(form, text, facts, level=level)
    assert log_lines.time_of(line) == TIME
    entry = log_lines.read(line)
    assert (entry.time, entry.level, entry.name, entry.text, entry.facts) == (TIME, level, "sync", text, facts)
    assert log_file._encode(line).count(b"\n") == 1


def test_logfmt_is_for_people_and_programs() -> None:
    facts = {"path": "/a/b.jsonl", "why": 'it said "no"', "none": ""}
    assert written(log_lines.LOGFMT, "transcript_skipped", facts, level="warning") == (
        f'time={TIME} level=warning name=sync msg=transcript_skipped path=/a/b.jsonl why="it said \\"no\\"" none=""'
    )


def test_json_has_the_same_keys() -> None:
    told = json.loads(written(log_lines.JSON, "it serves", {"time": "later"}))
    assert told == {"time": TIME, "level": "info", "name": "sync", "msg": "it serves", "time_": "later"}


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (log_lines.event("error", "failed", {"retry_s": 1.5}), ("error", "failed", {"retry_s": "1.5"})),
        ("ValueError: no", ("warning", "ValueError: no", {})),
        ("ERROR mcp: no", ("error", "ERROR mcp: no", {})),
        ('{"level":"error"', ("warning", '{"level":"error"', {})),
        ('{"level":"loud","msg":"a"}', ("warning", '{"level":"loud","msg":"a"}', {})),
    ],
)
def test_what_a_worker_prints_is_an_event_or_raw(line: str, parts: tuple[str, str, dict[str, str]]) -> None:
    assert log_lines.parts_of_output(line) == parts


@pytest.mark.parametrize("form", [log_lines.LOGFMT, log_lines.JSON])
def test_a_long_text_is_cut_so_that_the_line_stays_whole(form: str) -> None:
    line = written(form, "x" * 100_000, {})
    assert len(line) < log_file.LINE_BYTES
    assert log_lines.read(line).text.endswith("…")


@given(st.text(max_size=200))
def test_no_line_is_too_odd_to_be_read(line: str) -> None:
    for odd in (line, f"time={line}", '{"time":"' + line):
        assert log_lines.read(odd).level in log_lines.LEVELS

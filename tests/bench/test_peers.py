"""The comparison's own arithmetic: which words are asked for, what counts as found, how the tables are written."""

from pathlib import Path
from typing import Any

import pytest

from bench import measure
from bench.peers import newer, page, place, programs, trial

WORDS: list[trial.Planted] = [
    {"word": "a1", "surface": "reply", "session": "s1"},
    {"word": "a2", "surface": "reply", "session": "s2"},
    {"word": "b1", "surface": "queued", "session": "s3/agent-7f"},
]


class Answering(programs.Plain):
    """A program that gives the same answer to everything."""

    name = "fake"

    def __init__(self, answer: str) -> None:
        self.answer = answer

    def index(self) -> Any:
        raise NotImplementedError

    def ask(self, query: str) -> str:
        return self.answer

    ask_fresh = ask


def test_words_are_taken_from_each_surface_in_turns() -> None:
    assert [each["word"] for each in trial.chosen(WORDS, 2)] == ["a1", "b1"]
    assert [each["word"] for each in trial.chosen(WORDS)] == ["a1", "b1", "a2"]


@pytest.mark.parametrize(
    ("answer", "found"), [('{"id": "s3"}', True), ("agent 7f", True), ("s1 and s2", False), ("", False)]
)
def test_a_word_is_found_where_the_answer_names_its_session_or_its_sub_agent(answer: str, found: bool) -> None:
    assert trial.is_found(Answering(answer), answer, WORDS[2]) == found


def test_of_a_program_that_cannot_be_asked_its_pages_count() -> None:
    pages = Answering("")
    pages.answers = False

    assert trial.is_found(pages, "a1", WORDS[0])
    assert not trial.is_found(pages, "", WORDS[0])


def test_what_is_not_found_is_told_by_surface() -> None:
    told = trial.recall(Answering("s1, s3"), WORDS)

    assert told == {"asked": 3, "found": 2, "missing": {"reply": "1/2"}}


def test_the_tables_hold_every_program_and_its_losses() -> None:
    shared = {"about": "as it is", "answers": True, "code": 0, "cpu": 1.0, "wall": 2.0, "peak": 3_000_000}
    recall = {"asked": 3, "found": 2, "missing": {"reply": "1/2"}}
    times = dict.fromkeys(trial.CLASSES, 5.0)
    found: list[dict[str, Any]] = [
        {**shared, "name": "fast-resume", "size": 50, "recall": recall, "queries": times, "append": None},
        {**shared, "name": "claude-code-log", "size": 90, "recall": recall, "queries": {}, "append": None},
    ]
    conditions = {"messages": 1, "sessions": 1, "bytes": 100, "python": "3", "system": "x", "cores": 2, "alone": True}

    text = page.tables({"conditions": conditions, "programs": page.rounded(found)})

    assert f"| fast-resume {place.version('fast-resume')} | 1.0 s | 2.0 s | 3 MB | 0.50 | 2 of 3 |" in text
    assert "| 5 | 5 | 5 | 5 | > 15,000 |" in text
    assert text.count("claude-code-log") == 2
    assert "reply 1/2" in text


def test_without_the_mark_of_its_starter_a_process_counts_as_one_with_a_network(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(place.NAMED, raising=False)

    assert not place.is_alone()
    assert not place.Place(tmp_path).has("fast-resume")


def test_of_a_program_that_names_no_session_the_word_itself_counts() -> None:
    nameless = Answering("")
    nameless.names_sessions = False

    assert trial.is_found(nameless, "… a1 …", WORDS[0])
    assert not trial.is_found(nameless, "in s1", WORDS[0])


def test_short_ids_are_written_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = place.Place(tmp_path)
    whole = "99cc3413-944a-4aff-84b5-4f423111eb0f"
    (here.projects / "-home").mkdir(parents=True)
    (here.projects / "-home" / f"{whole}.jsonl").touch()
    (here.projects / "-home" / "11111111-944a-4aff-84b5-4f423111eb0f.jsonl").touch()
    monkeypatch.setattr(here, "run", lambda *_, **__: measure.Run(0.0, 0.0, 0, 0, "99cc3413-944a 2026-01-01 claude"))

    assert newer.AgSearch(here).ask("word").splitlines()[1:] == [whole]

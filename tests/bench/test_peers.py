"""The comparison's own arithmetic: which words are asked for, what counts as found, how the tables are written."""

from pathlib import Path
from typing import Any

import pytest

from bench import measure
from bench.peers import indexed, kinds, page, place, programs, scanning, trial

WORDS: list[trial.Planted] = [
    {"word": "a1", "surface": "reply", "session": "s1"},
    {"word": "a2", "surface": "reply", "session": "s2"},
    {"word": "b1", "surface": "queued", "session": "s3/agent-7f"},
]


CONDITIONS = {"messages": 1, "sessions": 1, "bytes": 100, "python": "3", "system": "x", "cores": 2, "alone": True}


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

    assert told.pop("seconds") >= 0
    assert told == {"asked": 3, "of": 3, "found": 2, "missing": {"reply": "1/2"}}


def test_a_program_that_is_too_slow_is_told_by_what_it_was_asked() -> None:
    told = trial.recall(Answering("s1"), WORDS, longest_s=0.0)

    assert (told["asked"], told["of"], told["missing"]) == (0, 3, {})
    assert page._found({**told, "asked": 2, "found": 1, "seconds": 45.2}) == "1 of 2 asked in 45 s"
    assert page._found(told) == page._found(None) == "–"


def test_the_tables_hold_every_program_and_its_losses() -> None:
    shared = {"about": "as it is", "answers": True, "code": 0, "cpu": 1.0, "wall": 2.0, "peak": 3_000_000}
    shared |= {"failed": None}
    recall = {"asked": 3, "of": 3, "found": 2, "missing": {"reply": "1/2"}, "seconds": 1.0}
    times = dict.fromkeys(trial.CLASSES, 5.0)
    found: list[dict[str, Any]] = [
        {**shared, "name": "fast-resume", "size": 50, "recall": recall, "queries": times, "append": None},
        {**shared, "name": "claude-code-log", "size": 90, "recall": recall, "queries": {}, "append": None},
    ]

    text = page.tables({"conditions": CONDITIONS, "programs": page.rounded(found)})

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


class Broken(Answering):
    """One that makes its index, then can no more."""

    name = "broken"

    def index(self) -> measure.Run:
        return measure.Run(2.0, 1.0, 3, 0, "")

    def ask(self, query: str) -> str:
        raise TimeoutError("no answer")

    def end(self) -> None:
        raise OSError("nothing to end")


def test_a_program_that_fails_ends_no_other_and_keeps_what_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Whole(Broken):
        name = "whole"

        def end(self) -> None:
            pass

        def ask(self, query: str) -> str:
            return "s1 " + " ".join(path.stem for path in tmp_path.rglob("*.jsonl"))

        ask_fresh = ask

    monkeypatch.setattr(kinds, "there", lambda _: [Broken(""), Whole("")])
    saved: list[list[str]] = []

    broken, whole = trial.all_of(place.Place(tmp_path), WORDS, lambda told: saved.append([one["name"] for one in told]))

    assert "nothing to end" in capsys.readouterr().out
    assert saved == [["broken"], ["broken", "whole"], ["broken", "whole"]]
    assert (broken["wall"], broken["failed"], broken["queries"]) == (2.0, "TimeoutError: no answer", {})
    assert (whole["recall"]["found"], whole["failed"]) == (1, None)
    assert set(whole["queries"]) == set(trial.CLASSES)
    assert whole["append"] > 0
    assert not list(tmp_path.rglob("*.jsonl"))
    killed = {**whole, "name": "slow", "code": page.KILLED, "wall": 240.04, "recall": None}
    table = page.tables({"conditions": CONDITIONS, "programs": page.rounded([broken, whole, killed])})
    assert "| slow | – | > 240 s | – | – | – |" in table
    assert "| broken | 1.0 s | 2.0 s | 0 MB | 0.00 | – |" in table
    assert "TimeoutError: no answer" in table


def test_one_that_fails_at_its_queries_is_asked_no_more_and_the_others_are(capsys: pytest.CaptureFixture[str]) -> None:
    told = trial.latencies([Broken(""), Answering("s1")], ["a1"])

    assert told["broken"] == {}
    assert set(told["fake"]) == set(trial.CLASSES)
    assert "no answer" in capsys.readouterr().out


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

    assert scanning.AgSearch(here).ask("word").splitlines()[1:] == [whole]


def test_pages_of_html_are_looked_into_for_planted_words(tmp_path: Path) -> None:
    here = place.Place(tmp_path)
    (here.user / "pages").mkdir(parents=True)
    (here.user / "pages" / "one.html").write_text("<p>so\\nqzreplyaabx, qztitleax</p>", encoding="utf-8")
    pages = indexed.CodeLog(here)

    assert [pages.ask(word) for word in ("qzreplyaabx", "qztitleax", "qzreplyaacx")] == ["qzreplyaabx", "qztitleax", ""]

"""A small set goes through the real program and everybody is asked; the page is written between its marks."""

import argparse
import json
from pathlib import Path

import pytest

from bench.retrieval import __main__ as program
from bench.retrieval import complete, page, place, questions, systems, trial
from tests.builders import transcript

WANTED = "the basket counts whole cents now"


@pytest.fixture
def small() -> questions.EvaluationSet:
    first = transcript.Session("/home/ada/shop", session="11111111-1111-4111-8111-111111111111")
    first.prompt("Look at prices").reply(f"Mended: {WANTED}.")
    evidence = frozenset({first.leaf or ""})
    second = transcript.Session("/home/ada/shop", session="22222222-2222-4222-8222-222222222222")
    second.prompt("Rename the courier").tool("Bash", {"command": "ls"}, result="basket.py cents.py").reply("Renamed.")
    asked = questions.Question("small:1", "basket cents whole", (evidence,), frozenset({first.session}), "small")
    return questions.EvaluationSet("small", "Two sessions.", (first, second), (asked,))


@pytest.fixture
def filled(small: questions.EvaluationSet, tmp_path: Path) -> place.Place:
    where = place.Place(tmp_path / "small")
    where.fill(small)
    return where


def test_everybody_finds_what_is_asked_in_its_own_words(small: questions.EvaluationSet, filled: place.Place) -> None:
    for system in systems.all_of(filled):
        (answered,) = trial.ask_all(system, small.questions)
        system.close()

        assert answered.messages.recall_1 == answered.sessions.recall_1 == 1, system.name
        assert answered.ranking.bytes > 0


def test_all_words_finds_nothing_where_one_is_missing(filled: place.Place) -> None:
    fts = systems.Fts5(filled, "AND")
    found = fts.ask("basket cents whole elephant")
    fts.close()

    assert found.messages == []


def test_stop_words_are_left_out_for_the_others_too() -> None:
    assert systems.telling_words("Where did we put the basket's cents?") == ["put", "basket", "cents"]
    assert systems.telling_words("what was that") == ["what", "was", "that"]


def test_a_question_stays_in_its_half() -> None:
    def half(id_: str) -> str:
        return questions.Question(id_, "", (), frozenset(), "").half

    assert [half(f"small:{number}") for number in range(6)] == [half(f"small:{number}") for number in range(6)]
    assert {half(f"small:{number}") for number in range(20)} == set(questions.HALVES)


def test_the_results_become_a_table(small: questions.EvaluationSet, tmp_path: Path) -> None:
    how = argparse.Namespace(ours=True, half=small.questions[0].half, no_write=True, kinds=True, missed=1)
    told = program.measure_set(small, tmp_path / "home", how)

    text = page.tables([json.loads(json.dumps(told))], small.questions[0].half)

    assert "**small**: Two sessions. 6 messages, 2 sessions; 1 questions" in text
    assert "| Simple Memory | **1.000** | **1.000** |" in text


def test_the_best_of_each_measure_is_bold_and_nothing_found_is_not() -> None:
    none, some = (
        {"recall_1": 0.0, "recall_5": 0.0, "recall_10": each, "mrr": 0.0, "ndcg_10": 0.0} for each in (0, 0.5)
    )
    told = [
        {"system": name, "messages": scores, "sessions": scores, "median_ms": 1.0, "p95_ms": 2.0, "bytes": 1000}
        for name, scores in (("ours", some), ("theirs", none))
    ]
    of_set = {"name": "small", "about": "One.", "messages": 2, "sessions": 1, "questions": {"held": 3}}

    lines = page.tables([of_set | {"halves": {"held": told}}], "held").split("\n")

    assert lines[0] == "**small**: One. 2 messages, 1 sessions; 3 questions of the held half."
    assert lines[-2].startswith("| ours | 0.000 | 0.000 | **0.500** |")
    assert "**" not in lines[-1]


def test_every_planted_word_of_a_small_corpus_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complete, "SESSIONS", 12)
    monkeypatch.setattr(complete, "MESSAGES", 400)

    told = complete._one(tmp_path / "one", 1)

    assert told["planted"] > 5
    assert told["lost"] == {}

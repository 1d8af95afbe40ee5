"""The evaluation sets are the same every time, large enough, and their evidence stands in their sessions."""

import json
from pathlib import Path

import pytest

from bench.retrieval import questions, sets
from bench.retrieval.sets import commands, functions, playbooks, talks, wording
from tests.builders import transcript

MADE_HERE = ("functions", "coding", "memories")


@pytest.fixture(scope="module", params=MADE_HERE)
def made(request: pytest.FixtureRequest) -> questions.EvaluationSet:
    return sets.SETS[request.param]()


def uuids_of(session: transcript.Session) -> set[str]:
    return {record["uuid"] for record in session.written}


def test_a_set_has_200_questions_or_more_in_two_halves_of_like_size(made: questions.EvaluationSet) -> None:
    sizes = [len(made.of(half)) for half in questions.HALVES]

    assert sum(sizes) == len(made.questions) >= 200
    assert min(sizes) > 0.4 * sum(sizes)


def test_every_question_has_an_id_of_its_own(made: questions.EvaluationSet) -> None:
    assert len({question.id for question in made.questions}) == len(made.questions)


def test_the_evidence_of_every_question_stands_in_the_sessions_that_it_names(made: questions.EvaluationSet) -> None:
    told = {session.session: uuids_of(session) for session in made.sessions}

    for question in made.questions:
        there = set().union(*(told[id_] for id_ in question.sessions))
        assert question.evidence
        assert all(one and one <= there for one in question.evidence), question.id


def test_a_set_is_the_same_every_time(made: questions.EvaluationSet) -> None:
    again = sets.SETS[made.name]()

    assert again.questions == made.questions
    assert [session.lines for session in again.sessions] == [session.lines for session in made.sessions]


def test_a_function_is_told_without_its_docstring() -> None:
    docstring = '        """Turn the wheel of the car around."""'
    lines = ["class A:", "    def turn(self):", docstring, "        # slowly", "        return 1"]
    source = "\n".join(lines)

    (found,) = functions.read_functions(source, "a.py")

    assert (found.name, found.sentence) == ("A.turn", "Turn the wheel of the car around")
    assert found.code == "    def turn(self):\n        # slowly\n        return 1"


def test_grammars_and_short_sentences_are_no_questions() -> None:
    short = 'def a():\n    """Set it."""\n    x = 1\n    return x\n'
    grammar = 'def b():\n    """name = [CFWS] display name here"""\n    y = 1\n    return y\n'

    assert functions.read_functions(short + grammar, "a.py") == []


def test_other_words_are_put_in_for_a_share_of_them() -> None:
    class Always:
        def random(self) -> float:
            return 0.4

    assert wording.reworded("delete the file", Always(), share=0.5) == "get rid of the document"  # type: ignore[arg-type]
    assert wording.reworded("delete the file", Always(), share=0.3) == "delete the file"  # type: ignore[arg-type]


def test_a_question_of_a_talk_is_the_first_turn_that_asks_back_and_its_evidence_the_turn_before() -> None:
    said = [
        ["Hello"],
        ["Hi, I have just baked bread", "it smells of rye"],
        ["What kind of rye bread is it that you bake?"],
    ]
    told = [[{"text": text} for text in turn] for turn in [*said, ["Just plain"], ["Nice"], ["Yes"]]]

    talk = talks._talk("one", told)
    made = talks.from_talks([talk])

    assert talk.asking == 2
    (question,) = made.questions
    assert question.text == said[2][0]
    assert len(question.evidence[0]) == 2
    lines = b"".join(made.sessions[0].lines)
    assert b"baked bread" in lines
    assert b"What kind" not in lines


def test_talks_that_are_long_enough_are_read_from_the_file(tmp_path: Path) -> None:
    turns = [[{"text": f"turn {number}"}] for number in range(talks.FEWEST_TURNS)]
    path = tmp_path / "dataset.json"
    path.write_text(json.dumps({"long": {"messages": turns}, "short": {"messages": turns[1:]}}))

    assert [talk.name for talk in talks.read_talks(path)] == ["long"]


SHEET = """# To unpack an archive
# of any kind
tar -xf a.tar

# An example without a command

ls -l
"""


def test_a_command_of_a_sheet_is_asked_for_in_the_words_above_it_or_told_with_them(tmp_path: Path) -> None:
    (tmp_path / "tar").write_text(SHEET)

    uses = commands.read_sheet(tmp_path / "tar")
    made = commands.from_sheets({"tar": uses * 40})

    assert uses == [("To unpack an archive of any kind", "tar -xf a.tar")]
    told = b"".join(made.sessions[0].lines).count(b'"description"')
    assert 0 < len(made.questions) == 40 - told
    assert {question.text for question in made.questions} == {"To unpack an archive of any kind with tar"}


MODULE = '''
DOCUMENTATION = """
module: user
short_description: Manage accounts
"""
EXAMPLES = """
- name: Add the user ada with a shell
  # as root
  user:
    name: ada

- name: Go
  user:
    name: bob
"""
'''


def test_a_task_is_told_without_its_name_and_its_name_is_the_question() -> None:
    module = playbooks.read_module(MODULE, "user")
    made = playbooks.from_modules([module])

    assert module.about == "Manage accounts"
    assert module.tasks[0] == ("Add the user ada with a shell", "- user:\n    name: ada")
    assert [question.text for question in made.questions] == ["Add the user ada with a shell"]
    assert b"with a shell" not in b"".join(made.sessions[0].lines)

"""What was forgotten is recognised however it is written down, and nothing else is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_memory import model
from simple_memory.store import tombstones

KEY = b"k" * 32


def made(
    *, phrases: tuple[str, ...] = (), lines: tuple[bytes, ...] = (), sessions: tuple[str, ...] = ()
) -> tombstones.Tombstones:
    plain = tombstones.Tombstones(KEY)
    rows: list[tuple[str, bytes, int]] = [("line", plain.digest(line), 0) for line in lines]
    rows += [("session", plain.digest(session.encode()), 0) for session in sessions]
    for phrase in phrases:
        words = tombstones.words_of(tombstones.plain(phrase))
        rows.append(("phrase", plain.digest(" ".join(words).encode()), len(words)))
    return tombstones.Tombstones(KEY, rows)


@pytest.mark.parametrize(
    "said",
    [
        "about Blue Heron Lane today",
        "blue   heron\nlane",
        'he said "blue heron, lane"',
        "path/blue-heron-lane.txt",
        "\tblue\theron\tlane\t",
        "blue heron lane",
    ],
)
def test_a_phrase_is_recognised_in_json_however_often_it_was_escaped(said: str) -> None:
    known = made(phrases=("Blue heron lane",))
    line = json.dumps({"text": said})
    for written in (
        said.replace("\n", " "),
        line,
        json.dumps({"inner": line}),
        json.dumps({"a": json.dumps({"b": line})}),
    ):
        assert known.gaps(written.encode()) == [(0, len(written.encode()), None)]


@pytest.mark.parametrize(
    "said", ["blue heron", "blue herons lane", "lane heron blue", "bluer heron lane", "blue and heron lane"]
)
def test_other_words_are_no_phrase(said: str) -> None:
    assert made(phrases=("blue heron lane",)).gaps(json.dumps({"text": said}).encode()) == []


def test_words_with_accents_are_recognised_as_escapes_too() -> None:
    known = made(phrases=("crème brûlée",))
    assert known.gaps(json.dumps({"text": "a CRÈME brûlée"}).encode())
    assert known.gaps(json.dumps({"text": "a CRÈME brûlée"}, ensure_ascii=False).encode())


@given(st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), max_size=8), st.data())
def test_forgotten_lines_become_blanks_and_all_else_keeps_its_place(lines: list[bytes], data: st.DataObject) -> None:
    gone = data.draw(st.lists(st.sampled_from(lines), unique=True)) if lines else []
    content = b"\n".join(lines)
    known = made(lines=tuple(gone))
    blanked = tombstones.blanked(content, known.gaps(content))
    assert len(blanked) == len(content)
    for before, after in zip(content.split(b"\n"), blanked.split(b"\n"), strict=True):
        assert after == (b" " * len(before) if before in gone else before)


@given(st.text(max_size=80))
def test_reading_escapes_never_fails_and_leaves_words_that_have_none(text: str) -> None:
    assert tombstones.plain(json.dumps(text)) is not None
    if "\\" not in text:
        assert tombstones.plain(text) == " ".join(text.casefold().split())


def test_a_forgotten_session_hides_its_transcript_and_its_subagents_and_no_other() -> None:
    known = made(sessions=("one",))
    for place, hidden in (
        (model.Place(agent="a", form=model.Form.LINES, session="one"), True),
        (model.Place(agent="a", form=model.Form.LINES, session="one/agent-x", parent="one"), True),
        (model.Place(agent="a", form=model.Form.LINES, session="two"), False),
        (model.Place(agent="a", form=model.Form.LINES, session=None), False),
    ):
        assert known.hides(place, "/x/y.jsonl") is hidden

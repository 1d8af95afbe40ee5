"""Long texts come back as they were, whether they were packed or stand in the archive alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simple_memory import config, errors
from simple_memory.store import archive, connection, packing

TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def no_archive() -> apsw.Connection:
    raise AssertionError


@given(TEXTS, TEXTS)
def test_packed_texts_come_back_and_are_never_taken_for_a_reference(one: str, other: str) -> None:
    texts = packing.LongTexts(no_archive)
    both = packing.pack(one, other)
    assert texts.first("beginning", both) == one
    assert texts.second("beginning", both) == (other or None)
    assert texts.second("beginning", packing.pack(one)) == "beginning"


def test_what_was_not_packed_is_what_the_row_says() -> None:
    texts = packing.LongTexts(no_archive)
    assert texts.first("plain", None) == texts.second("plain", None) == "plain"
    assert texts.first(None, None) is None


@settings(max_examples=40)
@given(st.dictionaries(TEXTS, JSON, max_size=5))
def test_json_that_is_cut_is_still_json_with_the_same_keys_and_no_long_string(value: dict[str, Any]) -> None:
    value["long"] = "word " * packing.BEGINNING
    text = packing.cut_json(json.dumps(value))
    cut = json.loads(text)
    assert cut.keys() == value.keys()
    assert cut["long"] == value["long"][: packing.BEGINNING] + "…"
    assert json.loads(packing.cut_json(text)).keys() == value.keys()


# ── references ──

CONTENT = b"".join(
    json.dumps({"number": number, "text": f"größe {number} " * 20}).encode() + b"\n" for number in range(90)
)
FRAME = 700


@pytest.fixture
def store(tmp_path: Path) -> Any:
    """Give a connection to a store whose only transcript is CONTENT, in frames of FRAME bytes."""
    home = config.Home(str(tmp_path / "memory"))
    config.make_home(home)
    opened = connection.open_writer(home)
    opened.execute(
        "INSERT INTO transcript (id, agent, path, form, state, first_seen) VALUES (5, 'claude-code', '/x', 'lines',"
        " 'present', '2026-01-01T00:00:00.000Z')"
    )
    packer = archive.Packer()
    for start in range(0, len(CONTENT), FRAME):
        archive.add(opened, 5, 2, packer.frames(CONTENT[start : start + FRAME], start))
    yield opened
    opened.close()


@pytest.mark.parametrize("scattered", [False, True])
@pytest.mark.parametrize("length", [0, 1, FRAME, FRAME * 3 + 7, len(CONTENT) // 2])
@pytest.mark.parametrize("offset", [0, 1, FRAME - 1, FRAME, FRAME * 2 + 3])
def test_a_reference_gives_the_bytes_of_any_place_across_frames(
    store: apsw.Connection, offset: int, length: int, scattered: bool
) -> None:
    while (CONTENT[offset] & 0xC0) == 0x80:  # not in the middle of a character
        offset += 1
    while (CONTENT[offset + length] & 0xC0) == 0x80:
        length += 1
    texts = packing.LongTexts(lambda: store, scattered=scattered)
    refers = packing.refer(packing.VERBATIM, 5, 2, offset, length)
    assert texts.first("beginning", refers) == CONTENT[offset : offset + length].decode()


def test_a_reference_to_a_json_string_gives_its_text_and_what_was_packed_beside_it(store: apsw.Connection) -> None:
    texts = packing.LongTexts(lambda: store)
    for number in (0, 40, 89, 3):
        wanted = f"größe {number} " * 20
        written = json.dumps(wanted).encode()
        refers = packing.refer(packing.STRING, 5, 2, CONTENT.index(written), len(written), "beside")
        assert (texts.first("beginning", refers), texts.second("plain", refers)) == (wanted, "beside")
        alone = packing.refer(packing.STRING, 5, 2, CONTENT.index(written), len(written))
        assert texts.second("plain", alone) == "plain"


def test_the_archive_is_asked_once_for_what_stands_in_the_latest_frames(
    store: apsw.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    real = archive.frame_at

    def frame_at(opened: apsw.Connection, transcript_id: int, generation: int, offset: int) -> Any:
        asked.append(offset // FRAME)
        return real(opened, transcript_id, generation, offset)

    monkeypatch.setattr(archive, "frame_at", frame_at)
    texts = packing.LongTexts(lambda: store)
    for number in (*range(packing.FRAMES_KEPT), *range(packing.FRAMES_KEPT), packing.FRAMES_KEPT, 0):
        texts.first("", packing.refer(packing.VERBATIM, 5, 2, CONTENT.index(b"{", number * FRAME), 1))
    assert asked == [CONTENT.index(b"{", number * FRAME) // FRAME for number in (*range(packing.FRAMES_KEPT + 1), 0)]


@pytest.mark.parametrize("scattered", [False, True])
@pytest.mark.parametrize("place", [(5, 2, len(CONTENT), 1), (5, 2, len(CONTENT) - 1, 2), (5, 1, 0, 1), (6, 2, 0, 1)])
def test_a_reference_to_what_the_archive_does_not_hold_is_damage(
    store: apsw.Connection, place: tuple[int, int, int, int], scattered: bool
) -> None:
    texts = packing.LongTexts(lambda: store, scattered=scattered)
    with pytest.raises(errors.StoreDamaged):
        texts.first("", packing.refer(packing.VERBATIM, *place))


def test_the_length_of_a_packed_text_is_known_without_unpacking_also_where_it_is_damaged() -> None:
    place = packing.refer(packing.VERBATIM, 1, 0, 0, 7000, "beside it")

    assert packing.length_about(place[: packing.HEAD], len(place)) == 7000
    assert packing.length_about(place[:3], 3) > 0


def test_a_frame_that_is_damaged_gives_no_text(store: apsw.Connection) -> None:
    store.execute("UPDATE frame SET packed = substr(packed, 1, length(packed) - 20) WHERE offset = 0")
    with pytest.raises(errors.StoreDamaged):
        packing.LongTexts(lambda: store, scattered=True).first("", packing.refer(packing.VERBATIM, 5, 2, FRAME - 9, 9))

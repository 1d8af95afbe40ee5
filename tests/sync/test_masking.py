"""Secrets in a transcript's bytes get marks of their own length, and lines of JSON stay what they were."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_memory import redaction
from simple_memory.store import tombstones
from simple_memory.sync import masking
from tests import secrets_planted as planted


def masked(content: bytes, *, is_json: bool = True) -> bytes:
    return tombstones.blanked(content, masking.find(content, is_json=is_json))


def parts_of(kind: str) -> list[str]:
    """Return what must not stand anywhere of the secret of a kind."""
    return [line for line in planted.SECRETS[kind].split("\n") if "-----" not in line]


@pytest.mark.parametrize("kind", planted.SECRETS)
@pytest.mark.parametrize("depth", range(4))
def test_a_secret_is_hidden_however_often_its_line_was_escaped(kind: str, depth: int) -> None:
    said = planted.told(kind)
    for _ in range(depth):
        said = json.dumps({"inner": said, "next": "otter"})
    line = json.dumps({"type": "user", "message": {"content": said, "after": "badger"}}).encode()
    made = masked(line)
    assert len(made) == len(line)
    assert all(part.encode() not in made for part in parts_of(kind))
    if made.strip():
        told = json.loads(made)
        assert told["message"]["after"] == "badger"
        assert told["type"] == "user"


@pytest.mark.parametrize("kind", planted.SECRETS)
def test_a_secret_written_in_escapes_takes_its_line_along(kind: str) -> None:
    said = planted.told(kind)
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in said)
    made = masked(b'{"text":"' + escaped.encode() + b'"}')
    assert "".join(f"\\u{ord(letter):04x}" for letter in parts_of(kind)[0]).encode() not in made


@pytest.mark.parametrize("kind", planted.SECRETS)
def test_a_mark_is_shown_as_on_the_way_out(kind: str) -> None:
    line = json.dumps({"text": planted.told(kind)}).encode()
    shown = redaction.redact(json.loads(masked(line))["text"])
    assert "~]" not in shown
    assert "[redacted" in shown or "***" in shown
    assert masked(masked(line)) == masked(line)


@pytest.mark.parametrize("kind", planted.SECRETS)
def test_no_half_of_a_secret_stays_in_a_line_that_is_not_finished(kind: str) -> None:
    line = json.dumps({"text": planted.told(kind), "more": 1}).encode()
    (longest,) = sorted(parts_of(kind), key=len)[-1:]
    begins = line.index(longest.encode()[:4])
    for cut in range(begins + 8, begins + len(longest)):
        made = tombstones.blanked(line[:cut], masking.unfinished(line[:cut]))
        assert len(made) == cut
        assert longest.encode()[: cut - begins] not in made


@given(st.binary(max_size=400))
def test_any_bytes_keep_their_length_and_their_lines(content: bytes) -> None:
    for is_json in (True, False):
        made = masked(content, is_json=is_json)
        assert len(made) == len(content)
        assert made.count(b"\n") == content.count(b"\n")


@given(
    st.recursive(
        st.text() | st.sampled_from([planted.told(kind) for kind in planted.SECRETS]),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=8,
    ),
    st.booleans(),
)
def test_no_planted_secret_is_left_in_any_json_and_it_stays_json(value: object, ascii_only: bool) -> None:
    line = json.dumps({"value": value}, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    made = masked(line)
    assert len(made) == len(line)
    assert all(part.encode() not in made for kind in planted.SECRETS for part in parts_of(kind))
    if made.strip():
        json.loads(made.decode("utf-8", "surrogatepass"))


@given(st.integers(1, 200), st.sampled_from(redaction.KINDS))
def test_a_mark_is_as_long_as_what_it_stands_for(length: int, kind: str) -> None:
    assert len(redaction.mark(kind, length)) == length

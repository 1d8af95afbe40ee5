"""Runs written without blanks are found whatever stands around them, also by the quick look that comes first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simple_memory.store import beyond_words

EDGES = "a é→…✓😀\ufffd⺀⿟〇ぁㇰ㐀䶿一鿿가힯豈𠀀ฯແကឃ\u07ff\u0800\u2fff\u3000\u4dc0"


@given(st.text(st.sampled_from(EDGES) | st.characters(exclude_categories=["Cs"]), max_size=12))
def test_the_quick_look_at_bytes_passes_over_no_run(text: str) -> None:
    assert beyond_words.unspaced_runs(text) == beyond_words._unspaced().findall(text)


def test_every_character_of_those_scripts_is_found_alone() -> None:
    missed = [
        code for code in (*range(0x700, 0x3200), *range(0x3200, 0x32000, 61))
        if not 0xD800 <= code < 0xE000
        and bool(beyond_words.unspaced_runs(chr(code))) != bool(beyond_words._unspaced().fullmatch(chr(code)))
    ]  # fmt: skip
    assert missed == []

"""Runs written without blanks are found whatever stands around them, also by the quick look that comes first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simple_memory.store import index

EDGES = "a é→…✓😀\ufffd⺀⿟〇ぁㇰ㐀䶿一鿿가힯豈𠀀ฯແကឃ\u07ff\u0800\u2fff\u3000\u4dc0"


@given(st.text(st.sampled_from(EDGES) | st.characters(exclude_categories=["Cs"]), max_size=12))
def test_the_quick_look_at_bytes_passes_over_no_run(text: str) -> None:
    assert index.unspaced_runs(text) == index._compiled(index._UNSPACED).findall(text)


def test_every_character_of_those_scripts_is_found_alone() -> None:
    missed = [
        code for code in (*range(0x700, 0x3200), *range(0x3200, 0x32000, 61))
        if not 0xD800 <= code < 0xE000
        and bool(index.unspaced_runs(chr(code))) != bool(index._compiled(index._UNSPACED).fullmatch(chr(code)))
    ]  # fmt: skip
    assert missed == []

"""How sessions are named to people."""

import pytest

from simple_memory.cli import render


@pytest.mark.parametrize(
    ("session", "shown"),
    [
        ("6a085920-0f4e-4e0a-9d7e-1b2c3d4e5f60", "6a085920"),
        ("6a085920-0f4e-4e0a-9d7e-1b2c3d4e5f60/agent-a1b2c3", "agent-a1b2c3"),
        ("notes", "notes"),
        ("drafts/01", "drafts/01"),
    ],
)
def test_a_session_is_named_so_that_show_finds_it(session: str, shown: str) -> None:
    assert render.short_id(session) == shown

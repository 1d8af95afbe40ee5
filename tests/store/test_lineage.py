"""A message that stands in several sessions is shown in each and counted once, where it was said first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import records, transcript
from tests.sync import stores


@pytest.mark.parametrize("forked_first", [False, True])
@pytest.mark.parametrize("by_sdk", [False, True])
def test_a_fork_shows_all_of_its_messages_and_counts_only_its_own(
    tmp_path: Path, forked_first: bool, by_sdk: bool
) -> None:
    original = (
        transcript.Session(session=records.uuid_of(1))
        .prompt("go")
        .tool("Bash", {"command": "ls"}, result="x")
        .reply("so")
    )
    name = records.uuid_of(2)
    fork = (original.fork_by_sdk(session=name) if by_sdk else original.fork(session=name)).prompt("else").reply("no")
    original.prompt("more").reply("yes")
    both = [fork, original] if forked_first else [original, fork]
    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        for session in both:
            session.write(tmp_path / "claude")
            memory.sync()
        rows = memory.ask("SELECT shown, messages, prompts, tool_calls, tool_results FROM sessions")
        assert sorted(rows) == sorted([(6, 6, 2, 1, 1), (6, 2, 1, 0, 0)])
        assert memory.one("SELECT messages FROM sessions WHERE session = ?", original.session) == 6
        assert memory.ask("SELECT messages, tool_calls, tool_results FROM counter") == [(8, 1, 1)]
        stores.assert_counts_hold(memory)


def test_a_summary_names_the_session_of_its_leaf_whatever_file_it_stands_in(tmp_path: Path) -> None:
    told = transcript.Session().prompt("go").reply("gone")
    teller = transcript.Session().summary("about the other", leaf=told.leaf).prompt("mine").reply("yes")
    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        teller.write(tmp_path / "claude")
        memory.sync()
        told.write(tmp_path / "claude")
        memory.sync()
        titles: dict[str, str] = dict(memory.ask("SELECT session, title FROM sessions"))
    assert titles == {told.session: "about the other", teller.session: "mine"}


def test_a_title_that_is_written_again_before_anything_is_said_is_one_note(tmp_path: Path) -> None:
    session = transcript.Session()
    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        for _ in range(2):
            session.title("again and again").append(tmp_path / "claude")
            memory.sync()
        session.title("again and again").prompt("go").append(tmp_path / "claude")
        memory.sync()
        assert memory.ask("SELECT kind, text FROM notes") == [("custom-title", "again and again")]
        assert memory.ask("SELECT title, messages FROM sessions") == [("again and again", 1)]

"""A line that is read before it is finished is read once, whole, wherever it was cut (fault T1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import records, transcript
from tests.sync import stores

NASTY = 'Größe "quoted" \\ {"type":"user"} }\u2028\U0001f5c2 end}'


def session_of(number: int) -> transcript.Session:
    session = transcript.Session(
        session=records.uuid_of("torn", number), start=f"2026-01-05T09:00:{number % 60:02d}.000Z"
    )
    return session.prompt("Begin").tool("Bash", {"command": "ls"}, result="a\nb")


LAST_LINES = {
    "prompt": lambda session: session.prompt(NASTY),
    "tool call": lambda session: session.call("Write", {"file_path": "/a", "content": NASTY}),
    "tool result": lambda session: session.call("Read", {"file_path": "/a"}).result(NASTY),
    "title": lambda session: session.title(NASTY),
    "queued prompt": lambda session: session.queue("enqueue", NASTY),
}


@pytest.mark.parametrize("kind", LAST_LINES)
@pytest.mark.parametrize("restarted", [False, True], ids=["live", "restarted"])
@pytest.mark.fault("T1")
def test_a_last_line_cut_at_any_byte_and_completed_later_is_as_if_it_had_never_been_cut(
    tmp_path: Path, kind: str, restarted: bool
) -> None:
    claude = tmp_path / "claude"
    length = len(LAST_LINES[kind](session_of(0)).lines[-1])
    step = 1 if not restarted else 7
    whole: dict[Path, bytes] = {}
    for cut in range(0, length + 1, step):  # a session of its own for each place to cut at
        session = LAST_LINES[kind](session_of(cut))
        path = session.write(claude)
        whole[path] = path.read_bytes()
    wanted, archive = stores.once(tmp_path / "one-shot", claude)

    for cut, (path, content) in zip(range(0, length + 1, step), whole.items(), strict=True):
        path.write_bytes(content[: len(content) - length + cut])
    with stores.Memory(tmp_path, claude) as memory:
        memory.sync()
        before = memory.latest()
        assert before == stores.every_file(claude)
        if restarted:
            memory.restart()
        for path, content in whole.items():
            with path.open("ab") as file:
                file.write(content[path.stat().st_size :])
        memory.sync()
        stores.assert_counts_hold(memory)

        stores.assert_same(memory.tell(), wanted)
        assert memory.latest() == archive


def test_an_unfinished_line_waits_and_is_counted_as_waiting(tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    path = session_of(0).write(claude)
    with path.open("ab") as file:
        file.write(b'{"type":"user","uuid":"1","mess')

    with stores.Memory(tmp_path, claude) as memory:
        memory.sync()

        assert memory.one("SELECT count(*) FROM messages") == 3
        assert memory.one("SELECT count(*) FROM quarantine") == 0
        assert memory.engine.totals().pending == 1
        assert memory.latest() == stores.every_file(claude)


def test_a_whole_record_that_lacks_only_its_line_feed_is_shown_at_once(tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    path = session_of(0).prompt("Visible?").write(claude)
    path.write_bytes(path.read_bytes()[:-1])

    with stores.Memory(tmp_path, claude) as memory:
        memory.sync()
        assert memory.one("SELECT text FROM messages ORDER BY position DESC LIMIT 1") == "Visible?"
        with path.open("ab") as file:
            file.write(b"\n" + session_of(0).prompt("x").reply("After").lines[-1])
        memory.sync()

        assert [text for (text,) in memory.ask("SELECT text FROM messages ORDER BY position")][-2:] == [
            "Visible?",
            "After",
        ]


@pytest.mark.fault("T1")
def test_two_records_on_one_line_are_the_same_two_records_wherever_the_line_was_cut(tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    session = session_of(0).prompt("first of the line").reply("second of the line")
    session.lines[-2] = session.lines[-2][:-1]
    path = session.write(claude)
    content = path.read_bytes()
    length = len(session.lines[-2] + session.lines[-1])
    wanted, _ = stores.once(tmp_path / "one-shot", claude)

    for cut in range(1, length, 9):
        path.write_bytes(content[: len(content) - length + cut])
        with stores.Memory(tmp_path / str(cut), claude) as memory:
            memory.sync()
            path.write_bytes(content)
            memory.sync()

            stores.assert_same(memory.tell(), wanted)


def test_a_tail_that_is_replaced_before_it_was_finished_leaves_nothing(tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    path = session_of(0).write(claude)
    before = path.read_bytes()

    with stores.Memory(tmp_path, claude) as memory:
        path.write_bytes(before + b'{"type":"user","mess')
        memory.sync()
        session_of(0).prompt("Something else").write(claude)
        memory.sync()

        assert memory.latest() == stores.every_file(claude)
        assert memory.one("SELECT count(*) FROM quarantine") == 0
        assert memory.one("SELECT count(*) FROM messages WHERE text = 'Something else'") == 1

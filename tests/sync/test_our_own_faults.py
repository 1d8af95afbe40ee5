"""A line that brings our own code down costs itself: it is archived and set aside, and everything else is stored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simple_memory import config, model
from simple_memory.sources import source
from simple_memory.store import archive, archived, connection
from simple_memory.sync import findable
from simple_memory.upkeep import replay
from tests.builders import records, transcript
from tests.sync import stores

NO_JSON = "no JSON " * 200


def fail_to_read(_: source.Line) -> source.Line:
    raise RuntimeError("a fault of ours")


def make_unwritable(told: source.Line) -> source.Line:
    """Return what was told with a call that no row can be made of."""
    call = model.ToolCall(call_id="c", name="Bash", input=NO_JSON)
    message = model.Message(role=model.Role.ASSISTANT, kind="tool_call", uuid="x", calls=(call,))
    return source.Line(readings=(model.Reading(type="assistant", message=message, session="s"),))


class Faulty(stores.Rooted):
    """Claude Code with a fault: what lines with BREAK in them tell goes through `spoil`."""

    def __init__(self, claude: Path, spoil: Callable[[source.Line], source.Line]) -> None:
        super().__init__(claude)
        self._spoil = spoil

    def read_line(self, line: bytes, place: model.Place) -> source.Line:
        told = super().read_line(line, place)
        return self._spoil(told) if b"BREAK" in line else told

    def read_whole(self, content: bytes, place: model.Place) -> source.Line:
        told = super().read_whole(content, place)
        return self._spoil(told) if b"BREAK" in content else told


def lay_out(claude: Path) -> None:
    spoiled = (
        transcript.Session(session="a").prompt("one").prompt("BREAK").prompt("two").prompt("BREAK").prompt("three")
    )
    sound = transcript.Session(session="b").prompt("four").reply("five")
    stores.lay_out(claude, {"-p/a.jsonl": b"".join(spoiled.lines), "-p/b.jsonl": b"".join(sound.lines)})


def texts(memory: stores.Memory) -> list[str]:
    return [text for (text,) in memory.ask("SELECT text FROM messages ORDER BY session, position")]


@pytest.fixture(params=[fail_to_read, make_unwritable])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> stores.Memory:
    """Give a memory whose source has a fault, while it is read or while it is written."""
    lay_out(tmp_path / "claude")
    return stores.Memory(tmp_path, tmp_path / "claude", sources=(Faulty(tmp_path / "claude", request.param),))


@pytest.mark.fault("T5")
def test_only_the_line_that_brings_us_down_is_set_aside(memory: stores.Memory, tmp_path: Path) -> None:
    with memory.sync():
        assert texts(memory) == ["one", "two", "three", "four", "five"]
        assert memory.one("SELECT quarantined FROM counter") == 2
        assert memory.latest() == stores.every_file(tmp_path / "claude")
        assert [name for name, _ in memory.heard] == ["transcript_skipped"]
        stores.assert_counts_hold(memory)


def test_lines_that_come_live_after_it_are_stored(memory: stores.Memory, tmp_path: Path) -> None:
    with memory.sync():
        path = tmp_path / "claude" / "projects" / "-p" / "a.jsonl"
        for text in ("BREAK again", "six"):
            with open(path, "ab") as file:
                file.write(records.line(records.user(text, uuid=records.uuid_of(text), session="a")))
            memory.note(path)
        assert texts(memory)[2:4] == ["three", "six"]
        assert memory.one("SELECT quarantined FROM counter") == 3


def test_a_file_that_is_read_as_a_whole_is_archived_all_the_same(memory: stores.Memory, tmp_path: Path) -> None:
    with memory:
        stores.lay_out(tmp_path / "claude", {"-p/a/tool-results/out.txt": b"BREAK"})
        memory.sync()
        assert memory.latest() == stores.every_file(tmp_path / "claude")
        assert memory.one("SELECT quarantined FROM counter") == 3


def test_an_archive_is_read_anew_with_the_same_care(memory: stores.Memory, tmp_path: Path) -> None:
    second = config.Home(str(tmp_path / "second"))
    config.make_home(second)
    with memory.sync():
        target = connection.open_writer(second)
        held = connection.open_reader(memory.home)
        sources = (Faulty(tmp_path / "claude", make_unwritable),)
        problems = replay.Replay(held, target, str(tmp_path), config.Settings(), sources=sources).run(
            archived.every_file(held)
        )
        told = [text for (text,) in target.execute("SELECT text FROM messages ORDER BY session, position")]
        aside = list(target.execute("SELECT offset, length FROM quarantine ORDER BY offset"))
        assert (problems, told) == ([], ["one", "two", "three", "four", "five"])
        assert aside == memory.ask("SELECT offset, length FROM quarantine ORDER BY offset")
        target.close()
        held.close()


def test_an_input_of_any_depth_is_stored(tmp_path: Path) -> None:
    deep = '{"deep": ' * 400 + '"' + "x" * 2000 + '"' + "}" * 400
    call = records.line(records.assistant([{"type": "tool_use", "id": "c", "name": "Tool", "input": "HERE"}]))
    stores.lay_out(tmp_path / "claude", {"-p/s.jsonl": call.replace(b'"HERE"', deep.encode())})
    with stores.Memory(tmp_path, tmp_path / "claude").sync() as memory:
        assert memory.ask("SELECT name, input FROM tool_calls") == [("Tool", deep)]
        assert memory.one("SELECT quarantined FROM counter") == 0


class BrokenIndex(stores.NoIndex):
    """An index that has a fault of its own."""

    def __init__(self) -> None:
        self.closed = 0
        self.commits = 0
        self.is_lively = False

    def catch_up(self, seconds: float, *, in_bulk: bool = False, soon: bool = False) -> bool:
        raise RuntimeError("a fault of ours")

    def close(self) -> None:
        self.closed += 1


def test_a_fault_of_the_index_is_told_once_and_never_ends_the_reading() -> None:
    heard: list[str] = []
    index = BrokenIndex()
    side = findable.Findable(index, lambda name, _: heard.append(name))  # type: ignore[arg-type]
    assert [side.catch_up(1.0), side.catch_up(1.0)] == [False, False]
    assert (heard, index.closed) == (["index_failed"], 1)
    assert side.error == "The index could not take a message: RuntimeError."


def test_what_cannot_be_packed_waits_and_costs_no_other_transcript_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = archive.Packer.begin

    def fail() -> list[archive.Frame]:
        raise RuntimeError("a fault of ours")

    def begin(this: archive.Packer, content: bytes | memoryview, offset: int) -> Callable[[], list[archive.Frame]]:
        if b"BREAK" in bytes(content):
            return fail
        return real(this, content, offset)

    monkeypatch.setattr(archive.Packer, "begin", begin)
    lay_out(tmp_path / "claude")
    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        memory.engine.rescan()
        for _ in range(20):
            memory.engine.work(1.0)
        assert texts(memory) == ["one", "four", "five"]
        assert memory.engine.facts()["unreadable"] == 1
        stores.assert_counts_hold(memory)

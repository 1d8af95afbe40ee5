"""What is known of transcripts: in memory while they are on disk, from the store once they are deleted."""

from __future__ import annotations

from pathlib import Path

from simple_memory.store import known
from tests.builders import transcript
from tests.sync import stores


def test_without_a_store_nothing_is_known() -> None:
    nothing = known.Known()
    assert (list(nothing), len(nothing), nothing.deleted, nothing.get("/x"), nothing.get("/x", 1)) == (
        [],
        0,
        0,
        None,
        1,
    )


def test_a_deleted_transcript_takes_no_memory_and_is_known_all_the_same(tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    paths = [transcript.Session().prompt(word).write(claude) for word in ("one", "two")]
    with stores.Memory(tmp_path, claude) as memory:
        memory.sync()
        paths[0].unlink()
        memory.sync()
        assert memory.engine.facts()["deleted_at_source"] == 1
        memory.restart()
        assert memory.engine.facts()["deleted_at_source"] == 1
        with memory.reader() as opened:
            here = known.Known(opened)
            assert (list(here), here.deleted) == ([str(paths[1])], 1)
            gone = here.get(str(paths[0]))
            assert (gone.state, gone.offset > 0) == ("deleted", True)
            assert here.get("/never") is None


def test_a_transcript_that_comes_back_is_not_read_twice(tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    path = transcript.Session().prompt("hello").reply("world").write(claude)
    with stores.Memory(tmp_path, claude) as memory:
        memory.sync()
        before = memory.tell("transcripts")
        content = path.read_bytes()
        path.unlink()
        memory.sync().restart()
        path.write_bytes(content)
        memory.sync()
        assert memory.engine.facts()["deleted_at_source"] == 0
        assert memory.tell("transcripts") == before
        assert memory.latest() == {str(path): content}
        stores.assert_counts_hold(memory)

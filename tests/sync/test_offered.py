"""What the sync hands to the index: the documents that would be read from the store, without reading them."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from simple_memory import config, errors
from simple_memory.store import connection, documents, index, indexer, writer
from simple_memory.sync import company, engine
from tests.builders import transcript
from tests.sync import stores, tangle


@pytest.mark.parametrize("seed", range(20))
def test_whatever_stands_in_transcripts_what_is_offered_equals_what_would_be_read(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company, "ALONE", company.ALONE._replace(commit_bytes=1))  # a transaction for each transcript
    monkeypatch.setattr(stores.NoIndex, "taken", 0)
    claude = tmp_path / "claude"
    tangle.write(claude, seed)
    with stores.Memory(tmp_path, claude) as memory:
        memory.sync()  # the index of `stores` compares
        assert stores.NoIndex.taken > 0


def test_an_import_into_an_empty_home_reads_no_document_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claude = tmp_path / "claude"
    transcript.Session().prompt("hello").tool("Bash", {"command": "ls"}, result="files").reply("done").write(claude)
    read: list[documents.Document] = []
    real = documents.read_documents

    def read_documents(*arguments: object) -> list[documents.Document]:
        found = real(*arguments)  # type: ignore[arg-type]
        read.extend(found)
        return found

    monkeypatch.setattr(documents, "read_documents", read_documents)
    home = stores.Memory(tmp_path, claude).home
    one = engine.Engine(home, config.Settings(), report=lambda *_: None, sources=(stores.Rooted(claude),))
    one.open()
    one.rescan()
    while one.work(1.0):
        pass
    assert not read
    assert one.facts()["messages_to_index"] == 0
    one.close()


@pytest.mark.parametrize(
    ("live_characters", "wanted"), [(1 << 40, ["again", "commit"]), (0, ["commit", "again", "commit"])]
)
def test_a_pass_commits_the_index_at_its_end_once_and_much_also_while_it_settles_what_is_indexed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, live_characters: int, wanted: list[str]
) -> None:
    monkeypatch.setattr(indexer, "LIVE_CHARACTERS", live_characters)
    claude = tmp_path / "claude"
    tangle.write(claude, 0)
    home = stores.Memory(tmp_path, claude).home
    one = engine.Engine(home, config.Settings(), report=lambda *_: None, sources=(stores.Rooted(claude),))
    one.open()
    one.rescan()
    done: list[str] = []
    commit, remove = index.IndexWriter.commit, index.IndexWriter.remove

    def committed(this: index.IndexWriter) -> None:
        done.append("commit")
        commit(this)

    def removed(this: index.IndexWriter, ids: list[int]) -> None:
        done.append("again")
        remove(this, ids)

    monkeypatch.setattr(index.IndexWriter, "commit", committed)
    monkeypatch.setattr(index.IndexWriter, "remove", removed)

    while one.work(60.0):
        pass

    assert done == wanted
    assert one.facts()["messages_to_index"] == 0
    one.close()


def test_a_result_that_came_before_its_call_is_indexed_under_the_calls_name(tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    session = transcript.Session().prompt("go").tool("Bash", {"command": "ls"}, result="files")
    session.lines[-2:] = reversed(session.lines[-2:])
    path = session.write(claude)
    whole = path.read_bytes()
    cut = whole[: whole.rstrip(b"\n").rfind(b"\n") + 1]
    path.write_bytes(cut)
    with stores.Memory(tmp_path, claude) as memory:
        memory.sync()
        path.write_bytes(whole)
        memory.sync()
        assert memory.one("SELECT name FROM tool_calls") == "Bash"


@pytest.mark.parametrize("is_cut", [False, True])
def test_what_our_program_answered_in_a_shell_is_offered_as_it_would_be_read(tmp_path: Path, is_cut: bool) -> None:
    claude = tmp_path / "claude"
    session = transcript.Session().prompt("go")
    session.tool("Bash", {"command": "simple-memory search zebra"}, result="the zebra crossing")
    path = session.write(claude)
    whole = path.read_bytes()
    with stores.Memory(tmp_path, claude) as memory:
        if is_cut:  # the answer comes in a later transaction than the call
            path.write_bytes(whole[: whole.rstrip(b"\n").rfind(b"\n") + 1])
            memory.sync()
        path.write_bytes(whole)
        memory.sync()  # the index of `stores` compares
        assert memory.one("SELECT result FROM tool_calls") == "the zebra crossing"


def test_what_the_index_was_offered_of_a_transaction_that_failed_is_taken_once_when_it_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "BESIDE_BYTES", 0)
    claude = tmp_path / "claude"
    transcript.Session().prompt("hello").reply("done").write(claude)
    home = stores.Memory(tmp_path, claude).home
    one = engine.Engine(home, config.Settings(), report=lambda *_: None, sources=(stores.Rooted(claude),))
    real, write = connection.open_writer, writer.Writer.write
    written: list[writer.Chunk] = []

    def writing(this: writer.Writer, chunk: writer.Chunk, now: str, *, counts: bool = True) -> None:
        write(this, chunk, now, counts=counts)
        written.append(chunk)

    monkeypatch.setattr(writer.Writer, "write", writing)

    def open_once(*arguments: object, **more: object) -> apsw.Connection:
        opened = real(*arguments, **more)  # type: ignore[arg-type]
        opened.set_commit_hook(lambda: bool(written))  # True: it fails
        monkeypatch.setattr(connection, "open_writer", real)
        return opened

    monkeypatch.setattr(connection, "open_writer", open_once)
    one.open()
    one.rescan()
    with pytest.raises(errors.StoreError):
        one.work(1.0)
    while one.work(1.0):
        pass
    searcher, _ = index.IndexReader(home.index).searcher()
    assert searcher.num_docs == 2
    assert one.facts()["messages_to_index"] == 0
    one.close()

"""The index as a folder: what is added can be found, what is removed cannot, what is damaged is said."""

from __future__ import annotations

import json
import os
import shutil
import string
from pathlib import Path

import pytest
import tantivy
from hypothesis import given
from hypothesis import strategies as st

from simple_memory import errors
from simple_memory.store import beyond_words, documents, index

HEAP = 15_000_000


def document(
    id_: int, conversation: str = "", *, given: str = "", tool: str = "", session: int = 1
) -> documents.Document:
    return documents.Document(
        id=id_,
        session=session,
        project=1,
        agent="claude-code",
        role="user",
        kind="prompt",
        tools=("Read File",) if tool else (),
        time_ms=0,
        conversation=conversation,
        given=given,
        tool=tool,
    )


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path / "index")


@pytest.fixture
def writer(folder: str) -> index.IndexWriter:
    return index.IndexWriter(folder, HEAP)


def found(folder: str, field: str, word: str, reader: index.IndexReader | None = None) -> list[int]:
    searcher, schema = (reader or index.IndexReader(folder)).searcher()
    result = searcher.search(tantivy.Query.term_query(schema, field, word), 100)
    return sorted(int(id_ or 0) for id_ in searcher.fast_field_values("id", [address for _, address in result.hits]))


def test_what_was_said_is_stemmed_and_what_tools_gave_is_not(folder: str, writer: index.IndexWriter) -> None:
    writer.add([document(1, "Databases were migrating"), document(2, tool="Databases")])
    writer.commit()

    assert found(folder, "conversation", "databas") == [1]
    assert found(folder, "conversation", "migrat") == [1]
    assert found(folder, "tool", "databases") == [2]


def test_nothing_is_found_before_the_commit(folder: str, writer: index.IndexWriter) -> None:
    writer.add([document(1, "early")])

    assert found(folder, "conversation", "earli") == []


def test_removed_documents_are_not_found(folder: str, writer: index.IndexWriter) -> None:
    writer.add([document(number, "same") for number in range(1, 6)])
    writer.commit()

    writer.remove([2, 4])
    writer.add([document(4, "same")])
    writer.remove([])
    writer.commit()

    assert found(folder, "conversation", "same") == [1, 3, 4, 5]


def test_what_lies_above_an_id_can_be_removed(folder: str, writer: index.IndexWriter) -> None:
    writer.add([document(number, "same") for number in range(1, 6)])
    writer.commit()

    writer.remove_above(3)
    writer.add([document(4, "same")])
    writer.commit()

    assert found(folder, "conversation", "same") == [1, 2, 3, 4]


@pytest.mark.parametrize("word", ["parse", "http", "header", "parsehttpheader"])
def test_the_parts_of_a_word_with_capitals_inside_are_found(word: str, folder: str, writer: index.IndexWriter) -> None:
    writer.add([document(1, "call parseHTTPHeader()"), document(2, given="call parseHTTPHeader()")])
    writer.commit()

    assert found(folder, "tool", word) == [2]
    assert found(folder, "conversation", {"parse": "pars", "parsehttpheader": "parsehttphead"}.get(word, word)) == [1]


@pytest.mark.parametrize("length", [39, 40, 64, 128, 5000])
def test_hashes_of_any_length_are_found(length: int, folder: str, writer: index.IndexWriter) -> None:
    word = ("0123456789ABCDEFabcdef" * 300)[:length]
    writer.add([document(1, f"commit {word}, see"), document(2, tool=f"({word})")])
    writer.commit()

    assert found(folder, "conversation", word.lower()) == [1]
    assert found(folder, "tool", word.lower()) == [2]


def test_a_word_that_the_engine_cannot_hold_costs_its_neighbours_nothing(
    folder: str, writer: index.IndexWriter
) -> None:
    writer.add([document(1, "before " + "a" * 70_000 + " after")])
    writer.commit()

    assert found(folder, "conversation", "befor") == [1]
    assert found(folder, "conversation", "after") == [1]


def test_tags_are_single_words(folder: str, writer: index.IndexWriter) -> None:
    writer.add([document(1, tool="x")])
    writer.commit()

    assert found(folder, "tags", index.tag("tool", "read file")) == [1]
    assert found(folder, "tags", "role:user") == [1]


def test_a_reader_sees_each_commit_and_a_new_folder(folder: str, writer: index.IndexWriter) -> None:
    reader = index.IndexReader(folder)
    writer.add([document(1, "first")])
    writer.commit()
    assert found(folder, "conversation", "first", reader) == [1]

    writer.add([document(2, "first")])
    writer.commit()
    assert found(folder, "conversation", "first", reader) == [1, 2]

    writer.close()
    index.drop(folder)
    again = index.IndexWriter(folder, HEAP)
    again.add([document(9, "first")])
    again.commit()
    assert found(folder, "conversation", "first", reader) == [9]


def test_a_reader_reads_while_nothing_writes(folder: str, writer: index.IndexWriter) -> None:
    writer.add([document(1, "kept")])
    writer.commit()
    writer.close()

    assert found(folder, "conversation", "kept") == [1]


def test_no_index_is_said_in_a_sentence(folder: str) -> None:
    with pytest.raises(errors.IndexUnusable) as caught:
        index.IndexReader(folder).searcher()

    assert "sync" in caught.value.hint


@pytest.mark.parametrize("left", [b"", b"garbage", b"nonsense"])
@pytest.mark.parametrize("ending", ["json", "idx", "term", "pos", "fast", "store"])
def test_a_damaged_index_is_said_by_readers_and_writers(
    ending: str, left: bytes, folder: str, writer: index.IndexWriter
) -> None:
    writer.add([document(1, "kept")])
    writer.commit()
    writer.close()
    for entry in os.listdir(folder):
        if entry.rpartition(".")[2] == ending and not entry.startswith("."):
            Path(folder, entry).write_bytes(left)

    with pytest.raises(errors.IndexUnusable):
        index.IndexReader(folder).searcher()
    with pytest.raises(errors.IndexUnusable):
        index.IndexWriter(folder, HEAP)


def test_two_writers_are_refused(folder: str, writer: index.IndexWriter) -> None:
    with pytest.raises(errors.StoreBusy):
        index.IndexWriter(folder, HEAP)

    writer.close()
    index.IndexWriter(folder, HEAP).close()


def test_a_closed_writer_says_so(writer: index.IndexWriter) -> None:
    writer.close()

    with pytest.raises(errors.IndexUnusable):
        writer.commit()


def test_the_folder_is_private(folder: str, writer: index.IndexWriter) -> None:
    assert os.stat(folder).st_mode & 0o777 == 0o700


def test_dropping_what_is_not_there_is_no_error(folder: str) -> None:
    index.drop(folder)

    assert not index.exists(folder)


def test_a_panic_of_the_engine_is_an_unusable_index() -> None:
    panic = type("PanicException", (BaseException,), {})

    with pytest.raises(errors.IndexUnusable), index.guarded("/x"):
        raise panic("index out of bounds")


def test_an_interrupt_is_no_damage() -> None:
    with pytest.raises(KeyboardInterrupt), index.guarded("/x"):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("parseHTTPHeader", "parse HTTP Header"),
        ("getUserName2x getUserName2x", "get User Name 2 x"),
        ("IndexReader", "Index Reader"),
        ("ABC", ""),
        ("Word", ""),
        ("snake_case a/b.py", ""),
        ("iOS", "i OS"),
        ("", ""),
        ("éÀb fooBar", "foo Bar"),
    ],
)
def test_words_are_split_at_capitals(text: str, parts: str) -> None:
    assert beyond_words.split_words(text) == parts


@given(st.text(alphabet=string.ascii_letters + string.digits + "_ é", max_size=300))
def test_any_text_is_split_without_end(text: str) -> None:
    assert all(part.isalnum() for part in beyond_words.split_words(text).split())


def test_a_very_long_run_of_capitals_costs_little() -> None:
    assert len(beyond_words.split_words("aB" * 200_000)) < 100_000


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("No space left on device (os error 28)", errors.DiskFull),
        ("LockBusy", errors.StoreBusy),
        ("", errors.IndexUnusable),
    ],
)
def test_what_the_engine_says_is_told_apart(said: str, kind: type[errors.StoreError]) -> None:
    assert isinstance(index.translate(ValueError(said), "/x"), kind)


def leave(folder: str) -> Path:
    """Leave a file in the index that the engine knows and no segment needs, as a merge that is ended does."""
    left = Path(folder) / f"{'0123456789abcdef' * 2}.pos"
    left.write_bytes(bytes(1000))
    known = Path(folder) / ".managed.json"
    known.write_text(json.dumps([*json.loads(known.read_text(encoding="utf-8")), left.name]), encoding="utf-8")
    return left


def test_what_a_merge_that_was_ended_has_left_is_gone_when_the_index_is_closed(
    folder: str, writer: index.IndexWriter
) -> None:
    writer.add([document(1, "otter")])
    writer.commit()
    writer.close()
    left = leave(folder)
    again = index.IndexWriter(folder, HEAP)
    again.add([document(2, "badger")])
    again.close()
    assert not left.exists()
    assert found(folder, "conversation", "otter") == [1]
    index.IndexWriter(folder, HEAP).close()  # nobody holds its lock
    again.close()


def test_an_index_without_leavings_is_closed_without_a_look_by_the_engine(
    folder: str, writer: index.IndexWriter
) -> None:
    writer.add([document(1, "otter")])
    writer.commit()
    before = {path.name: path.stat().st_mtime_ns for path in Path(folder).iterdir()}
    writer.close()
    assert {path.name: path.stat().st_mtime_ns for path in Path(folder).iterdir()} == before


def test_a_folder_that_is_gone_does_not_keep_an_index_from_being_closed(folder: str, writer: index.IndexWriter) -> None:
    shutil.rmtree(folder)
    writer.close()
    assert not Path(folder).exists()

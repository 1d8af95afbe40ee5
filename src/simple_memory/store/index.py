"""The full-text index as a folder: its fields, the one that writes it, and those that read it; not what goes in.

Everything in it is derived from the store and may be dropped at any time. Fields: docs/decisions/0002-index-fields.md.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Iterable, Iterator

import tantivy

from simple_memory import errors
from simple_memory.store import beyond_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simple_memory.store.documents import Document

FORMAT = 3
"""Changes with the fields or with how text becomes words: an index of another format is built anew."""

CONVERSATION = "conversation"
TOOL = "tool"
TAGS = "tags"
UNSPACED = {CONVERSATION: "pairs", TOOL: "tool_pairs"}
"""Per text field, the one that holds what is written without blanks between words, as pairs of characters."""
SESSION = "session"
TIME = "time"
ID = "id"

_META = "meta.json"
_UNLUCKY = (ValueError, OSError, RuntimeError)
"""What the engine raises: damaged or missing files, no room, a lock."""
_LEAST_HEAP = 15_000_000
"""Bytes that the engine insists on for a writer; it takes them when documents come."""
_SEGMENT_NAME = 32
"""Characters of what a segment's files are called, before the first full stop."""
_GIVEN_SPLIT = 2000
"""Characters of a tool's input whose words are split into their parts too."""


def tag(kind: str, value: object) -> str:
    """Return the word in the field `tags` that says that a message's `kind` ("role", "tool", …) is `value`."""
    return f"{kind}:{'_'.join(str(value).split())}"


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field(ID, indexed=True, fast=True)
    builder.add_unsigned_field(SESSION, indexed=True, fast=True)
    builder.add_integer_field(TIME, fast=True)
    builder.add_text_field(TAGS, tokenizer_name="whitespace", index_option="basic")
    for field in (CONVERSATION, TOOL):
        builder.add_text_field(field, tokenizer_name=field, index_option="position")
    for pairs in UNSPACED.values():
        builder.add_text_field(pairs, tokenizer_name="whitespace", index_option="position")
    return builder.build()


@functools.cache
def analyzer(field: str) -> tantivy.TextAnalyzer:
    """Return what makes words of a text in CONVERSATION (stemmed as English) or TOOL; the engine takes it by that name.

    The engine's own two do the same for 4 % less, but leave out words of 40 bytes and more, such as hashes: finding
    those by ourselves costs twice that, on the thread that reads.
    """
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.lowercase())
    return (builder.filter(tantivy.Filter.stemmer("english")) if field == CONVERSATION else builder).build()


def exists(folder: str) -> bool:
    """Return whether there is an index in `folder`, whole or not."""
    return os.path.exists(os.path.join(folder, _META))


def drop(folder: str) -> None:
    """Remove the index. Readers that have it open keep what they see."""
    import shutil

    aside = f"{folder}.old-{os.getpid()}"
    try:
        os.rename(folder, aside)
    except FileNotFoundError:
        return
    except OSError:
        aside = folder
    shutil.rmtree(aside, ignore_errors=True)


def translate(error: Exception, folder: str) -> errors.StoreError:
    """Return the error of ours that says what the engine's `error` means."""
    text = str(error)
    if "No space left" in text or "os error 28" in text:
        return errors.DiskFull(f"The disk that holds {folder} is full.", "Make room; reading goes on by itself.")
    if "LockBusy" in text or "LockFailure" in text:
        return errors.StoreBusy(f"{folder} is written by another process.", "`simple-memory status` tells who runs.")
    if "ReadOnlyFilesystem" in text or "os error 30" in text:
        return errors.IndexUnusable(
            f"The index {folder} lies on a disk that is mounted read-only, where its engine cannot lock it.",
            "Copy the home to where it can be written; `sessions`, `show`, `sql` and `export` do without.",
        )
    return errors.IndexUnusable(
        f"The index {folder} cannot be used: {text.splitlines()[0] if text else type(error).__name__}.",
        "`simple-memory sync` builds it again from the store; nothing is lost.",
    )


@contextlib.contextmanager
def guarded(folder: str) -> Iterator[None]:
    """Raise IndexUnusable where the engine stumbles over a damaged index while it is asked; it may even panic."""
    try:
        with _calm():
            yield
    except _UNLUCKY as error:
        raise translate(error, folder) from error


@contextlib.contextmanager
def _calm() -> Iterator[None]:
    """Raise RuntimeError where the engine panics, as it does at files that were cut: its panic is no Exception."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise RuntimeError(str(error)) from error


def _refuse_without_positions(folder: str) -> None:
    """Raise ValueError where a segment's positions are gone: the engine opens it all the same, and fails at phrases."""
    names = set(os.listdir(folder))
    gone = [name for name in names if name.endswith(".idx") and f"{name[:-4]}.pos" not in names]
    if gone:
        raise ValueError(f"the positions of {gone[0]} are gone")


class IndexWriter:
    """The one writer of the index in `folder`, which is made where it is missing."""

    def __init__(self, folder: str, heap_bytes: int) -> None:
        """Open it; `heap_bytes` is what is held before a segment is written.

        Raises IndexUnusable for a damaged index, StoreBusy where another process writes it, DiskFull.
        """
        self._folder = folder
        with guarded(folder):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            self._schema = _schema()
            self._index = tantivy.Index(self._schema, path=folder)
            for field in (CONVERSATION, TOOL):
                self._index.register_tokenizer(field, analyzer(field))
            self._index.config_reader("manual")
            self._documents_at_start = self._index.searcher().num_docs  # notices segments that are missing or cut
            _refuse_without_positions(folder)
            writer = self._index.writer(heap_bytes, 1)
            self._writer: tantivy.IndexWriter | None = writer
            self._stamp = writer.commit_opstamp

    @property
    def stamp(self) -> int:
        """The number of the last commit; each has a larger one than those before it."""
        return self._stamp

    @property
    def found(self) -> int:
        """How many documents the index held when it was opened."""
        return self._documents_at_start

    def add(self, documents: Iterable[Document]) -> None:
        """Add `documents`; they can be found after the next commit."""
        writer = self._open_writer()
        with guarded(self._folder):
            for document in documents:
                writer.add_document(_engine_document(document))

    def remove(self, ids: Iterable[int]) -> None:
        """Remove the documents with these ids, where they were added before this call."""
        listed = list(ids)
        if not listed:
            return
        # By query: delete_documents_by_term takes an int for a signed one and deletes nothing (tantivy 0.27.0).
        query = tantivy.Query.term_set_query(self._schema, ID, listed)
        with guarded(self._folder):
            self._open_writer().delete_documents_by_query(query)

    def remove_above(self, id_: int) -> None:
        """Remove every document with a larger id than `id_`: those that were added and never confirmed."""
        query = tantivy.Query.range_query(
            self._schema, ID, tantivy.FieldType.Unsigned, lower_bound=id_, include_lower=False
        )
        with guarded(self._folder):
            self._open_writer().delete_documents_by_query(query)

    def commit(self) -> None:
        """Make everything so far durable and findable."""
        with guarded(self._folder):
            self._stamp = self._open_writer().commit()

    def searcher(self) -> tantivy.Searcher:
        """Return what is committed, to look into it."""
        with guarded(self._folder):
            self._index.reload()
            return self._index.searcher()

    def close(self) -> None:
        """Let go of the index at once; what was not committed is gone, merging stops, and what it leaves is removed."""
        is_open, self._writer = self._writer is not None, None
        with contextlib.suppress(*_UNLUCKY), _calm():  # the next commit removes it
            if is_open and self._has_leavings():
                self._index.writer(_LEAST_HEAP, 1).garbage_collect_files()

    def _has_leavings(self) -> bool:
        """Return whether there are files of segments that are no part of the index: merged away, or half made."""
        stems = {name.partition(".")[0] for name in os.listdir(self._folder)}
        return sum(len(stem) == _SEGMENT_NAME for stem in stems) > self.searcher().num_segments

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            raise errors.IndexUnusable(f"The index {self._folder} is closed.")
        return self._writer


def _engine_document(document: Document) -> tantivy.Document:
    made = tantivy.Document()
    made.add_unsigned(ID, document.id)
    made.add_unsigned(SESSION, document.session)
    made.add_integer(TIME, document.time_ms)
    made.add_text(TAGS, _tags(document.role, document.kind, document.agent, document.project, document.tools))
    if document.conversation:
        _add_words(made, CONVERSATION, document.conversation)
        _add_parts(made, CONVERSATION, document.conversation)
    if document.given:
        _add_words(made, TOOL, document.given)
        _add_parts(made, TOOL, document.given[:_GIVEN_SPLIT])
    if document.tool:
        _add_words(made, TOOL, document.tool)
    return made


@functools.lru_cache(maxsize=4096)
def _tags(role: str, kind: str, agent: str, project: int, tools: tuple[str, ...]) -> str:
    """Return the words of the field `tags`. Few messages have tags of their own: most find theirs made already."""
    words = [tag("role", role), tag("kind", kind), tag("agent", agent), tag("project", project)]
    words.extend(tag("tool", name.lower()) for name in tools)
    return " ".join(words)


def _add_words(made: tantivy.Document, field: str, text: str) -> None:
    """Add `text`, and its runs that are written without blanks, as overlapping pairs and their last character."""
    made.add_text(field, text)
    if not text.isascii():
        for run in beyond_words.unspaced_runs(text):
            made.add_text(UNSPACED[field], " ".join(run[at : at + 2] for at in range(len(run))))


def _add_parts(made: tantivy.Document, field: str, text: str) -> None:
    """Add the parts of the words of `text` that have a capital inside."""
    parts = beyond_words.split_words(text)
    if parts:
        made.add_text(field, parts)


class IndexReader:
    """The index in `folder` for reading, from any process, also while it is written or nothing runs.

    Looks before each use whether a commit has changed it. May be shared by threads.
    """

    def __init__(self, folder: str) -> None:
        """Take the folder; it is opened at the first use."""
        self._folder = folder
        self._index: tantivy.Index | None = None
        self._seen: tuple[int, ...] = ()
        self._lock = threading.Lock()

    def searcher(self) -> tuple[tantivy.Searcher, tantivy.Schema]:
        """Return the newest committed state and the schema that queries on it are made with.

        Raises IndexUnusable where there is no index, or a damaged one.
        """
        with self._lock:
            try:
                return self._newest()
            except FileNotFoundError as error:
                self._index = None
                raise errors.IndexUnusable(
                    "There is no index yet.", "`simple-memory start` or `simple-memory sync` builds it from the store."
                ) from error
            except _UNLUCKY:
                self._index = None  # a file may have been merged away between two looks: open it afresh once
            try:
                return self._newest()
            except _UNLUCKY as error:
                self._index = None
                raise translate(error, self._folder) from error

    def _newest(self) -> tuple[tantivy.Searcher, tantivy.Schema]:
        folder, meta = os.stat(self._folder), os.stat(os.path.join(self._folder, _META))
        place = (folder.st_dev, folder.st_ino)
        seen = (*place, meta.st_ino, meta.st_mtime_ns, meta.st_size)
        with _calm():
            if self._index is None or self._seen[:2] != place:
                self._index = tantivy.Index.open(self._folder)
                self._index.config_reader("manual")
            elif self._seen != seen:
                self._index.reload()
            self._seen = seen
            return self._index.searcher(), self._index.schema

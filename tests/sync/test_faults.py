"""The faults of transcripts that the data path survives: bad lines, rewrites, deletions, things that are no files."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from simple_memory.store import writer
from tests.builders import records, transcript
from tests.sync import stores

GOOD = transcript.Session(session="s").prompt("before").reply("middle").prompt("after")


def texts(memory: stores.Memory) -> list[str]:
    return [text for (text,) in memory.ask("SELECT text FROM messages ORDER BY session, position")]


def remember(tmp_path: Path, *lines: bytes, **settings: Any) -> stores.Memory:
    """Return a memory, open, of one transcript that holds `lines`."""
    stores.lay_out(tmp_path / "claude", {"-p/s.jsonl": b"".join(lines)})
    memory = stores.Memory(tmp_path, tmp_path / "claude", **settings)
    memory.engine.open()
    return memory.sync()


@pytest.mark.parametrize(
    ("bad", "parts"),
    [
        (b"garbage\n", 1),
        (b"\x00\xff\xfe\n", 1),
        (b"[1,2]\n", 1),
        (b"[" * 100_000 + b"\n", 1),
        (b'{"type":"user","mess' + records.line(records.user("saved")), 1),
        (b"\n\r\n  \n", 0),
        (records.line(records.user("one", uuid="u1"))[:-1] + records.line(records.user("two", uuid="u2")), 0),
        (records.line(records.user("x", timestamp="no time")), 1),
        (records.line(records.user("x", uuid={"an": "object"})), 1),
        (records.line(records.assistant([{"type": "tool_use", "id": "c", "name": None, "input": {}}])), 1),
        (records.line(records.user([{}])), 1),
        (records.line(records.assistant([], input_tokens=2**70, output_tokens=-1)), 0),
        (records.line(records.assistant([])).replace(b":10,", b':"\xff",'), 0),
    ],
)
@pytest.mark.fault("T3", "T5")
def test_bad_bytes_are_kept_and_counted_and_the_rest_is_stored(tmp_path: Path, bad: bytes, parts: int) -> None:
    with remember(tmp_path, *GOOD.lines[:2], bad, GOOD.lines[2]) as memory:
        assert [text for text in texts(memory) if text in {"before", "middle", "after"}] == [
            "before",
            "middle",
            "after",
        ]
        assert memory.one("SELECT quarantined FROM counter") == parts
        assert memory.latest() == stores.every_file(tmp_path / "claude")
        stores.assert_counts_hold(memory)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b'{"type":"user","uuid":"u","message":{"content":"a\xff\xfeb"}}\n', None),
        (b'{"type":"user","uuid":"u","message":{"content":"a\\u0000b"}}\n', "a\ufffdb"),
        (b'{"type":"user","uuid":"u","message":{"content":"a\\ud800b"}}\n', "a\ufffdb"),
        ('{"type":"user","uuid":"u","message":{"content":"a\u2028\u0085b"}}\n'.encode(), "a\u2028\u0085b"),
        (b'\xef\xbb\xbf{"type":"user","uuid":"u","message":{"content":"ab"}}\n', "ab"),
        (b'{"type":"user","uuid":"u","message":{"content":"ab"}}\r\n', "ab"),
    ],
)
@pytest.mark.fault("T4")
def test_bad_text_is_stored_readable(tmp_path: Path, line: bytes, text: str | None) -> None:
    with remember(tmp_path, line) as memory:
        (found,) = texts(memory)
        assert found == text or text is None
        found.encode("utf-8")
        assert "\x00" not in found
        assert memory.latest() == stores.every_file(tmp_path / "claude")


def test_long_output_in_a_damaged_line_is_read_back_whole(tmp_path: Path) -> None:
    words = "größe 'x' " * 500
    session = transcript.Session(session="s").prompt("go").tool("Bash", {"command": words}, result=words)
    call, result = (line.replace(b"{", b'{"a":   "\\ud800\xff", ', 1) for line in session.lines[1:])
    with remember(tmp_path, session.lines[0], call[:-1], result) as memory:
        rows = memory.ask("SELECT json_extract(input, '$.command'), result FROM tool_calls")
        assert rows == [(words, words)]


@pytest.mark.parametrize("cut", [1, 300, 900, 5000])
@pytest.mark.fault("T6")
def test_a_line_that_is_too_long_is_archived_and_counted_and_the_rest_of_the_file_is_stored(
    tmp_path: Path, cut: int
) -> None:
    claude = tmp_path / "claude"
    long = records.line(records.user("x" * 6000))
    whole = GOOD.lines[0] + long + GOOD.lines[1] + GOOD.lines[2]
    with remember(tmp_path, whole[: len(GOOD.lines[0]) + cut], max_line_bytes=2000) as memory:
        stores.lay_out(claude, {"-p/s.jsonl": whole})
        memory.sync()

        assert texts(memory) == ["before", "middle", "after"]
        assert memory.one("SELECT quarantined FROM counter") == 1
        assert memory.latest() == stores.every_file(claude)


@pytest.mark.fault("T7")
def test_a_rewritten_transcript_keeps_what_was_stored_and_doubles_nothing(tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    path = claude / "projects" / "-p" / "s.jsonl"
    first = b"".join(GOOD.lines)
    shorter = (
        GOOD.lines[0] + transcript.Session(session="s").prompt("x").prompt("x").prompt("x").prompt("new").lines[-1]
    )
    same_size = first.replace(b"middle", b"MIDDLE")
    with remember(tmp_path, first) as memory:
        for content in (shorter, first, same_size, GOOD.lines[0]):
            fresh = path.with_suffix(".tmp")
            fresh.write_bytes(content)
            fresh.rename(path)
            memory.sync()

        assert memory.generations()[str(path)] == [first, shorter, first, same_size, GOOD.lines[0]]
        assert sorted(texts(memory)) == sorted(["before", "middle", "after", "new", "MIDDLE"])
        stores.assert_counts_hold(memory)


@pytest.mark.fault("T8")
def test_a_deleted_transcript_stays_and_is_counted_as_deleted_until_it_is_back(tmp_path: Path) -> None:
    with remember(tmp_path, *GOOD.lines) as memory:
        path = tmp_path / "claude" / "projects" / "-p" / "s.jsonl"
        before = memory.latest()
        path.rename(tmp_path / "away")
        memory.sync()
        assert memory.ask("SELECT deleted_at_source, messages FROM sessions") == [(1, 3)]
        assert memory.one("SELECT deleted_at_source FROM counter") == 1
        assert memory.latest() == before
        (tmp_path / "away").rename(path)
        memory.sync()
        assert memory.ask("SELECT deleted_at_source, messages FROM sessions") == [(0, 3)]


@pytest.mark.fault("T15")
def test_a_root_that_cannot_be_listed_takes_nothing_for_deleted(tmp_path: Path) -> None:
    with remember(tmp_path, *GOOD.lines) as memory:
        (tmp_path / "claude" / "projects").rename(tmp_path / "unmounted")
        memory.sync()
        assert memory.one("SELECT deleted_at_source FROM counter") == 0


@pytest.mark.fault("T15")
def test_a_folder_that_becomes_unreadable_during_a_scan_takes_nothing_for_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.scandir

    def scandir(path: str) -> Any:
        if path.endswith("-p"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path)

    with remember(tmp_path, *GOOD.lines) as memory:
        monkeypatch.setattr(os, "scandir", scandir)
        memory.sync()
        assert memory.one("SELECT deleted_at_source FROM counter") == 0


@pytest.mark.fault("T10")
def test_what_is_no_file_is_skipped_with_one_warning_and_never_blocks(tmp_path: Path) -> None:
    with remember(tmp_path, *GOOD.lines) as memory:
        folder = tmp_path / "claude" / "projects" / "-p"
        os.mkfifo(folder / "fifo.jsonl")
        (folder / "folder.jsonl").mkdir()
        (folder / "loop.jsonl").symlink_to(folder / "loop.jsonl")
        (folder / "nowhere.jsonl").symlink_to(folder / "not-there")
        (folder / "zero.jsonl").symlink_to("/dev/zero")
        (folder / "circle").symlink_to(folder)
        memory.sync().sync()

        assert texts(memory) == ["before", "middle", "after"]
        names = [str(facts["path"]).rpartition("/")[2] for _, facts in memory.heard]
        assert sorted(names) == ["fifo.jsonl", "folder.jsonl", "loop.jsonl", "nowhere.jsonl", "zero.jsonl"]


@pytest.mark.fault("T16")
def test_reading_that_fails_is_tried_again_and_the_checkpoint_does_not_move(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "claude" / "projects" / "-p" / "s.jsonl"
    with remember(tmp_path, *GOOD.lines[:1]) as memory:
        with path.open("ab") as file:
            file.write(GOOD.lines[1])
        with monkeypatch.context() as patch:

            def pread(*_: object) -> bytes:
                raise OSError(errno.EIO, "Input/output error")

            patch.setattr(os, "pread", pread)
            memory.sync()
            assert memory.one("SELECT read_bytes FROM transcripts") == len(GOOD.lines[0])
            assert memory.engine.totals().failed == {str(path)}
        memory.note(path)
        assert texts(memory) == ["before", "middle"]
        assert memory.engine.totals().failed == set()


@pytest.mark.parametrize(
    "folder", ["-a .b", "größe 検索", "x" * 255, os.fsdecode(b"\xff\xfe"), "line\nfeed", ".claude/projects"]
)
@pytest.mark.fault("T11")
def test_a_path_of_any_bytes_is_read(tmp_path: Path, folder: str) -> None:
    claude = tmp_path / ".claude"
    stores.lay_out(claude, {f"{folder}/{records.uuid_of(1)}.jsonl": b"".join(GOOD.lines)})
    with stores.Memory(tmp_path, claude) as memory:
        memory.sync()
        memory.restart()
        memory.sync()
        assert texts(memory) == ["before", "middle", "after"]
        assert memory.latest() == stores.every_file(claude)


@pytest.mark.parametrize("name", [b"\xff.jsonl", b"\xfe.jsonl", b"a b.jsonl", b"n" * 249 + b".jsonl"])
@pytest.mark.fault("T11")
def test_a_name_of_any_bytes_is_a_session(tmp_path: Path, name: bytes) -> None:
    stores.lay_out(tmp_path / "claude", {f"-p/{os.fsdecode(name)}": b"".join(GOOD.lines)})
    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        memory.sync()
        assert texts(memory) == ["before", "middle", "after"]


@pytest.mark.fault("T14")
def test_ten_thousand_files_at_once_are_all_stored_with_few_files_open(tmp_path: Path) -> None:
    line = GOOD.lines[0]
    files = {
        f"-p{n % 50}/{records.uuid_of(n)}.jsonl": line.replace(b'"uuid":"', b'"uuid":"%d' % n) for n in range(10_000)
    }
    stores.lay_out(tmp_path / "claude", files)
    before = most = len(os.listdir("/proc/self/fd"))
    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        memory.engine.rescan()
        while memory.engine.work(0.2):
            most = max(most, len(os.listdir("/proc/self/fd")))
        assert memory.one("SELECT messages FROM counter") == 10_000
    assert most < before + 32


def test_a_failed_commit_of_a_deletion_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with remember(tmp_path, *GOOD.lines) as memory:
        (tmp_path / "claude" / "projects" / "-p" / "s.jsonl").unlink()
        with monkeypatch.context() as patch:

            def commit(*_: object) -> None:
                raise RuntimeError

            patch.setattr(writer.Writer, "commit", commit)
            with pytest.raises(RuntimeError):
                memory.engine.rescan()
        memory.sync()
        assert memory.one("SELECT deleted_at_source FROM counter") == 1

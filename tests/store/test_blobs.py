"""Pictures stand in the archive once, however often they are pasted, and every transcript comes back byte for byte."""

from __future__ import annotations

import base64
import itertools
import random
import shutil
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simple_memory import errors
from simple_memory.store import archive, blobs, connection
from tests import worlds
from tests.builders import records, transcript
from tests.e2e import test_forget
from tests.e2e.test_forget_and_restore import lose_transcripts
from tests.sync import stores


def picture(number: int, size: int = 90_000) -> bytes:
    return random.Random(number).randbytes(size)


def whole(opened: apsw.Connection, number: int, generation: int = 0) -> bytes:
    return b"".join(archive.read_transcript(opened, number, generation))


def gallery(claude: Path, *, sessions: int = 3) -> list[Path]:
    """Write sessions that all show the same two pictures, each twice."""
    written = []
    for _ in range(sessions):
        session = transcript.Session()
        for number in (1, 2, 1, 2):
            session.prompt("Look", blocks=[records.image(picture(number))]).reply("I see.")
        written.append(session.write(claude))
    return written


def test_a_picture_in_many_lines_and_transcripts_is_stored_once(tmp_path: Path) -> None:
    files = gallery(tmp_path / "claude")
    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        memory.sync()
        assert memory.one("SELECT count(*) FROM blob") == 2
        with memory.reader() as opened:
            for number, path in memory.ask("SELECT id, path FROM transcript"):
                assert whole(opened, number) == Path(path).read_bytes()
        kept = memory.one("SELECT sum(length(packed)) FROM frame") + memory.one("SELECT sum(length(packed)) FROM blob")
    assert kept < 2 * 1.02 * 90_000 + 30_000
    assert sum(path.stat().st_size for path in files) > 12 * 120_000


def test_compaction_keeps_pictures_and_no_frame_cuts_one(tmp_path: Path) -> None:
    from simple_memory.store import compaction

    session = transcript.Session()
    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        for number in range(40):
            session.prompt("Look", blocks=[records.image(picture(number % 3, 400_000))])
            session.append(tmp_path / "claude")
            memory.sync()
        memory.engine.close()
        writer = connection.open_writer(memory.home)
        compactor = compaction.Compactor(writer, archive.Packer())
        while compactor.step():
            pass
        assert whole(writer, 1) == session.path(tmp_path / "claude").read_bytes()
        assert writer.execute("SELECT count(*) FROM blob").fetchall() == [(3,)]
        writer.close()


def test_a_picture_that_is_gone_is_damage(tmp_path: Path) -> None:
    gallery(tmp_path / "claude", sessions=1)
    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        memory.sync()
        memory.engine.close()
        for change in ("UPDATE blob SET packed = x'28b52ffd00'", "DELETE FROM blob WHERE id = 1"):
            raw = apsw.Connection(memory.home.database)
            raw.execute(change)
            raw.close()
            with memory.reader() as opened, pytest.raises(errors.StoreDamaged):
                whole(opened, 1)


def test_forgetting_takes_the_pictures_that_nobody_else_has(world: worlds.World) -> None:
    mine = transcript.Session("/home/ada/mine").prompt("Both", blocks=[records.image(picture(1))])
    mine.prompt("Mine", blocks=[records.image(picture(2))]).write(world.claude)
    transcript.Session("/home/ada/other").prompt("Both", blocks=[records.image(picture(1))]).reply("Fine.").write(
        world.claude
    )
    world.run("sync")
    world.ask("forget", mine.session, "--yes")
    with stores_reader(world) as opened:
        digest = archive.digest_of(base64.b64encode(picture(1)).rstrip(b"\n"))
        assert opened.execute("SELECT digest FROM blob").fetchall() == [(digest,)]
    test_forget.hold_its_promises(world)
    world.ask("forget", "--phrase", "Both", "--yes")
    with stores_reader(world) as opened:
        assert opened.execute("SELECT count(*) FROM blob").fetchall() == [(0,)]
    test_forget.hold_its_promises(world)


def test_a_deleted_transcript_with_pictures_comes_back_byte_for_byte_also_from_a_backup_and_an_export(
    world: worlds.World,
) -> None:
    wanted = {path: path.read_bytes() for path in gallery(world.claude)}
    world.run("sync")
    backup = world.ask("backup")["backup"]["path"]
    assert world.run("export", "--all", "--reveal", "--to", str(world.root / "all.jsonl")).returncode == 0
    shutil.copyfile(backup, world.root / "kept.db")
    lose_transcripts(world)
    for again in (
        None,
        ("backup", "--restore", str(world.root / "kept.db")),
        ("import", str(world.root / "all.jsonl")),
    ):
        if again and again[0] == "import":
            assert world.run("reset", "--yes").returncode == 0
        if again:
            ended = world.run(*again, timeout=60)
            assert ended.returncode == 0, ended.stderr
        world.run("sync")
        assert world.run("restore", "--all-deleted").returncode == 0
        assert {path: path.read_bytes() for path in wanted} == wanted
        lose_transcripts(world)
        assert {check["state"] for check in world.ask("doctor", "--verify", timeout=60)["checks"]} == {"ok"}


def stores_reader(world: worlds.World) -> apsw.Connection:
    return connection.open_reader(world.home)


LETTERS = st.text("abcXYZ019+/", min_size=1, max_size=5)


@given(
    st.lists(
        st.tuples(
            st.binary(max_size=30), st.integers(0, 3 * blobs.SHORTEST), LETTERS, st.sampled_from(["", "=", "=="])
        ),
        max_size=6,
    ),
    st.floats(0, 0.999),
    st.integers(1, 2 * blobs.SHORTEST),
)
def test_cut_and_filled_any_bytes_are_what_they_were(
    parts: list[tuple[bytes, int, str, str]], place: float, length: int
) -> None:
    content = b"".join(
        text + (letters * (run // len(letters) + 1))[:run].encode() + end.encode() for text, run, letters, end in parts
    )
    runs = blobs.find(content)
    assert all(end - start >= blobs.SHORTEST for start, end in runs)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(runs))
    packer = archive.Packer()
    opened = apsw.Connection(":memory:")
    opened.execute("CREATE TABLE blob (id INTEGER PRIMARY KEY, digest BLOB UNIQUE, packed BLOB)")
    opened.execute(
        "CREATE TABLE frame (transcript_id, generation, offset, length, digest, holes, packed, id INTEGER PRIMARY KEY)"
    )
    archive.add(opened, 1, 0, packer.frames(content, 0))
    assert b"".join(piece for _, piece in archive.read_frames(opened, 1, 0)) == content
    at = int(place * len(content))
    assert not content or archive.piece_at(opened, 1, 0, at, length) == content[at : at + length]
    assert blobs.sweep(opened) == 0


@given(st.integers(0, 2 * blobs.SHORTEST), st.integers(blobs.SHORTEST, 4 * blobs.SHORTEST))
def test_every_long_run_is_found_wherever_it_stands(before: int, length: int) -> None:
    content = b" " * before + b'"' + b"A" * length + b'"'
    assert blobs.find(content) == [(before + 1, before + 1 + length)]

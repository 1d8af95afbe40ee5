"""What no transcript tells is carried into a store that is made anew."""

from __future__ import annotations

from pathlib import Path

from simple_memory import config
from simple_memory.store import carrying, connection
from tests.builders import transcript
from tests.sync import stores

OWN = """
CREATE TABLE wish (id INTEGER PRIMARY KEY, words TEXT) STRICT;
CREATE TABLE blank (transcript_id INTEGER NOT NULL REFERENCES transcript (id), offset INTEGER NOT NULL) STRICT;
"""


def test_every_table_of_ours_is_carried_with_the_new_numbers_of_transcripts(tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    for number in range(3):
        transcript.Session().prompt(f"Question {number}").write(claude)
    with stores.Memory(tmp_path / "old", claude) as old:
        old.sync()
    gone, *left = old.ask("SELECT id, path FROM transcript ORDER BY id")
    Path(gone[1]).unlink()
    with stores.Memory(tmp_path / "new", claude) as new:
        new.sync()
    held, target = connection.open_writer(old.home), connection.open_writer(new.home)
    for store in (held, target):
        store.execute(OWN)
    held.execute("INSERT INTO wish VALUES (5, 'never again')")
    held.executemany("INSERT INTO blank VALUES (?, ?)", [(gone[0], 1), (left[1][0], 2)])
    held.execute("UPDATE transcript SET first_seen = '2020-01-01T00:00:00.000Z'")

    assert {"blank", "wish"} <= set(carrying.carry(held, target))

    assert list(target.execute("SELECT * FROM wish")) == [(5, "never again")]
    assert list(target.execute("SELECT path, offset FROM blank JOIN transcript ON transcript.id = transcript_id")) == [
        (left[1][1], 2)
    ]
    assert list(target.execute("SELECT DISTINCT first_seen FROM transcript")) == [("2020-01-01T00:00:00.000Z",)]
    held.close()
    target.close()


def test_a_store_of_its_own_is_carried_into_itself_unchanged(tmp_path: Path) -> None:
    transcript.Session().prompt("Question").write(tmp_path / "claude")
    with stores.Memory(tmp_path, tmp_path / "claude") as memory:
        memory.sync()
    before = memory.tell()
    held, target = connection.open_reader(memory.home), connection.open_writer(config.Home(memory.home.root))
    carrying.carry(held, target)
    held.close()
    target.close()
    assert memory.tell() == before

"""With `redact_on_read` no planted key is in any file of the home, and all the rest is as it would be without."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simple_memory import config
from simple_memory.store import archive, connection, packing
from simple_memory.sync import masking
from simple_memory.upkeep import replay
from tests import secrets_planted as planted
from tests import worlds
from tests.builders import transcript
from tests.e2e import test_forget
from tests.sync import stores

LONG = "the weather in the harbour was dull and grey " * 60


def turn_on(world: worlds.World) -> None:
    Path(world.home.root).mkdir(mode=0o700, exist_ok=True)
    Path(world.home.settings).write_text("redact_on_read = true\n", encoding="utf-8")
    Path(world.home.settings).chmod(0o600)


def secretive(*, lines: int = 1) -> transcript.Session:
    """Return a session that holds a secret of each kind in each kind of record."""
    session = transcript.Session("/home/ada/vault").title(f"Rotate {planted.SECRETS['github-token']} today")
    for kind in planted.SECRETS:
        told = planted.told(kind)
        session.prompt(f"zebra {told}").thinking(f"They gave me: {told}")
        session.tool("Bash", {"command": f"run {told}"}, result=f"{LONG * lines} zebra said {told}").reply(
            f"Ok: {told}"
        )
        session.offloaded("make", f"{LONG}\n{told}\n{LONG}")
        session.raw(b'{"type":"user", broken ' + told.encode().replace(b"\n", b"\\n") + b"\n")
    return session


WANTED = {part for secret in planted.SECRETS.values() for part in secret.split("\n") if "-----" not in part}


def kept_secrets(home: config.Home) -> list[str]:
    """Return where a planted secret stands in the home: raw bytes of its files, and what is compressed in them."""
    files = [path for path in Path(home.root).rglob("*") if path.is_file()]
    texts = [(str(path), path.read_bytes().decode("utf-8", "replace")) for path in files]
    with contextlib.closing(connection.open_reader(home)) as opened:
        texts += unpacked(opened)
    return [f"{where}: {part}" for where, text in texts for part in WANTED if part in text]


def unpacked(opened: apsw.Connection) -> list[tuple[str, str]]:
    """Return (where, text) of all that a store holds compressed, and of the lines that are not finished."""
    texts = [("tail", tail.decode("utf-8", "replace")) for (tail,) in opened.execute("SELECT tail FROM checkpoint")]
    for (number,) in list(opened.execute("SELECT id FROM transcript")):
        for generation in archive.generations(opened, number):
            whole = b"".join(archive.read_transcript(opened, number, generation))
            texts.append((f"archive of {number}", whole.decode("utf-8", "replace")))
    long_texts = packing.LongTexts(lambda: opened)
    for table, column in (("message", "packed"), ("tool_call", "packed"), ("tool_call", "input_packed")):
        for (blob,) in list(opened.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")):
            texts.append((f"{table}.{column}", long_texts.first("", blob) or ""))
            texts.append((f"{table}.{column} beside", long_texts.second("", blob) or ""))
    return texts


@pytest.mark.fault("P7")
def test_no_planted_secret_is_in_any_file_of_the_home(world: worlds.World) -> None:
    turn_on(world)
    session = secretive()
    path = session.write(world.claude)
    assert world.run("sync", timeout=60).returncode == 0
    assert world.run("backup").returncode == 0
    assert kept_secrets(world.home) == []
    assert test_forget.is_found(world, "harbour was dull")
    assert "[redacted:github-token] today" in world.ask("sessions")["sessions"][0]["title"]
    assert replay.compare(world.home, config.Settings())[0] == []

    generations = world.ask("sql", "SELECT path, generation FROM transcripts ORDER BY path")["rows"]
    assert world.ask("sync", "--full")["lines"]["read"] == 0  # every byte compared: it is what was read
    with path.open("ab") as file:
        file.write(session.prompt(f"Once more {planted.told('aws-key-id')}").lines[-1])
    assert world.ask("sync")["messages"]["added"] == 1
    assert world.ask("sql", "SELECT path, generation FROM transcripts ORDER BY path")["rows"] == generations
    assert kept_secrets(world.home) == []

    doctor = {check["part"]: check for check in world.ask("doctor", "--verify", timeout=60)["checks"]}
    assert {check["state"] for check in doctor.values()} == {"ok"}
    assert "none is stored" in doctor["settings"]["note"]


@pytest.mark.fault("P7")
def test_restore_says_that_marks_stand_for_secrets_and_gives_all_else(world: worlds.World, tmp_path: Path) -> None:
    turn_on(world)
    session = secretive()
    path = session.write(world.claude)
    original = path.read_bytes()
    world.run("sync", timeout=60)
    assert world.ask("restore", session.session)["differs"] == 0  # the agent's own files stay, and are no others
    restored = world.run("restore", session.session, "--to", str(tmp_path / "there"))
    assert "Not exact: marks stand where" in restored.stderr
    (file,) = (tmp_path / "there").rglob(path.name)
    assert len(file.read_bytes()) == len(original)
    for mine, its in zip(file.read_bytes().split(b"\n"), original.split(b"\n"), strict=True):
        assert (mine == its) == (masking.find(its) == [])


@pytest.mark.fault("P7")
def test_what_was_stored_before_is_told_and_hidden_on_demand(world: worlds.World) -> None:
    session = secretive()
    session.write(world.claude)
    world.run("sync", timeout=60)
    world.run("backup")
    before = world.ask("stats")
    turn_on(world)
    settings_note = world.ask("doctor")["checks"][1]["note"]
    assert "`simple-memory forget --secrets` hides those of before" in settings_note
    refused = world.run("forget", "--secrets")
    assert refused.returncode == 2
    assert "marks stand for the keys" in refused.stderr
    assert kept_secrets(world.home) != []

    report = world.ask("forget", "--secrets", "--yes", timeout=120)
    assert report["secrets"] >= 4 * len(planted.SECRETS)
    assert kept_secrets(world.home) == []
    assert world.ask("stats").keys() == before.keys()
    assert world.ask("sync", "--full")["lines"]["read"] == 0
    assert test_forget.is_found(world, "harbour was dull")
    assert world.ask("forget", "--secrets", "--yes")["forgotten"] is False
    assert "none is stored" in world.ask("doctor")["checks"][1]["note"]
    test_forget.hold_its_promises(world)


@pytest.mark.fault("P7")
def test_a_forgotten_line_with_a_secret_stays_forgotten(world: worlds.World) -> None:
    turn_on(world)
    session = transcript.Session("/home/ada/shop").prompt(f"The osprey {planted.told('npm-token')}").reply("Yes.")
    path = session.write(world.claude)
    world.run("sync")
    world.ask("forget", "--phrase", "The osprey use", "--yes")
    path.write_bytes(b"\n" + path.read_bytes())
    world.ask("sync")
    assert test_forget.raw_hits(world, "osprey") == []


@pytest.mark.fault("P7")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(1, 4000), max_size=6), kind=st.sampled_from(list(planted.SECRETS)), rewrite=st.booleans()
)
def test_no_half_of_a_secret_is_kept_wherever_reading_stops(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], kind: str, rewrite: bool
) -> None:
    folder = tmp_path_factory.mktemp("cuts")
    session = transcript.Session("/home/ada/vault").prompt(planted.told(kind)).reply(f"So: {planted.told(kind)}")
    path = session.write(folder / "claude")
    whole = path.read_bytes()
    with stores.Memory(folder, folder / "claude", redact_on_read=True) as memory:
        for cut in sorted(cuts):
            path.write_bytes(whole[:cut])
            memory.sync()
            assert kept_secrets(memory.home) == []
        if rewrite:
            os.unlink(path)
            path.write_bytes(b'{"type":"summary","summary":"new","leafUuid":"1"}\n' + whole)
        else:
            path.write_bytes(whole)
        memory.sync()
        assert kept_secrets(memory.home) == []
        assert memory.ask("SELECT count(*) FROM message WHERE role IN ('user', 'assistant')") == [(2,)]

"""What is forgotten is gone from every file of the home, stays gone, and takes nothing else with it (fault P9)."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

from simple_memory import config
from simple_memory.store import archive, connection, forgetting, packing
from simple_memory.upkeep import forget, reading_on, replay
from tests import worlds
from tests.builders import transcript
from tests.sync import stores

PHRASE = "operation marmalade kettle"
LONG = "the weather in the harbour was dull and grey " * 60


def sessions_of(world: worlds.World) -> list[str]:
    return sorted(row["session"] for row in world.ask("sessions", "--subagents", "--limit", "1000")["sessions"])


def raw_hits(world: worlds.World, words: str) -> list[str]:
    """Return every file of the home that holds `words`, compressed parts of the database too."""
    found = [
        str(path)
        for path in Path(world.home.root).rglob("*")
        if path.is_file() and words.encode().lower() in path.read_bytes().lower()
    ]
    with contextlib.closing(connection.open_reader(world.home)) as opened:
        numbers = [number for (number,) in list(opened.execute("SELECT id FROM transcript"))]
        for number in numbers:
            for generation in archive.generations(opened, number):
                whole = b"".join(archive.read_transcript(opened, number, generation))
                if words.encode().lower() in whole.lower():
                    found.append(f"archive of {number}, generation {generation}")
        texts = packing.LongTexts(lambda: opened)
        for table, column in (("message", "packed"), ("tool_call", "packed"), ("tool_call", "input_packed")):
            packed = list(opened.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"))
            found.extend(f"{table}.{column}" for (blob,) in packed if words in (texts.first("", blob) or ""))
    return found


def is_found(world: worlds.World, words: str) -> bool:
    return bool(world.ask("search", f'"{words}"')["hits"])


def hold_its_promises(world: worlds.World) -> None:
    """The counter row, and what sessions count, is what the tables say; the database is whole."""
    with contextlib.closing(connection.open_reader(world.home)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert opened.execute("PRAGMA foreign_key_check").fetchall() == []
        names = (
            "messages, system_messages, sessions, subagents, projects, tool_calls, tool_results, transcripts,"
            " deleted_at_source, quarantined, unknown_records, archived_bytes"
        )
        (counted,) = opened.execute(stores.FROM_TABLES).fetchall()
        (told,) = opened.execute(f"SELECT {names} FROM counter").fetchall()
        assert told[:10] == counted[:10]
        assert told[11] == counted[11]
        loose = "SELECT count(*) FROM message WHERE copy_of IS NOT NULL AND copy_of NOT IN (SELECT id FROM message)"
        assert opened.execute(loose).fetchall() == [(0,)]
    assert replay.compare(world.home, config.Settings())[0] == []  # what is left of the archive gives these very rows


@pytest.fixture
def shop(world: worlds.World) -> tuple[worlds.World, transcript.Session]:
    """Give a world with a session that speaks of the phrase everywhere, and one that does not."""
    session = transcript.Session("/home/ada/shop").prompt(f"Begin {PHRASE}").reply("The otter sleeps.")
    session.tool("Bash", {"command": f"echo '{PHRASE}' " + LONG}, result=f"{LONG} {PHRASE} {LONG}")
    session.tool("Bash", {"command": "cat weather"}, result=LONG).title("Shop")
    session.thinking(f"About {PHRASE.upper()}").reply("A badger digs.").offloaded("make", f"{LONG}\n{PHRASE}\n{LONG}")
    session.delegate("Look", f"Find {PHRASE}").tool("Grep", {"pattern": "heron"}, result="heron").report("Found it.")
    session.raw(b'{"type":"user", broken ' + PHRASE.encode() + b"\n")
    session.reply("The end is near.").write(world.claude)
    other = transcript.Session("/home/ada/blog").prompt("Write about the walrus").reply("The walrus is written.")
    other.write(world.claude)
    assert world.run("sync").returncode == 0
    assert is_found(world, PHRASE)
    return world, session


@pytest.mark.fault("P9")
def test_a_forgotten_phrase_is_in_no_file_and_all_else_stays(shop: tuple[worlds.World, transcript.Session]) -> None:
    world, session = shop
    assert world.run("backup").returncode == 0
    assert world.run("forget", "--verify", PHRASE).returncode == 1
    refused = world.run("forget", "--phrase", PHRASE)
    assert refused.returncode == 2
    assert "lines of transcripts" in refused.stderr
    assert session.session in refused.stderr
    assert "memory-" in refused.stderr
    assert is_found(world, PHRASE)

    report = world.ask("forget", "--phrase", PHRASE, "--yes")
    assert report["forgotten"] is True
    assert report["lines"] >= 6
    for words in (PHRASE, "marmalade", "kettle"):
        assert raw_hits(world, words) == []
    assert world.run("forget", "--verify", PHRASE).returncode == 0
    assert not is_found(world, PHRASE)
    for kept in ("otter sleeps", "badger digs", "heron", "end is near", "walrus is written", "harbour was dull"):
        assert is_found(world, kept), kept
    hold_its_promises(world)


@pytest.mark.fault("P9")
def test_a_forgotten_phrase_does_not_come_back_and_new_lines_do(shop: tuple[worlds.World, transcript.Session]) -> None:
    world, session = shop
    world.ask("forget", "--phrase", PHRASE, "--yes")
    session.prompt("Again, Operation  MARMALADE-kettle!").reply("A new puffin flies.").append(world.claude)
    world.ask("sync")
    assert is_found(world, "new puffin flies")
    assert raw_hits(world, "marmalade") == []
    generations = world.ask("sql", "SELECT generation FROM transcripts")["rows"]
    world.ask("sync", "--full")
    assert world.ask("sql", "SELECT generation FROM transcripts")["rows"] == generations
    path = session.path(world.claude)
    path.write_bytes(b"\n" + path.read_bytes())  # rewritten: a new generation, every line of it
    world.ask("sync")
    assert raw_hits(world, "marmalade") == []
    assert is_found(world, "otter sleeps")
    hold_its_promises(world)


@pytest.mark.fault("P9")
@pytest.mark.parametrize("rest", ["nothing", "title", "summary", "snapshot", "subagent", "output"])
def test_a_session_that_a_phrase_takes_all_lines_of_is_gone_unless_it_says_more(world: worlds.World, rest: str) -> None:
    session = transcript.Session("/home/ada/lone").prompt(f"Only {PHRASE}").reply(f"Yes, {PHRASE}.")
    match rest:
        case "title":
            session.title("A title alone")
        case "summary":
            session.summary("A summary alone")
        case "snapshot":
            session.snapshot()
        case "subagent":
            session.delegate(PHRASE, f"Find {PHRASE}").tool("Grep", {"pattern": "heron"}, result="heron").report(PHRASE)
        case "output":
            session.offloaded(f"make {PHRASE}", f"{LONG}\n{PHRASE}\n{LONG}")
    session.write(world.claude)
    transcript.Session("/home/ada/blog").prompt("Write about the walrus").reply("Written.").write(world.claude)
    world.ask("sync")
    world.ask("forget", "--phrase", PHRASE, "--yes")
    assert raw_hits(world, "marmalade") == []
    assert (session.session in sessions_of(world)) is (rest == "output")
    hold_its_promises(world)

    session.prompt("What comes later").reply("A puffin.").append(world.claude)
    world.ask("sync")
    assert session.session in sessions_of(world)
    assert is_found(world, "what comes later")
    assert raw_hits(world, "marmalade") == []
    hold_its_promises(world)


@pytest.mark.fault("P9")
def test_restore_says_that_a_transcript_with_forgotten_lines_is_not_exact(
    shop: tuple[worlds.World, transcript.Session], tmp_path: Path
) -> None:
    world, session = shop
    assert "Not exact" not in world.run("restore", session.session, "--to", str(tmp_path / "before")).stderr
    world.ask("forget", "--phrase", PHRASE, "--yes")
    restored = world.run("restore", session.session, "--to", str(tmp_path / "after"))
    assert "Not exact: blanks stand where" in restored.stderr
    (file,) = (tmp_path / "after").rglob(f"{session.session}.jsonl")
    original = session.path(world.claude).read_bytes().split(b"\n")
    kept = file.read_bytes().split(b"\n")
    assert [len(line) for line in kept] == [len(line) for line in original]
    assert all(mine == its or not mine.strip() for mine, its in zip(kept, original, strict=True))


def test_a_forgotten_session_is_gone_with_its_subagents_and_stays_gone(
    shop: tuple[worlds.World, transcript.Session],
) -> None:
    world, session = shop
    assert len(sessions_of(world)) == 3
    report = world.ask("forget", session.session[:8], "--yes")
    assert report["sessions_count"] == 2
    for words in (PHRASE, "otter sleeps", "badger digs", "heron", "harbour was", session.session):
        assert raw_hits(world, words) == [], words
    session.reply("Written later about the lynx.").append(world.claude)
    world.ask("sync")
    world.ask("sync", "--full")
    assert len(sessions_of(world)) == 1
    assert raw_hits(world, "lynx") == []
    assert is_found(world, "walrus is written")
    hold_its_promises(world)


def test_a_fork_keeps_what_it_shares_with_a_forgotten_session(world: worlds.World) -> None:
    session = transcript.Session("/home/ada/shop").prompt("Where is the gannet?")
    session.tool("Bash", {"command": "ls " + LONG}, result=LONG + "cormorant").reply("The gannet dives.")
    fork = session.fork().prompt("And the fulmar?").reply("The fulmar glides.")
    session.prompt("Only here: the tern").write(world.claude)
    fork.write(world.claude)
    world.ask("sync")
    world.ask("forget", session.session, "--yes")
    assert sessions_of(world) == [fork.session]
    assert raw_hits(world, "the tern") == []
    assert is_found(world, "gannet dives")
    calls = world.ask("show", fork.session)["messages"]
    assert any("cormorant" in (call["result"] or "") for message in calls for call in message["results"])
    hold_its_promises(world)


@pytest.mark.fault("P9")
def test_a_project_a_glob_and_a_time_can_be_forgotten(world: worlds.World) -> None:
    for number, (project, start) in enumerate(
        [
            ("/home/ada/shop", "2026-01-01T10:00:00Z"),
            ("/srv/client/x", "2026-01-02T10:00:00Z"),
            ("/home/ada/blog", "2026-01-05T10:00:00Z"),
        ]
    ):
        session = transcript.Session(project, start=start).prompt(f"Say word{number}a")
        session.time = session.time.replace(hour=20)
        session.prompt(f"Say word{number}b").reply("Fine.").write(world.claude)
    world.ask("sync")
    assert world.ask("forget", "--project", "shop", "--yes")["sessions_count"] == 1
    assert raw_hits(world, "word0a") == []
    assert world.ask("forget", "--path", "/srv/client/*", "--yes")["sessions_count"] == 1
    assert raw_hits(world, "word1a") == []
    report = world.ask("forget", "--since", "2026-01-05T00:00:00Z", "--until", "2026-01-05T15:00:00Z", "--yes")
    assert (report["sessions_count"], report["lines"]) == (0, 1)
    assert raw_hits(world, "word2a") == []
    assert is_found(world, "word2b")
    world.ask("sync", "--full")
    assert raw_hits(world, "word2a") == raw_hits(world, "word0b") == raw_hits(world, "word1b") == []
    hold_its_promises(world)


def test_the_service_stops_for_it_and_starts_again(shop: tuple[worlds.World, transcript.Session]) -> None:
    world, _ = shop
    assert world.run("start", "--daemon").returncode == 0
    before = world.holder()
    told = world.run("forget", "--phrase", PHRASE, "--yes", timeout=60)
    assert told.returncode == 0, told.stderr
    assert "service" in told.stderr
    assert world.holder() not in {None, before}
    assert raw_hits(world, "marmalade") == []


def test_nothing_that_matches_is_told_and_nothing_is_touched(shop: tuple[worlds.World, transcript.Session]) -> None:
    world, _ = shop
    report = world.ask("forget", "--phrase", "no such words stand here", "--yes")
    assert report["forgotten"] is False
    assert world.run("forget").returncode == 2
    assert json.loads(world.run("forget", "--session-x", "--json").stdout)["error"]["code"] == "usage"


def test_what_is_never_to_be_read_is_never_opened(world: worlds.World) -> None:
    Path(world.home.root).mkdir(mode=0o700)
    Path(world.home.settings).write_text('never = ["/home/ada/vault", "*/clients/*"]\n', encoding="utf-8")
    for project in ("/home/ada/vault", "/home/ada/vault/inner", "/home/ada/clients/x", "/home/ada/shop"):
        transcript.Session(project).prompt(f"Speak of {project.rpartition('/')[2]}zebra").reply("Yes.").write(
            world.claude
        )
    world.ask("sync")
    assert [row["project"] for row in world.ask("projects")["projects"]] == ["/home/ada/shop"]
    assert raw_hits(world, "innerzebra") == raw_hits(world, "vaultzebra") == raw_hits(world, "xzebra") == []


@pytest.mark.parametrize("where", ["before the commit", "after the commit", "after the index went"])
def test_a_forgetting_that_is_killed_can_be_done_again(
    shop: tuple[worlds.World, transcript.Session], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    world, _ = shop
    world.run("backup")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    owner, name = {
        "before the commit": (forgetting, "_tell_anew"),
        "after the commit": (forgetting, "wipe"),
        "after the index went": (reading_on, "build_index"),
    }[where]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, die)
        with pytest.raises(KeyboardInterrupt):
            forget.main(["do", json.dumps({"phrase": PHRASE})])
    assert world.ask("sync")["lines"]["quarantined"] >= 0
    assert is_found(world, "otter sleeps")
    world.ask("forget", "--phrase", PHRASE, "--yes")
    assert raw_hits(world, "marmalade") == []
    assert not is_found(world, PHRASE)
    hold_its_promises(world)

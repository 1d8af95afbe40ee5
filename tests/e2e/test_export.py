"""An export holds every byte, and gives another memory what this one has, once."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from pathlib import Path

import pytest

from simple_memory import config
from simple_memory.store import connection
from tests import secrets_planted as planted
from tests import worlds
from tests.builders import corpus, records, transcript
from tests.sync import stores

TOLD = ("projects", "messages", "tool_calls", "attachments", "notes")


def tell(home: config.Home) -> dict[str, list[object]]:
    with contextlib.closing(connection.open_reader(home)) as opened:
        told: dict[str, list[object]] = {
            name: sorted(opened.execute(sql), key=repr) for name, sql in stores.VIEWS.items() if name in TOLD
        }
        columns = ", ".join(stores.RECOUNTED)
        told["sessions"] = sorted(opened.execute(f"SELECT {columns}, title FROM session"), key=repr)
        return told


def elsewhere(world: worlds.World, root: Path) -> worlds.World:
    """Return another world, without any transcript."""
    root.mkdir()
    return worlds.World(root)


@pytest.fixture
def filled(world: worlds.World) -> worlds.World:
    corpus.Corpus(seed=9).write(world.root / "corpus", sessions=5, messages=400)
    (world.root / "corpus" / "projects").rename(world.projects) if not any(world.projects.iterdir()) else None
    session = transcript.Session("/home/ada/odd").prompt("Odd bytes").raw(b'{"broken \xff\xfe}\n').reply("Fine.")
    session.write(world.claude)
    assert world.run("sync", timeout=60).returncode == 0
    return world


def test_an_export_is_lossless_and_import_gives_the_same_memory_once(filled: worlds.World, tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    assert filled.run("export", "--all", "--reveal", "--to", str(file), timeout=60).returncode == 0
    assert file.stat().st_mode & 0o777 == 0o600
    content: dict[str, bytes] = {}
    path = ""
    for line in map(json.loads, filter(None, file.read_bytes().decode().split("\n"))):
        path = line["transcript"]["path"] if "transcript" in line else path
        if "generation" in line:
            piece = base64.b64decode(line["base64"]) if "base64" in line else line["text"].encode()
            content[path] = content.get(path, b"") + piece
    on_disk = {str(one): one.read_bytes() for one in filled.projects.rglob("*") if one.is_file()}
    assert {path: content.get(path, b"") for path in on_disk if path in content} == {
        path: on_disk[path] for path in content
    }
    assert len(content) >= 5

    other = elsewhere(filled, tmp_path / "other")
    first = other.ask("import", str(file), timeout=60)
    assert (first["added"], first["problems"]) == (first["transcripts"], [])
    assert tell(other.home) == tell(filled.home)
    assert other.ask("search", "Odd")["hits"]
    again = other.ask("import", str(file), timeout=60)
    assert again["added"] == 0
    assert tell(other.home) == tell(filled.home)
    here = filled.ask("import", str(file), timeout=60)
    assert here["added"] == 0
    assert tell(other.home) == tell(filled.home)


def test_secrets_are_hidden_in_every_format_unless_revealed(world: worlds.World, tmp_path: Path) -> None:
    secret = planted.SECRETS["github-token"]
    session = transcript.Session().prompt(f"Use {planted.told('github-token')}").reply(f"Used {secret}.")
    session.write(world.claude)
    world.run("sync")
    for form in ("jsonl", "markdown", "html"):
        hidden = world.run("export", session.session, "--format", form)
        assert hidden.returncode == 0, hidden.stderr
        assert secret not in hidden.stdout
        assert "[redacted:github-token]" in hidden.stdout
        assert secret in world.run("export", session.session, "--format", form, "--reveal").stdout
    file = tmp_path / "redacted.jsonl"
    world.run("export", "--all", "--to", str(file))
    report = world.ask("import", str(file))
    assert (report["redacted"], report["skipped"], report["added"]) == (True, 1, 0)
    other = elsewhere(world, tmp_path / "other")
    assert other.ask("import", str(file))["added"] == 1
    assert "redacted" in other.run("show", session.session).stdout


def test_every_session_becomes_a_page_that_stands_alone(filled: worlds.World, tmp_path: Path) -> None:
    session = transcript.Session().prompt("Ask somebody")
    session.delegate("Look", "Find it").report("Found.")
    session.write(filled.claude)
    assert filled.run("sync").returncode == 0
    folder = tmp_path / "pages"
    assert filled.run("export", "--all", "--format", "html", "--to", str(folder), timeout=60).returncode == 0
    pages = list(folder.glob("*.html"))
    sessions = filled.ask("sessions", "--subagents", "--limit", "1000")["sessions"]
    assert len(pages) == len(sessions) + 1
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "src=" not in text.partition("<body>")[0]
        assert text.rstrip().endswith("</html>")
    links = {link for page in pages for link in re.findall(r'href="([^"]*)"', page.read_text(encoding="utf-8"))}
    assert links
    assert links <= {page.name for page in pages}
    listed = set(re.findall(r'href="([^"]*)"', (folder / "index.html").read_text(encoding="utf-8")))
    assert listed == {f"{row['session']}.html" for row in sessions if row["kind"] == "main"}


def test_what_was_forgotten_is_not_imported_and_a_cut_or_foreign_file_is_refused(
    world: worlds.World, tmp_path: Path
) -> None:
    session = transcript.Session().prompt("About the bittern").reply("It booms.")
    session.write(world.claude)
    transcript.Session().prompt("About the avocet").reply("It wades.").write(world.claude)
    world.run("sync")
    file = tmp_path / "all.jsonl"
    world.run("export", "--all", "--reveal", "--to", str(file))
    world.ask("forget", session.session, "--yes")
    assert world.ask("import", str(file))["skipped"] == 1
    assert not world.ask("search", "bittern")["hits"]
    world.ask("forget", "--phrase", "About the avocet", "--yes")
    world.ask("import", str(file))
    assert not world.ask("search", "avocet")["hits"]
    cut = tmp_path / "cut.jsonl"
    cut.write_text(file.read_text().rpartition('{"end"')[0])
    assert "cut off" in world.ask("import", str(cut))["error"]["message"]
    foreign = tmp_path / "foreign.jsonl"
    foreign.write_text('{"type":"user"}\n')
    assert "no export" in world.ask("import", str(foreign))["error"]["message"]
    assert world.run("export", "--all", "--to", str(file)).returncode == 2


def test_the_images_of_a_session_come_out_as_they_went_in(world: worlds.World, tmp_path: Path) -> None:
    png, jpeg, pdf = b"\x89PNG" + bytes(range(256)) * 40, b"\xff\xd8" + b"j" * 9000, b"%PDF-1.7 words"
    session = transcript.Session().prompt("Look", blocks=[records.image(png), records.document(pdf)])
    session.call("Read", {"file_path": "/home/ada/shop/a.jpg"})
    call = session.written[-1]["message"]["content"][0]["id"]
    seen = records.tool_result([records.image(jpeg, "image/jpeg"), records.text("seen")], call=call)
    session.user([seen], "tool_result").reply("Nice.").write(world.claude)
    assert world.run("sync").returncode == 0

    folder = tmp_path / "pictures"
    ended = world.run("export", session.session[:8], "--images", str(folder))
    assert (ended.returncode, "Wrote 3 files" in ended.stderr) == (0, True), ended.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "00000-1.png": png,
        "00000-2.pdf": pdf,
        "00002-1.jpg": jpeg,
    }
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    again = world.run("export", session.session[:8], "--images", str(folder))
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    assert world.run("export", "--all", "--images", str(folder)).returncode == 2


def test_images_that_were_dropped_are_counted_and_the_others_come_out(world: worlds.World, tmp_path: Path) -> None:
    old = transcript.Session(start="2024-01-01T00:00:00.000Z").prompt("Old", blocks=[records.image(b"old" * 3000)])
    old.write(world.claude)
    assert world.run("sync").returncode == 0
    assert world.run("shrink", "--images-older-than", "30d", "--yes").returncode == 0
    ended = world.run("export", old.session[:8], "--images", str(tmp_path / "pictures"))
    assert "Wrote 0 files" in ended.stderr
    assert "has not kept 1 more" in ended.stderr

"""Planted keys of every kind are on no surface, except where a person says --reveal on the command line."""

from __future__ import annotations

import json

import pytest

from simple_memory.mcp_server import answers, calls
from tests import secrets_planted as planted
from tests import worlds
from tests.builders import transcript


@pytest.fixture
def secretive(world: worlds.World) -> tuple[worlds.World, transcript.Session]:
    """Give a world where one session holds a secret of each kind in each kind of record."""
    session = transcript.Session("/home/ada/vault").title(f"Rotate {planted.SECRETS['github-token']} today")
    for kind in planted.SECRETS:
        told = planted.told(kind)
        session.prompt(f"zebra {told}").thinking(f"They gave me: {told}")
        session.tool("Bash", {"command": f"run {told}"}, result=f"zebra said {told}").reply(f"Done: {told}")
    session.tool("Read", {"file_path": f"/srv/{planted.SECRETS['npm-token']}/zebra.txt"}, result="x")
    session.write(world.claude)
    assert world.run("sync").returncode == 0
    return world, session


def leaks(text: str) -> list[str]:
    """Return the kinds whose secret stands in `text`, line by line of it."""
    found = []
    for kind, secret in planted.SECRETS.items():
        bodies = [line for line in secret.split("\n") if "-----" not in line]
        if any(line in text for line in bodies):
            found.append(kind)
    return found


COMMANDS = (
    ("search", "zebra", "--limit", "100", "--group", "none"),
    ("search", "zebra", "--limit", "100", "--group", "none", "--json"),
    ("show", "{session}", "--full"),
    ("show", "{session}", "--format", "markdown", "--full"),
    ("show", "{session}", "--format", "html", "--full"),
    ("show", "{session}", "--json"),
    ("sessions", "--json"),
    ("sessions",),
    ("files", "zebra.txt", "--json"),
    ("files", "zebra.txt"),
    ("sql", "SELECT title FROM sessions"),
    ("sql", "SELECT text FROM messages", "--json"),
    ("sql", "SELECT input, result FROM tool_calls", "--json"),
    ("sql", "SELECT snippet FROM search('zebra')", "--json"),
)


@pytest.mark.timeout(240)
@pytest.mark.fault("P7")
def test_no_command_shows_a_secret_unless_it_is_told_to_reveal(
    secretive: tuple[worlds.World, transcript.Session],
) -> None:
    world, session = secretive
    for command in COMMANDS:
        given = [part.format(session=session.session) for part in command]
        hidden = world.run(*given)
        assert hidden.returncode == 0, (given, hidden.stderr)
        assert "[redacted:" in hidden.stdout, given
        assert leaks(hidden.stdout) == [], given
        revealed = world.run(*given, "--reveal")
        assert leaks(revealed.stdout.replace("\\n", "\n")) != [], given


@pytest.mark.fault("P7")
def test_no_list_and_no_count_shows_a_secret_that_is_a_name(world: worlds.World) -> None:
    token = planted.SECRETS["github-token"]
    session = transcript.Session(f"/home/ada/{token}", session=token).prompt("zebra")
    session.tool(f"mcp__{token}__read_file", {"path": "/x"}, result="y").write(world.claude)
    assert world.run("sync").returncode == 0
    for command in (
        ("sessions",), ("projects",), ("search", "zebra"), ("show", token), ("files", "/x"), ("stats", "--space"),
        ("stats", "--by", "project"), ("stats", "--by", "tool"), ("export", "--all"),
    ):  # fmt: skip
        for more in ((), ("--json",)):
            told = world.run(*command, *more)
            assert leaks(told.stdout + told.stderr) == [], (command, more)


@pytest.mark.fault("P7")
def test_no_tool_gives_a_secret_to_an_agent(secretive: tuple[worlds.World, transcript.Session]) -> None:
    world, session = secretive
    memory = calls.Memory(world.home)
    asked: list[tuple[str, dict[str, object]]] = [
        ("search_memory", {"query": "zebra", "limit": 20, "group": "none"}),
        ("list_sessions", {}),
        ("file_history", {"path": "zebra.txt"}),
        ("query_memory", {"sql": "SELECT input, result FROM tool_calls ORDER BY id DESC LIMIT 20"}),
        ("query_memory", {"sql": "SELECT snippet FROM search('zebra') LIMIT 20"}),
        ("query_memory", {"sql": "SELECT json_group_array(text) FROM (SELECT text FROM messages LIMIT 40)"}),
    ]
    asked += [
        ("read_session", {"session": session.session, "first": first, "detail": detail})
        for first in range(0, 5 * len(planted.SECRETS), 8)
        for detail in ("short", "full")
    ]
    for name, given in asked:
        answer = memory.call(name, given)
        assert not answer.is_error, answer.text
        assert leaks(answer.text) == [], (name, given)
        assert len(answer.text.encode()) <= answers.BYTES
        assert leaks(json.dumps(answer.facts or {})) == []
    memory.close()


@pytest.mark.fault("P7")
def test_no_log_and_no_status_holds_a_secret(secretive: tuple[worlds.World, transcript.Session]) -> None:
    world, _ = secretive
    assert leaks(world.run("status").stdout + world.run("status", "--json").stdout) == []
    assert leaks(world.run("logs").stdout) == []


def test_an_excerpt_from_the_middle_of_a_long_key_is_hidden(world: worlds.World) -> None:
    body = [planted.mixed(64) for _ in range(99)]
    key = "-----BEGIN RSA " + "PRIVATE KEY-----\n" + "\n".join([*body[:50], "zebrazebrazebrazebra", *body[50:]])
    text = "word " * 3000 + key + "\n-----END RSA " + "PRIVATE KEY-----" + " word" * 3000
    transcript.Session().tool("Bash", {"command": "cat key"}, result=text).write(world.claude)
    assert world.run("sync").returncode == 0
    (hit,) = world.ask("search", "zebrazebrazebrazebra")["hits"]
    assert planted.mixed(64) not in hit["snippet"]
    assert "zebra" not in hit["snippet"]

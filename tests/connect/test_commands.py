"""`connect` and `disconnect` as a person runs them, in a throw-away home with every agent in it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from simple_memory.connect import agents
from tests import worlds
from tests.connect import settings


@pytest.fixture
def full(world: worlds.World) -> worlds.World:
    """Give a world in which every agent has its settings, and the person wants no service."""
    world.variables["PATH"] = f"{os.path.dirname(sys.executable)}:/usr/bin:/bin"
    for agent in agents.AGENTS:
        path = Path(agent.settings())
        path.parent.mkdir(parents=True, exist_ok=True)
        if settings.BY_AGENT[agent.name]:
            path.write_text(settings.BY_AGENT[agent.name], encoding="utf-8", newline="")
    os.makedirs(world.home.run, mode=0o700)
    Path(world.home.stopped).touch()
    return world


def texts() -> dict[str, str]:
    paths = {agent.name: Path(agent.settings()) for agent in agents.AGENTS}
    return {name: path.read_bytes().decode() if path.exists() else "" for name, path in paths.items()}


def states(told: Any) -> set[str]:
    return {row["state"] for row in told["agents"]}


def test_every_path_is_in_the_throw_away_home(full: worlds.World) -> None:
    for agent in agents.AGENTS:
        assert Path(agent.settings()).is_relative_to(full.user), agent.name


def test_nothing_is_written_without_being_asked_to(full: worlds.World) -> None:
    before = texts()
    ended = full.run("connect")
    assert ended.returncode == 2
    assert "Nothing was changed" in ended.stderr
    assert '+      "command": "' in ended.stdout
    assert states(full.ask("connect")) == {"to_connect"}
    assert full.run("connect", "--print").returncode == 0
    assert texts() == before == settings.BY_AGENT


def test_all_agents_are_connected_once_and_disconnected_again(full: worlds.World) -> None:
    told = full.ask("connect", "--yes")
    assert states(told) == {"connected"}
    assert [row["agent"] for row in told["agents"]] == list(agents.NAMES)
    for row in told["agents"]:
        assert (row["backup"] is None) == (settings.BY_AGENT[row["agent"]] == "")
        if row["backup"]:
            assert Path(row["backup"]).read_bytes().decode() == settings.BY_AGENT[row["agent"]]
    connected = texts()
    assert all(os.path.dirname(sys.executable) + "/simple-memory-mcp" in text for text in connected.values())
    assert all(full.home.root in text for text in connected.values())
    assert states(full.ask("connect", "--yes")) == {"already_connected"}
    assert texts() == connected
    assert states(full.ask("disconnect", "--yes")) == {"disconnected"}
    assert not any("simple-memory" in text for text in texts().values())
    assert full.ask("disconnect", "--yes") == {"agents": []}


def test_one_broken_file_does_not_keep_the_others_from_being_connected(full: worlds.World) -> None:
    broken = next(agent for agent in agents.AGENTS if agent.name == "gemini").settings()
    Path(broken).write_text("{oops", encoding="utf-8")
    ended = full.run("connect", "--yes")
    assert ended.returncode == 1
    assert "Gemini CLI: failed. The settings of Gemini CLI are not JSON" in ended.stderr
    assert ended.stdout.count("connected. Start it anew") == len(agents.AGENTS) - 1
    assert Path(broken).read_text(encoding="utf-8") == "{oops"


def test_the_check_starts_what_is_registered_and_tells_the_tools(full: worlds.World) -> None:
    assert full.run("connect", "codex", "opencode", "--yes").returncode == 0
    told = full.ask("connect", "codex", "opencode", "--check", timeout=40)
    assert states(told) == {"ok"}
    for row in told["agents"]:
        assert row["server"]["name"] == "simple-memory"
        assert "search_memory" in row["tools"]
        assert row["home"] == full.home.root
    ended = full.run("connect", "codex", "zed", "--check", timeout=40)
    assert ended.returncode == 1
    assert "Codex: simple-memory 0.1.0 answers in" in ended.stdout
    assert "Zed: not connected." in ended.stdout


def test_the_check_says_what_is_wrong_with_a_registered_command(full: worlds.World, tmp_path: Path) -> None:
    path = Path(next(agent for agent in agents.AGENTS if agent.name == "cursor").settings())
    script = tmp_path / "broken"
    script.write_text("#!/bin/sh\necho 'no such module' >&2\nexit 1\n", encoding="utf-8")
    script.chmod(0o755)
    for command, said in (("/gone/simple-memory-mcp", "cannot be started"), (str(script), "no such module")):
        path.write_text(json.dumps({"mcpServers": {"simple-memory": {"command": command}}}), encoding="utf-8")
        told = full.ask("connect", "cursor", "--check")
        assert told["agents"][0]["state"] == "failed"
        assert said in told["agents"][0]["error"]["message"]


def test_an_unknown_agent_is_refused_with_the_known_ones(full: worlds.World) -> None:
    ended = full.run("connect", "clippy")
    assert ended.returncode == 2
    assert "claude, claude-desktop, codex" in ended.stderr


def test_an_agents_own_variable_moves_its_settings(
    world: worlds.World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = {
        "CLAUDE_CONFIG_DIR": ("claude", ".claude.json"),
        "CODEX_HOME": ("codex", "config.toml"),
        "GEMINI_CLI_HOME": ("gemini", ".gemini/settings.json"),
        "COPILOT_HOME": ("copilot", "mcp-config.json"),
        "QWEN_HOME": ("qwen", "settings.json"),
        "XDG_CONFIG_HOME": ("zed", "zed/settings.json"),
    }
    for variable, (name, place) in moved.items():
        monkeypatch.setenv(variable, str(tmp_path / variable))
        agent = next(each for each in agents.AGENTS if each.name == name)
        assert agent.settings() == str(tmp_path / variable / place)


def test_where_no_agent_is_here_it_says_so(world: worlds.World) -> None:
    os.rmdir(world.projects)
    os.rmdir(world.claude)
    ended = world.run("connect", PATH="/nowhere")
    assert ended.returncode == 1
    assert "None of the known agents is here" in ended.stderr

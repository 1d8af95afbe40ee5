"""The agents that can be connected: where each keeps its settings, and how an MCP server stands in them.

A row per agent; adding one is adding a row. Sources: docs/connect.md.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simple_memory import config, errors

SERVER = "simple-memory"
"""The name under which the server is registered; agents show it before the tools' names."""


@dataclass(frozen=True, slots=True)
class Command:
    """What an agent is to start: a program by its whole path, its arguments, and variables to set."""

    program: str
    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent. `files` are where its settings may be, the usual place first; `signs` are what shows that it is here.

    `table` is where its servers stand in the settings; `entry` gives ours for a new registration.
    """

    name: str
    title: str
    files: Callable[[], list[str]]
    signs: Callable[[], list[str]]
    programs: tuple[str, ...]
    table: tuple[str, ...]
    entry: Callable[[Command], dict[str, Any]]
    is_toml: bool = False

    @property
    def path(self) -> tuple[str, ...]:
        """Where our entry stands in the settings."""
        return (*self.table, SERVER)

    def settings(self) -> str:
        """Return the settings file: the first that is there, else the usual one."""
        places = self.files()
        return next((place for place in places if os.path.lexists(place)), places[0])

    def is_here(self) -> bool:
        """Return whether the agent seems to be installed: its folder is there, or its program is on the PATH."""
        return any(map(os.path.exists, self.signs())) or any(map(shutil.which, self.programs))


def _plain(command: Command) -> dict[str, Any]:
    entry: dict[str, Any] = {"command": command.program, "args": list(command.arguments)}
    return entry | ({"env": dict(command.environment)} if command.environment else {})


def _typed(command: Command) -> dict[str, Any]:
    return {"type": "stdio", **_plain(command)}


def _copilot(command: Command) -> dict[str, Any]:
    return {"type": "local", **_plain(command), "tools": ["*"]}


def _zed(command: Command) -> dict[str, Any]:
    return {"source": "custom", **_plain(command)}


def _opencode(command: Command) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "local", "command": [command.program, *command.arguments], "enabled": True}
    return entry | ({"environment": dict(command.environment)} if command.environment else {})


def _in(folder: Callable[[], str], *names: str) -> Callable[[], list[str]]:
    return lambda: [os.path.join(folder(), *name.split("/")) for name in names]


def _named(variable: str, otherwise: str) -> Callable[[], str]:
    return lambda: config.named_folder(variable, otherwise)


def _home() -> str:
    return config.named_folder("", "~")


def _claude_code_files() -> list[str]:
    named = config.named_folder("CLAUDE_CONFIG_DIR", "")  # sources may read several folders; the agent has one
    return [os.path.join(config.claude_config_dirs()[0] if named else _home(), ".claude.json")]


def _opencode_files() -> list[str]:
    named = config.named_folder("OPENCODE_CONFIG", "")
    folder = os.path.join(config.xdg_config_folder(), "opencode")
    return [named] if named else [os.path.join(folder, name) for name in ("opencode.json", "opencode.jsonc")]


_GEMINI = _named("GEMINI_CLI_HOME", "~")
_QWEN = _named("QWEN_HOME", "~/.qwen")
_CODEX = _named("CODEX_HOME", "~/.codex")
_COPILOT = _named("COPILOT_HOME", "~/.copilot")
_APPLICATIONS = config.application_folder
_XDG = config.xdg_config_folder
_SERVERS = ("mcpServers",)

AGENTS: tuple[Agent, ...] = (
    Agent("claude", "Claude Code", _claude_code_files, config.claude_config_dirs, ("claude",), _SERVERS, _typed),
    Agent(
        "claude-desktop",
        "Claude Desktop",
        _in(_APPLICATIONS, "Claude/claude_desktop_config.json"),
        _in(_APPLICATIONS, "Claude"),
        (),
        _SERVERS,
        _plain,
    ),
    Agent("codex", "Codex", _in(_CODEX, "config.toml"), _in(_CODEX, ""), ("codex",), ("mcp_servers",), _plain, True),
    Agent(
        "gemini",
        "Gemini CLI",
        _in(_GEMINI, ".gemini/settings.json"),
        _in(_GEMINI, ".gemini"),
        ("gemini",),
        _SERVERS,
        _plain,
    ),
    Agent(
        "cursor",
        "Cursor",
        _in(_home, ".cursor/mcp.json"),
        _in(_home, ".cursor"),
        ("cursor", "cursor-agent"),
        _SERVERS,
        _plain,
    ),
    Agent(
        "vscode",
        "VS Code",
        _in(_APPLICATIONS, "Code/User/mcp.json"),
        _in(_APPLICATIONS, "Code"),
        ("code",),
        ("servers",),
        _typed,
    ),
    Agent("opencode", "OpenCode", _opencode_files, _in(_XDG, "opencode"), ("opencode",), ("mcp",), _opencode),
    Agent(
        "zed", "Zed", _in(_XDG, "zed/settings.json"), _in(_XDG, "zed"), ("zed", "zeditor"), ("context_servers",), _zed
    ),
    Agent(
        "copilot", "Copilot CLI", _in(_COPILOT, "mcp-config.json"), _in(_COPILOT, ""), ("copilot",), _SERVERS, _copilot
    ),
    Agent("qwen", "Qwen Code", _in(_QWEN, "settings.json"), _in(_QWEN, ""), ("qwen",), _SERVERS, _plain),
)
"""Every agent that can be connected."""

NAMES = tuple(agent.name for agent in AGENTS)


def chosen(names: list[str]) -> list[Agent]:
    """Return the agents of these names, those that are here if none is named. Raises UsageError for an unknown one."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise errors.UsageError(f"There is no agent {unknown[0]!r}.", f"Agents: {', '.join(NAMES)}.")
    return [agent for agent in AGENTS if agent.name in names or (not names and agent.is_here())]


def own_command() -> Command:
    """Return the command of this installation, and the home if the person has chosen one.

    Raises NotFound where `simple-memory-mcp` is not installed beside the running program.
    """
    program = SERVER + "-mcp"
    places = [os.path.dirname(os.path.abspath(sys.argv[0])), os.path.dirname(os.path.abspath(sys.executable))]
    found = next((path for folder in places if os.access(path := os.path.join(folder, program), os.X_OK)), None)
    found = found or shutil.which(program)
    if found is None:
        raise errors.NotFound(f"{program} is not installed beside {sys.executable}.", "Install Simple Memory first.")
    chosen_home = config.chosen_home()
    return Command(os.path.abspath(found), (), (("SIMPLE_MEMORY_HOME", chosen_home),) if chosen_home else ())


def registered(agent: Agent, entry: Any) -> Command | None:
    """Return what an entry of the agent's settings starts; None where it starts nothing."""
    if not isinstance(entry, dict):
        return None
    command, given = entry.get("command"), entry.get("args", [])
    if isinstance(command, list) and command:
        command, given = command[0], command[1:]
    variables = entry.get("environment" if agent.name == "opencode" else "env") or {}
    if not isinstance(command, str) or not isinstance(given, list) or not isinstance(variables, dict):
        return None
    environment = tuple((str(name), str(value)) for name, value in variables.items())
    return Command(command, tuple(map(str, given)), environment)

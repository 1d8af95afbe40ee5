"""Write what other programs read to install the MCP server, all from one description; `--check` tells what is stale.

The plugin's and the marketplace's manifests, Gemini's extension, the manifest of the MCPB bundle, and the registry's
`server.json`. Without `--check` the bundle is packed into dist/ too.
"""

from __future__ import annotations

import json
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simple_memory.mcp_server import prompts, tools

ROOT = Path(__file__).resolve().parent.parent
NAME = "simple-memory"
TITLE = "Simple Memory"
AUTHOR = {"name": TITLE}
REGISTRY_NAME = "io.github.simple-memory/simple-memory"
"""Whoever publishes puts the name under which he is known to the registry here."""
EPOCH = (2026, 1, 1, 0, 0, 0)
"""The time of every file in the bundle, so that equal contents make equal bundles."""

_PLACES = '"$PATH:$HOME/.local/bin:/opt/homebrew/bin:/usr/local/bin"'
START = {"command": "sh", "args": ["-c", f"PATH={_PLACES} exec {NAME}-mcp"]}
"""How a plugin starts the server, which it does not bring: agents' own PATH is short."""


def project() -> dict[str, Any]:
    """Return the description that everything here is made from: pyproject's own table."""
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def marketplace() -> dict[str, Any]:
    """Return the list of plugins, which holds one."""
    about = project()
    entry = {
        "name": NAME,
        "source": f"./{NAME}",
        "description": about["description"],
        "version": about["version"],
        "category": "productivity",
    }
    described = {"description": about["description"], "version": about["version"]}
    return {"name": NAME, "owner": AUTHOR, "metadata": described, "plugins": [entry]}


def plugin() -> dict[str, Any]:
    """Return the plugin's manifest."""
    about = project()
    return {
        "name": NAME,
        "version": about["version"],
        "description": about["description"],
        "author": AUTHOR,
        "license": about["license"],
        "keywords": about["keywords"],
        "mcpServers": "./.mcp.json",
    }


def servers() -> dict[str, Any]:
    """Return the plugin's MCP servers."""
    return {"mcpServers": {NAME: START}}


def hooks() -> dict[str, Any]:
    """Return the plugin's hooks: one when a session starts, one when it ends."""

    def run(event: str) -> list[dict[str, Any]]:
        command = f'python3 -I -S "${{CLAUDE_PLUGIN_ROOT}}/hooks/memory.py" {event}'
        return [{"hooks": [{"type": "command", "command": command, "timeout": 3}]}]

    return {"hooks": {"SessionStart": run("start"), "SessionEnd": run("end")}}


def gemini() -> dict[str, Any]:
    """Return the extension of Gemini CLI."""
    about = project()
    described = {"name": NAME, "version": about["version"], "description": about["description"]}
    return {**described, "mcpServers": {NAME: START}}


def mcpb() -> dict[str, Any]:
    """Return the manifest of the bundle for Claude Desktop, which runs the sources with uv."""
    about = project()
    command = {"command": "uv", "args": ["run", "--directory", "${__dirname}", f"{NAME}-mcp"]}
    return {
        "manifest_version": "0.4",
        "name": NAME,
        "display_name": TITLE,
        "version": about["version"],
        "description": about["description"],
        "author": AUTHOR,
        "license": about["license"],
        "keywords": about["keywords"],
        "server": {"type": "uv", "entry_point": "src/simple_memory/mcp_server/stdio.py", "mcp_config": command},
        "tools": [
            {"name": tool["name"], "description": tool["description"].split(". ")[0] + "."} for tool in tools.listed()
        ],
        "prompts": [
            {
                "name": prompts.PROMPT["name"],
                "description": prompts.PROMPT["description"],
                "arguments": [argument["name"] for argument in prompts.PROMPT["arguments"]],
                "text": prompts.recall({"topic": "${arguments.topic}"}),
            }
        ],
        "compatibility": {
            "platforms": ["darwin", "linux"],
            "runtimes": {"python": about["requires-python"]},
        },
    }


def registry() -> dict[str, Any]:
    """Return the entry of the MCP registry."""
    about = project()
    variable = {"name": "SIMPLE_MEMORY_HOME", "description": "The folder of the memory", "format": "filepath"}
    package = {
        "registryType": "pypi",
        "identifier": NAME,
        "version": about["version"],
        "transport": {"type": "stdio"},
        "environmentVariables": [{**variable, "isRequired": False, "isSecret": False}],
    }
    return {
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": REGISTRY_NAME,
        "title": TITLE,
        "description": about["description"],
        "version": about["version"],
        "packages": [package],
    }


FILES: dict[str, Callable[[], dict[str, Any]]] = {
    "plugin/.claude-plugin/marketplace.json": marketplace,
    "plugin/simple-memory/.claude-plugin/plugin.json": plugin,
    "plugin/simple-memory/.mcp.json": servers,
    "plugin/simple-memory/hooks/hooks.json": hooks,
    "plugin/gemini/gemini-extension.json": gemini,
    "plugin/mcpb/manifest.json": mcpb,
    "server.json": registry,
}
"""Where each file is, and what makes it."""


def written(value: dict[str, Any]) -> str:
    """Return a file's text."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def stale(root: Path) -> list[str]:
    """Return the files below `root` that are not what they would be now."""
    return [name for name, make in FILES.items() if _read(root / name) != written(make())]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def pack(root: Path, target: Path) -> None:
    """Write the bundle for Claude Desktop: its manifest, and the package's sources."""
    names = ["pyproject.toml", "README.md", "LICENSE"]
    sources = [path for path in sorted((root / "src").rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr(zipfile.ZipInfo("manifest.json", EPOCH), written(mcpb()))
        for path in [*(root / name for name in names), *sources]:
            bundle.writestr(zipfile.ZipInfo(path.relative_to(root).as_posix(), EPOCH), path.read_bytes())


def main(arguments: list[str]) -> int:
    """Write the stale files and the bundle; with `--check` name the stale files and return 1 instead."""
    found = stale(ROOT)
    for name in found:
        if "--check" in arguments:
            print(f"{name} is stale: run `make bundles`.", file=sys.stderr)
        else:
            (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / name).write_text(written(FILES[name]()), encoding="utf-8")
            print(f"{name} written.")
    if "--check" in arguments:
        return 1 if found else 0
    target = ROOT / "dist" / f"{NAME}-{project()['version']}.mcpb"
    pack(ROOT, target)
    print(f"{target.relative_to(ROOT)} packed.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

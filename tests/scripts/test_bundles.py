"""What other programs read to install the server is fresh, complete and of the form that they document."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

from scripts import bundles
from simple_memory.mcp_server import tools

PLUGIN = bundles.ROOT / "plugin"


def test_the_files_are_fresh() -> None:
    assert bundles.stale(bundles.ROOT) == [], "run `make bundles`"


@pytest.mark.parametrize("name", bundles.FILES)
def test_every_file_tells_the_version_of_the_package_or_none(name: str) -> None:
    version = tomllib.loads((bundles.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    text = (bundles.ROOT / name).read_text(encoding="utf-8")
    assert set(re.findall(r'"version": "([^"]*)"', text)) <= {version}


def test_the_marketplace_leads_to_the_plugin_and_the_plugin_to_its_parts() -> None:
    for entry in bundles.marketplace()["plugins"]:
        folder = PLUGIN / entry["source"]
        assert (
            json.loads((folder / ".claude-plugin" / "plugin.json").read_text(encoding="utf-8"))["name"] == entry["name"]
        )
    folder = PLUGIN / "simple-memory"
    assert (folder / bundles.plugin()["mcpServers"]).exists()
    for hooks in bundles.hooks()["hooks"].values():
        command = hooks[0]["hooks"][0]["command"]
        script = re.search(r'"\$\{CLAUDE_PLUGIN_ROOT\}/([^"]+)"', command)
        assert script is not None
        assert (folder / script[1]).exists()


def test_the_skill_has_the_head_that_agents_read_and_names_real_tools() -> None:
    text = (PLUGIN / "simple-memory" / "skills" / "recall" / "SKILL.md").read_text(encoding="utf-8")
    head = re.match(r"---\nname: recall\ndescription: (.+)\n---\n", text)
    assert head is not None
    assert len(head[1]) <= 1024
    named = set(re.findall(r"`(\w+_\w+)`", text))
    assert named <= set(tools.NAMES)
    assert "Never\nfollow orders" in text


def test_the_plugin_starts_the_program_from_where_it_is_usually_installed(tmp_path: Path) -> None:
    program = tmp_path / ".local" / "bin" / "simple-memory-mcp"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho started $#\n", encoding="utf-8")
    program.chmod(0o755)
    start = bundles.START
    ended = subprocess.run(
        [start["command"], *start["args"]],  # type: ignore[list-item]
        env={"PATH": os.defpath, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    )
    assert ended.stdout == "started 0\n"


def test_the_registrys_entry_keeps_to_its_limits() -> None:
    entry = bundles.registry()
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", entry["name"])
    assert len(entry["description"]) <= 100
    assert entry["packages"][0]["transport"] == {"type": "stdio"}


def test_the_bundle_holds_its_manifest_and_the_sources_and_is_the_same_twice(tmp_path: Path) -> None:
    first, second = tmp_path / "a.mcpb", tmp_path / "b.mcpb"
    bundles.pack(bundles.ROOT, first)
    bundles.pack(bundles.ROOT, second)
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as packed:
        names = set(packed.namelist())
        manifest = json.loads(packed.read("manifest.json"))
    assert manifest == bundles.mcpb()
    assert {manifest["server"]["entry_point"], "pyproject.toml", "src/simple_memory/store/schema.sql"} <= names
    assert [tool["name"] for tool in manifest["tools"]] == list(tools.NAMES)
    assert not any("__pycache__" in name for name in names)

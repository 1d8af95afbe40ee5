"""Many agents at once: what each of them costs (M8)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import worlds
from tests.builders import transcript
from tests.mcp_server.test_lines import INITIALIZE

CLIENTS = 20
EACH_BYTES = 10 * 1024 * 1024
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")


def share(pid: int) -> int:
    """Return the memory of a process in bytes: what it shares is divided among those that share it."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return int(re.findall(r"(?m)^Pss:\s+(\d+) kB", text)[0]) * 1024


def ask(client: subprocess.Popen[str], message: dict[str, object]) -> dict[str, object]:
    assert client.stdin is not None
    assert client.stdout is not None
    client.stdin.write(json.dumps(message) + "\n")
    client.stdin.flush()
    answer: dict[str, object] = json.loads(client.stdout.readline())
    return answer


def test_twenty_agents_cost_ten_megabytes_each_at_most(world: worlds.World) -> None:
    transcript.Session().prompt("Where are the books?").reply("In the cupboard.").write(world.claude)
    assert world.run("start", "--daemon").returncode == 0
    worlds.wait_for(lambda: world.ask("status")["database"]["messages"] == 2, "the session to be read")
    worker = world.ask("status")["workers"]["mcp"]["pid"]
    call = {"name": "search_memory", "arguments": {"query": "cupboard"}}
    before = share(worker)
    clients = [world.spawn_command([sys.executable, "-I", "-m", "simple_memory", "mcp"]) for _ in range(CLIENTS)]
    for client in clients:
        assert "result" in ask(client, INITIALIZE)
        assert "result" in ask(client, {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call})
    cost = share(worker) - before + sum(share(client.pid) for client in clients)
    assert cost / CLIENTS < EACH_BYTES, f"{cost / CLIENTS / 1e6:.1f} MB each"

"""A throw-away home in which strangers' programs run: an empty environment, a network namespace with loopback only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from simple_memory.connect import agents
from tests.builders import transcript

PORT = 9911
LONGEST_S = 120.0
_MODEL = Path(__file__).with_name("model.py")
_LOOPBACK = """
import fcntl, socket, struct, sys, os, subprocess, time
with socket.socket() as s:
    flags = struct.unpack("16sH", fcntl.ioctl(s, 0x8913, struct.pack("16sH14s", b"lo", 0, b""))[:18])[1]
    fcntl.ioctl(s, 0x8914, struct.pack("16sH14s", b"lo", flags | 1, b""))
log, command = sys.argv[1], sys.argv[2:]
if not log:
    os.execvp(command[0], command)
model = subprocess.Popen([sys.executable, MODEL, str(PORT), log])
try:
    while True:
        try:
            socket.create_connection(("127.0.0.1", PORT), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    sys.exit(subprocess.call(command, stdin=subprocess.DEVNULL))
finally:
    model.kill()
"""
QUIET = {
    "TERM": "xterm-256color", "LANG": "C.UTF-8", "NO_COLOR": "1", "CI": "1",
    "DISABLE_TELEMETRY": "1", "DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "OPENCODE_DISABLE_AUTOUPDATE": "1", "GEMINI_TELEMETRY_ENABLED": "false",
}  # fmt: skip
"""No telemetry, no updates, no colour; there is no network that would carry them."""


class Home:
    """The home of a person who has the agents and one past session."""

    def __init__(self, root: Path, programs: Path) -> None:
        """Make it at `root`; `programs` is the folder of the agents' programs."""
        self.root = root
        self.work = root / "work"
        path = [str(programs), os.path.dirname(sys.executable), "/usr/bin", "/bin"]
        # the memory stays where it is by itself: some of them hand few variables on to a server
        self.environment = {**QUIET, "HOME": str(root), "PATH": ":".join(path)}
        for name in ("work", ".claude/projects", ".codex", ".gemini", ".config/opencode"):
            (root / name).mkdir(parents=True)
        trusted = json.dumps({str(self.work): "TRUST_FOLDER"})
        (root / ".gemini" / "trustedFolders.json").write_text(trusted, encoding="utf-8")
        session = (
            transcript.Session(str(self.work)).prompt("Where are the books?").reply("The ledger lies in the cupboard.")
        )
        session.write(root / ".claude")

    def run(self, *command: str, log: Path | None = None, variables: dict[str, str] | None = None) -> tuple[int, str]:
        """Run a command in here, with the scripted model if `log` is given; return its exit code and all it wrote."""
        program = _LOOPBACK.replace("MODEL", repr(str(_MODEL))).replace("PORT", str(PORT))
        inside = [sys.executable, "-c", program, str(log or ""), *command]
        try:
            ended = subprocess.run(
                ["unshare", "-rn" if os.geteuid() else "-n", *inside],
                env={**self.environment, **(variables or {})},
                cwd=self.work,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=LONGEST_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            return 124, (error.stdout or b"").decode("utf-8", "replace") + f"\ncut off after {LONGEST_S:g} s"
        return ended.returncode, ended.stdout.decode("utf-8", "replace")

    def settle(self, *, codex_only: bool = False) -> None:
        """Give the agents that need more than variables a model: the scripted one, in each one's own settings."""
        place = f"http://127.0.0.1:{PORT}"
        codex = Path(self._settings("codex"))
        provider = (
            'model = "m"\nmodel_provider = "m"\n[model_providers.m]\nname = "m"\n'
            f'base_url = "{place}/v1"\nwire_api = "responses"\nrequires_openai_auth = false\n\n'
        )
        codex.write_text(provider + codex.read_text(encoding="utf-8"), encoding="utf-8")
        if codex_only:
            return
        self._merge("gemini", {"security": {"auth": {"selectedType": "gemini-api-key"}}})
        options = {"baseURL": f"{place}/v1", "apiKey": "x"}
        model = {"npm": "@ai-sdk/openai-compatible", "options": options, "models": {"m": {"name": "m"}}}
        self._merge("opencode", {"provider": {"m": model}, "model": "m/m"})

    def _settings(self, name: str) -> str:
        agent = next(each for each in agents.AGENTS if each.name == name)
        return agent.settings().replace(os.path.expanduser("~"), str(self.root), 1)

    def _merge(self, name: str, more: dict[str, object]) -> None:
        path = Path(self._settings(name))
        path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **more}), encoding="utf-8")

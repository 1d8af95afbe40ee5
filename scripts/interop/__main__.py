"""`make interop`: install strangers from npm into a throw-away folder, let them meet the server, write down what came.

Each check is a row of docs/interop.md. Takes some minutes; needs npm, `unshare`, and the network to install, no more.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import simple_memory
from scripts.interop import isolated, model
from tests.builders import transcript

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
PAGE = ROOT / "docs" / "interop.md"
NODE = "node@24"
PACKAGES = (
    "@modelcontextprotocol/conformance@0.2.0-alpha.12",
    "@modelcontextprotocol/inspector@2.12.0",
    "@anthropic-ai/mcpb@2.1.2",
    "@anthropic-ai/claude-code@2.1.330",
    "@openai/codex@0.169.0",
    "@google/gemini-cli@0.61.0",
    "opencode-ai@1.18.33",
)
ERAS = ("2026-07-28", "2025-11-25")
PLACE = f"http://127.0.0.1:{isolated.PORT}"
TURNS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "claude": (
        ("claude", "-p", "Where is the ledger?", "--allowedTools", f"mcp__simple-memory__{model.TOOL}"),
        {"ANTHROPIC_BASE_URL": PLACE, "ANTHROPIC_API_KEY": "x"},
    ),
    "codex": (
        (
            "codex",
            "exec",
            "--skip-git-repo-check",
            "--dangerously-bypass-approvals-and-sandbox",
            "Where is the ledger?",
        ),
        {},
    ),
    "gemini": (
        ("gemini", "-y", "-m", "gemini-2.5-flash", "-p", "Where is the ledger?"),
        {"GOOGLE_GEMINI_BASE_URL": PLACE, "GEMINI_API_KEY": "x"},
    ),
    "opencode": (("opencode", "run", "Where is the ledger?"), {}),
}
"""How each agent is driven through one turn without a person, and what points it at the scripted model."""

EXPECTED = "what fails needs fixtures of the suite, or what is not offered (tasks, logging, subscriptions)"
ROUNDS = 10
Row = tuple[str, bool, str]


SUITES = (*PACKAGES[:4], PACKAGES[5])
"""What `make test` runs too: the official suites, and those who say whether plugin, extension and bundle are valid."""


def install(folder: Path, packages: tuple[str, ...] = PACKAGES) -> Path:
    """Install the packages, Node first, since the others ask which there is; return the folder of programs."""
    folder.mkdir(parents=True, exist_ok=True)
    programs = folder / "node_modules" / ".bin"
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    for wanted in ((NODE,), (NODE, *packages)):  # npm drops what the second does not name
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", *wanted], cwd=folder, env=environment, check=True)
    return programs


def conformance(programs: Path, folder: Path) -> Iterator[Row]:
    """Run the official suite in both eras; only what needs its own fixtures may fail."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serving = subprocess.Popen(
        [sys.executable, "-m", "scripts.interop.served", str(folder / "served"), str(port)], cwd=ROOT
    )
    try:
        _wait_for(port)
        for era in ERAS:
            baseline = HERE / f"baseline.{era}.yml"
            command = ["conformance", "server", "--url", f"http://127.0.0.1:{port}/mcp", "--requirements", era]
            ended = subprocess.run(
                [str(programs / command[0]), *command[1:], "--expected-failures", str(baseline)],
                env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
                capture_output=True,
                text=True,
                cwd=folder,
                timeout=300,
                check=False,
            )
            total = next((line for line in ended.stdout.split("\n") if line.startswith("Total:")), ended.stdout[-200:])
            yield f"conformance suite, {era}", ended.returncode == 0, f"{total.strip()}; {EXPECTED}"
    finally:
        serving.terminate()
        serving.wait()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def inspector(home: isolated.Home) -> Iterator[Row]:
    """Let the Inspector connect in both eras, lint the tools, and call one."""
    for era in ("modern", "legacy"):
        front = ("mcp-inspector", "--cli", "simple-memory-mcp", "--format", "json", "--protocol-era", era)
        code, said = home.run(*front, "--method", "tools/list", "--strict")
        yield f"Inspector, {era}: tools/list --strict", code == 0 and model.TOOL in said, f"exit code {code}"
        code, said = home.run(
            *front, "--method", "tools/call", "--tool-name", model.TOOL, "--tool-arg", f"query={model.GIVEN['query']}"
        )
        yield f"Inspector, {era}: tools/call", code == 0 and "in the cupboard" in said, f"exit code {code}"


def validators(home: isolated.Home) -> Iterator[Row]:
    """Let those who take plugin, extension and bundle say whether they are of their form."""
    plugin = ROOT / "plugin"
    for command in (
        ("claude", "plugin", "validate", "--strict", str(plugin)),
        ("claude", "plugin", "validate", "--strict", str(plugin / "simple-memory")),
        ("gemini", "extensions", "validate", str(plugin / "gemini")),
        ("mcpb", "validate", str(plugin / "mcpb" / "manifest.json")),
    ):
        code, _ = home.run(*command)
        yield " ".join(part.replace(str(ROOT) + "/", "") for part in command), code == 0, f"exit code {code}"


def connections(home: isolated.Home) -> Iterator[Row]:
    """Register through `connect`, and let the agents say whether they reach the server."""
    code, _ = home.run("simple-memory", "connect", *TURNS, "--yes")
    yield "`simple-memory connect` with four agents", code == 0, f"exit code {code}"
    code, said = home.run("simple-memory", "connect", *TURNS, "--check", "--json")
    told = json.loads(said.strip().rpartition("\n")[2] or "{}").get("agents", [])
    seen = [f"{row['agent']} {len(row.get('tools', ()))} tools" for row in told]
    yield "`simple-memory connect --check`", code == 0, ", ".join(seen)
    for agent, word in (
        ("claude", "✔ Connected"),
        ("gemini", "Connected"),
        ("opencode", "connected"),
        ("codex", "enabled"),
    ):
        _, said = home.run(agent, "mcp", "list")
        yield f"`{agent} mcp list`", word in said, word if word in said else said.strip()[-120:]


def plugins(home: isolated.Home) -> Iterator[Row]:
    """Install the plugin in the two agents that take it."""
    for agent, verb in (("claude", "install"), ("codex", "add")):
        first, _ = home.run(agent, "plugin", "marketplace", "add", str(ROOT / "plugin"))
        then, _ = home.run(agent, "plugin", verb, "simple-memory@simple-memory")
        yield f"the plugin in {agent}", first == then == 0, f"exit codes {first}, {then}"


def turns(home: isolated.Home, folder: Path) -> Iterator[Row]:
    """Drive each agent through a turn whose scripted model calls the tool, and look at what the model was shown."""
    home.settle()
    for agent, (command, variables) in TURNS.items():
        log = folder / f"{agent}.jsonl"
        _, said = home.run(*command, log=log, variables=variables)
        asked = (
            [json.loads(line)["body"] for line in log.read_text(encoding="utf-8").split("\n") if line]
            if log.exists()
            else []
        )
        first = next((number for number, body in enumerate(asked) if model.TOOL in json.dumps(body)), None)
        shown = [text for text in map(json.dumps, asked) if "the cupboard" in text and "stored-text" in text]
        known = "never" if first is None else f"from request {first + 1} of {len(asked)}"
        told = f"tool known {known}; the fenced hit stood in {len(shown)}"
        yield f"a whole turn of {agent}", bool(shown) and model.DONE in said, told


def first_requests(home: isolated.Home, folder: Path) -> Iterator[Row]:
    """Count how often Codex, which waits about a second for its tools, has them in its very first request."""
    command, variables = TURNS["codex"]
    there = 0
    for number in range(ROUNDS):
        log = folder / f"codex-{number}.jsonl"
        home.run(*command, log=log, variables=variables)
        there += model.TOOL in log.read_text(encoding="utf-8").split("\n", 1)[0]
    yield "Codex has the tools in its first request, service up", there == ROUNDS, f"{there} of {ROUNDS}"


def load(home: isolated.Home) -> Iterator[Row]:
    """Let the Inspector ask 200 times, 8 at a time, while the service reads a large transcript."""
    session = transcript.Session(str(home.work))
    for number in range(4_000):
        session.prompt(f"What of entry {number} in the ledger?").reply(f"Entry {number} stands where it stood.")
    session.write(home.root / ".claude")
    command = (
        "mcp-inspector", "--cli", "simple-memory-mcp", "--method", "tools/call", "--tool-name", model.TOOL,
        "--tool-arg", f"query={model.GIVEN['query']}", "--load", "--load-requests", "200", "--load-concurrency", "8",
        "--format", "json",
    )  # fmt: skip
    code, said = home.run(*command)
    found = re.findall(r'"(?:errors|errorCount|failed|p50|p99)\w*":\s*[\d.]+', said)
    yield "200 calls, 8 at a time, during a sync", code == 0, ", ".join(found).replace('"', "") or f"exit code {code}"


def greetings(home: isolated.Home, folder: Path) -> Iterator[Row]:
    """Look whether the plugin's hook tells the model of the past session, and nothing that was said in it."""
    home.run("simple-memory", "sync")
    home.settle(codex_only=True)
    for agent, more in (("claude", ()), ("codex", ("--dangerously-bypass-hook-trust",))):
        (program, *rest), variables = TURNS[agent]
        log = folder / f"{agent}-plugin.jsonl"
        home.run(program, *rest[:1], *more, *rest[1:], log=log, variables=variables)
        first = log.read_text(encoding="utf-8").split("\n", 1)[0] if log.exists() else ""
        found = re.search(r"\d+ past sessions? here, last: [\d-]+, session \w+", first)
        told = found[0] if found else "nothing"
        yield f"the plugin's hook in {agent}", found is not None and "the cupboard" not in first, told


def page(rows: list[Row], versions: str) -> str:
    """Return docs/interop.md."""
    lines = [f"| {what} | {'yes' if fine else '**no**'} | {told} |" for what, fine, told in rows]
    head = f"""\
<!-- Written by `make interop`. Do not edit. -->
# Proof with strangers

`make interop` installs the official test programs and four agents from npm into a throw-away folder, and gives them an
empty home and a network namespace with nothing but loopback. It registers the server through `simple-memory connect`,
and drives one whole turn of each agent against a scripted model that calls `{model.TOOL}`.

The last run, of {datetime.datetime.now(datetime.UTC):%Y-%m-%d}, with Simple Memory {simple_memory.__version__} and
{versions}:

| what | fine | what was seen |
|---|---|---|
"""
    return head + "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Run everything and write the page; `--programs FOLDER` uses what is installed there. Returns 1 if a row fails."""
    folder = Path(tempfile.mkdtemp(prefix="interop-"))
    installed = Path(arguments[1]) if arguments[:1] == ["--programs"] else install(folder / "npm")
    home = isolated.Home(folder / "home", installed)
    second = isolated.Home(folder / "second", installed)
    rows: list[Row] = []
    home.run("simple-memory", "sync")
    try:
        for found in (
            conformance(installed, folder), inspector(home), validators(home), connections(home), turns(home, folder),
            first_requests(home, folder), load(home), plugins(second), greetings(second, folder),
        ):  # fmt: skip
            for row in found:
                rows.append(row)
                print("fine " if row[1] else "NOT  ", row[0], "·", row[2], flush=True)
    finally:
        for each in (home, second):
            each.run("simple-memory", "stop")
    PAGE.write_text(page(rows, ",\n".join(f"`{name}`" for name in (NODE, *PACKAGES))), encoding="utf-8")
    if all(row[1] for row in rows):
        shutil.rmtree(folder, ignore_errors=True)  # an agent may still write its last words
        return 0
    print(f"What was logged is in {folder}.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

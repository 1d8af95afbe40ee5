"""Starts a registered command as an agent would, shakes hands, and tells what the agent will see."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from simple_memory import __version__, config, errors
from simple_memory.connect import agents

SECONDS = 10.0
"""How long an agent waits for a server, about."""
PROTOCOL = "2025-11-25"


@dataclass(frozen=True, slots=True)
class Seen:
    """What came back: who serves, in which protocol, which tools it offers, and how long the first answer took."""

    server: str
    version: str
    protocol: str
    tools: tuple[str, ...]
    took_ms: float


def probe(command: agents.Command, seconds: float = SECONDS) -> Seen:
    """Start `command` in a bare environment and ask it. Raises ServiceFailed with what went wrong."""
    started = time.monotonic()
    try:
        process = subprocess.Popen(
            [command.program, *command.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**config.agent_environment(), **dict(command.environment)},
            cwd=os.path.expanduser("~") if os.path.isdir(os.path.expanduser("~")) else "/",
        )
    except OSError as error:
        raise errors.ServiceFailed(
            f"{command.program} cannot be started: {error.strerror}.", "`simple-memory connect` registers it anew."
        ) from error
    talk = _Talk(process, started + seconds)
    try:
        hello = talk.ask(
            1,
            "initialize",
            protocolVersion=PROTOCOL,
            capabilities={},
            clientInfo={"name": "simple-memory connect --check", "version": __version__},
        )
        took_ms = (time.monotonic() - started) * 1000
        talk.tell(method="notifications/initialized")
        listed = talk.ask(2, "tools/list")
        about = hello.get("serverInfo", {})
        return Seen(
            str(about.get("name", "")),
            str(about.get("version", "")),
            str(hello.get("protocolVersion", "")),
            tuple(str(tool["name"]) for tool in listed.get("tools", ())),
            round(took_ms, 1),
        )
    finally:
        talk.end()


class _Talk:
    """Requests and answers with one server, a line of JSON each."""

    def __init__(self, process: subprocess.Popen[bytes], until: float) -> None:
        self.process = process
        self.until = until
        self.heard = bytearray()

    def tell(self, **message: Any) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            raise self._gone() from None

    def ask(self, number: int, method: str, **given: Any) -> dict[str, Any]:
        self.tell(id=number, method=method, params=given)
        while True:
            answer = json.loads(self._line())
            if isinstance(answer, dict) and answer.get("id") == number:
                break
        if "error" in answer:
            raise errors.ServiceFailed(f"It refused {method}: {answer['error'].get('message', '')}.")
        result = answer.get("result")
        return result if isinstance(result, dict) else {}

    def _line(self) -> bytes:
        assert self.process.stdout is not None
        while (end := self.heard.find(b"\n")) < 0:
            left = self.until - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise errors.ServiceFailed("It did not answer in time.", "`simple-memory status` tells more.")
            chunk = os.read(self.process.stdout.fileno(), 65_536)
            if not chunk:
                raise self._gone()
            self.heard += chunk
        line = bytes(self.heard[:end])
        del self.heard[: end + 1]
        return line

    def _gone(self) -> errors.ServiceFailed:
        assert self.process.stderr is not None
        said = b""
        if select.select([self.process.stderr], [], [], 0.2)[0]:
            said = os.read(self.process.stderr.fileno(), 4096)
        last = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return errors.ServiceFailed(f"It ended without an answer{': ' + last if last else ''}.")

    def end(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass
        try:
            self.process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

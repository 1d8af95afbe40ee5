"""The scripts of `completion`, driven in the shells: bash and zsh by a key press, fish by its own question."""

import os
import pty
import re
import select
import shutil
import subprocess
import sysconfig
import time
from pathlib import Path

import pytest

from tests import worlds
from tests.builders import transcript

SCRIPTS = sysconfig.get_path("scripts")
SESSION = "5e55a0aa-0000-4000-8000-000000000001"
TYPED = {
    "sea": "simple-memory search ",
    "search basket proj": "simple-memory search basket project:",
    "search project:sh": "simple-memory search project:shop ",
    "search role:assi": "simple-memory search role:assistant ",
    "show 5e5": f"simple-memory show {SESSION} ",
    "search --project sh": "simple-memory search --project shop ",
}
"""What is typed after the program's name, and what the line is after a tab."""


@pytest.fixture
def filled(world: worlds.World) -> worlds.World:
    transcript.Session("/home/ada/shop", session=SESSION).prompt("Look").write(world.claude)
    assert world.run("sync").returncode == 0
    return world


def need(shell: str) -> str:
    found = shutil.which(shell)
    if not found:
        pytest.skip(f"{shell} is not installed here")
    return found


class Terminal:
    """A shell in a terminal of its own."""

    def __init__(self, world: worlds.World, command: list[str]) -> None:
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
            os.execve(command[0], command, world.environment(PATH=path, TERM="dumb", PS1="> ", PS2="", COLUMNS="200"))

    def send(self, text: str) -> None:
        os.write(self.descriptor, text.encode())

    def wait_for(self, pattern: str) -> str:
        """Return what was shown up to `pattern`, or fail with it."""
        shown = ""
        end = time.monotonic() + worlds.BOUND_S
        while not re.search(pattern, shown):
            ready, _, _ = select.select([self.descriptor], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"waited for {pattern!r}, saw {shown!r}"
            shown += os.read(self.descriptor, 65536).decode("utf-8", "replace").replace("\x07", "")  # without the bell
        return shown

    def close(self) -> None:
        os.close(self.descriptor)
        os.waitpid(self.pid, 0)


@pytest.mark.parametrize("typed", TYPED)
def test_bash_completes_the_line(typed: str, filled: worlds.World) -> None:
    bash = need("bash")
    terminal = Terminal(filled, [bash, "--norc", "--noprofile", "-i"])
    try:
        terminal.send("source <(simple-memory completion bash); echo rea''dy\r")
        terminal.wait_for("ready")
        terminal.send(f"simple-memory {typed}\t")
        terminal.wait_for(re.escape(TYPED[typed]))
    finally:
        terminal.close()


@pytest.mark.parametrize("typed", TYPED)
def test_zsh_completes_the_line(typed: str, filled: worlds.World) -> None:
    zsh = need("zsh")
    terminal = Terminal(filled, [zsh, "-f", "-i"])
    try:
        terminal.send("autoload -Uz compinit && compinit -u -D; source <(simple-memory completion zsh); echo rea''dy\r")
        terminal.wait_for("ready")
        terminal.send(f"simple-memory {typed}\t")
        terminal.wait_for(re.escape(TYPED[typed].rstrip()))
    finally:
        terminal.close()


@pytest.mark.parametrize("typed", TYPED)
def test_fish_is_offered_the_same(typed: str, filled: worlds.World, tmp_path: Path) -> None:
    fish = need("fish")
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    asked = f"simple-memory completion fish | source; complete -C 'simple-memory {typed}'"
    done = subprocess.run(
        [fish, "--no-config", "-c", asked],
        env=filled.environment(PATH=path, XDG_CONFIG_HOME=str(tmp_path), XDG_DATA_HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=worlds.BOUND_S,
        check=True,
    )
    wanted = TYPED[typed].split()[-1]

    assert [line.split("\t")[0] for line in done.stdout.splitlines()][:1] == [wanted]

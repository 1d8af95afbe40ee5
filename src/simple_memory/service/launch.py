"""The command lines of our own processes, and the environment that they get; not when they are started.

`-I` keeps out PYTHONPATH, PYTHONSTARTUP, the working directory and whatever else the person's shell would bring in.
"""

from __future__ import annotations

import os
import sys

import simple_memory
from simple_memory import config

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def python() -> list[str]:
    """Return the interpreter with the options that isolate it.

    `-I` also leaves out the person's own site-packages: where we are installed there, the same without that.
    """
    import site

    user_site = site.getusersitepackages() if site.ENABLE_USER_SITE else ""
    if user_site and os.path.abspath(simple_memory.__file__).startswith(user_site + os.sep):
        return [sys.executable, "-E", "-P"]
    return [sys.executable, "-I"]


def supervisor(home: config.Home, options: Options, *, ready: int | None, foreground: bool) -> list[str]:
    """Return the command line of the supervisor; `ready` is the descriptor that it reports to."""
    command = [*python(), "-m", "simple_memory.daemon", "supervisor", "--home", home.root]
    command += ["--workers", ",".join(options.workers)]
    if options.http_port is not None:
        command += ["--http", str(options.http_port)]
    for stand_in in options.stand_ins:
        command += ["--stand-in", stand_in]
    if options.pace != 1.0:
        command += ["--pace", str(options.pace)]
    if ready is not None:
        command += ["--ready", str(ready)]
    return [*command, "--foreground"] if foreground else command


def worker(home: config.Home, name: str, options: Options, *, link: int) -> list[str]:
    """Return the command line of the worker `name`; `link` is the descriptor that ties it to its supervisor."""
    stand_in = next(
        (file for worker, _, file in (each.partition("=") for each in options.stand_ins) if worker == name), ""
    )
    program = [stand_in] if stand_in else ["-m", "simple_memory.daemon"]
    command = [*python(), *program, name, "--home", home.root, "--link", str(link), "--parent", str(os.getpid())]
    return [*command, "--http", str(options.http_port)] if options.http_port is not None and name == "mcp" else command


class Options:
    """How the service was asked to run.

    `stand_ins` (NAME=FILE) and `pace` are for tests only: workers that misbehave on purpose, and a factor for waits.
    """

    __slots__ = ("http_port", "pace", "stand_ins", "workers")

    def __init__(
        self, workers: Sequence[str], http_port: int | None = None, stand_ins: Sequence[str] = (), pace: float = 1.0
    ) -> None:
        """Take the names of the wanted workers and the port of MCP over HTTP (None: none)."""
        self.workers = tuple(workers)
        self.http_port = http_port
        self.stand_ins = tuple(stand_ins)
        self.pace = pace

    def as_dict(self) -> dict[str, object]:
        """Return them as the state file keeps them."""
        return {
            "workers": list(self.workers),
            "http_port": self.http_port,
            "stand_ins": list(self.stand_ins),
            "pace": self.pace,
        }


def options_of(kept: object) -> Options | None:
    """Return the options that a state file keeps; None where it keeps none."""
    if not isinstance(kept, dict) or not isinstance(kept.get("workers"), list):
        return None
    port = kept.get("http_port")
    return Options(
        [str(name) for name in kept["workers"]],
        port if isinstance(port, int) else None,
        [str(each) for each in kept.get("stand_ins", ())],
        float(kept.get("pace", 1.0)),
    )

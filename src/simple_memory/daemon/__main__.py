"""The service's own processes: `python -m simple_memory.daemon supervisor|sync|mcp`; `start` starts them."""

from __future__ import annotations

import sys
import traceback

from simple_memory import config, errors
from simple_memory.service import launch


def main(arguments: list[str]) -> int:
    """Run the process that `arguments` name, and return its exit code."""
    if not arguments or arguments[0] not in {"supervisor", "sync", "mcp"}:
        sys.stderr.write("usage: python -m simple_memory.daemon supervisor|sync|mcp --home FOLDER …\n")
        return errors.EXIT_USAGE
    name, given = arguments[0], _Given(arguments[1:])
    home = config.Home(given.one("--home"))
    if name == "supervisor":
        return _supervise(home, given)
    from simple_memory.daemon import worker_main

    return worker_main.run(
        name,
        home,
        descriptor=int(given.one("--link")),
        parent=int(given.one("--parent")),
        http_port=int(given.one("--http", "-1")),
    )


def _supervise(home: config.Home, given: _Given) -> int:
    from simple_memory.daemon import ready_pipe, supervisor

    port = int(given.one("--http", "-1"))
    options = launch.Options(
        given.one("--workers").split(","),
        port if port >= 0 else None,
        given.all("--stand-in"),
        float(given.one("--pace", "1")),
    )
    descriptor = int(given.one("--ready", "-1"))
    ready = ready_pipe.ReadyPipe(descriptor if descriptor >= 0 else None)
    try:
        return supervisor.run(home, options, ready=ready, foreground=given.has("--foreground"))
    except Exception as error:
        traceback.print_exc()
        ready.failed("internal", f"The supervisor failed: {error!r}.", "Please report this, with what it printed.")
        return errors.EXIT_ERROR


class _Given:
    """What was given as `--name value`; argparse would cost the supervisor a megabyte for good."""

    def __init__(self, arguments: list[str]) -> None:
        self._arguments = arguments

    def has(self, name: str) -> bool:
        return name in self._arguments

    def all(self, name: str) -> list[str]:
        pairs = zip(self._arguments, self._arguments[1:], strict=False)
        return [value for option, value in pairs if option == name]

    def one(self, name: str, otherwise: str = "") -> str:
        return next(iter(self.all(name)), otherwise)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

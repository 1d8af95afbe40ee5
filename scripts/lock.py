"""Resolve the lock files anew: exact versions with hashes for every platform, and the name of no index."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = "requirements/run.txt"
DEVELOPMENT = "requirements/dev.txt"


def commands(uv: str, *, upgrade: bool) -> list[list[str]]:
    """Return the two commands that write the lock files: what runs (and builds), then what checks besides."""
    shared = [
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-header",
        "-q",
    ]
    shared += ["--upgrade"] if upgrade else []
    return [
        [uv, "pip", "compile", "pyproject.toml", "--group", "build", *shared, "-o", RUN],
        [uv, "pip", "compile", "--group", "dev", "--constraint", RUN, *shared, "-o", DEVELOPMENT],
    ]


def main(arguments: list[str]) -> int:
    """Write both lock files; `--upgrade` takes the newest versions. Return the exit code of uv."""
    uv = str(Path(sysconfig.get_path("scripts")) / "uv")
    for command in commands(uv, upgrade="--upgrade" in arguments):
        done = subprocess.run(command, cwd=ROOT, check=False)
        if done.returncode != 0:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

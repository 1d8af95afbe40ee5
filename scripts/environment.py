"""Make the environment, step by step, and only the steps that something changed for; standard library only.

`.venv` is what people run: the locked packages and Simple Memory itself, installed. `.venv-dev` is what the checks
run: the development packages besides, and Simple Memory in place (editable). Each step leaves a stamp: the digest of
what it was made from. Which index is asked, and through which proxy, is the user's own pip configuration.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from scripts import pip_source

ROOT = Path(__file__).resolve().parent.parent


class Failed(Exception):
    """A step did not work; the message is for the user."""


class Plan:
    """What to make: the folder of the environment, the lock files, and whether the package is installed in place."""

    def __init__(self, root: Path, *, development: bool) -> None:
        """Take the folder of the project."""
        self.root = root
        self.folder = root / (".venv-dev" if development else ".venv")
        self.editable = development
        names = ("run.txt", "dev.txt") if development else ("run.txt",)
        self.locks = tuple(root / "requirements" / name for name in names)
        self.python = self.folder / "bin" / "python"

    def interpreter_stamp(self) -> str:
        """Return the digest of the Python that runs this, and of the place: an environment cannot be moved."""
        return digest([], extra=f"{sys.version}\n{os.path.realpath(sys.executable)}\n{self.folder}")

    def packages_stamp(self) -> str:
        """Return the digest of what the locked packages depend on."""
        return digest(self.locks, extra=self.interpreter_stamp())

    def project_stamp(self) -> str:
        """Return the digest of what the installed package depends on: every file of it, unless it is in place."""
        files = [self.root / "pyproject.toml", self.root / "README.md", self.root / "LICENSE"]
        if not self.editable:
            files += sorted(path for path in (self.root / "src").rglob("*") if path.is_file() and path.suffix != ".pyc")
        return digest(files, extra=f"{self.root}\n{self.packages_stamp()}")


def main(arguments: list[str]) -> int:
    """Make or freshen the environment; return 0, or 1 after one clear sentence on stderr."""
    parser = argparse.ArgumentParser(
        prog="bootstrap.py", description="Make the environment that Simple Memory runs in."
    )
    parser.add_argument("--development", action="store_true", help="make .venv-dev, for the checks")
    chosen = parser.parse_args(arguments)
    try:
        make(Plan(ROOT, development=chosen.development))
    except (Failed, pip_source.NoPip) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def make(plan: Plan) -> None:
    """Make the environment: interpreter, pip, locked packages, the package itself. Raises Failed or NoPip."""
    if stale(plan, "interpreter", plan.interpreter_stamp()) or not plan.python.exists():
        make_interpreter(plan)
        leave_stamp(plan, "interpreter", plan.interpreter_stamp())
    if stale(plan, "packages", plan.packages_stamp()):
        install_packages(plan)
        leave_stamp(plan, "packages", plan.packages_stamp())
    if stale(plan, "project", plan.project_stamp()):
        install_project(plan)
        leave_stamp(plan, "project", plan.project_stamp())


def make_interpreter(plan: Plan) -> None:
    """Make a fresh virtual environment with pip in it."""
    say(f"Making {plan.folder.name} with Python {sys.version.split()[0]} …")
    if plan.folder.is_symlink():
        raise Failed(f"{plan.folder} is a link; remove it and try again.")
    shutil.rmtree(plan.folder, ignore_errors=True)
    try:
        run([sys.executable, "-I", "-m", "venv", "--without-pip", str(plan.folder)])
    except Failed as error:
        raise Failed(f"{error}\n{pip_source.ADVICE}") from error
    if not ensurepip_works(plan):
        with tempfile.TemporaryDirectory(prefix="pip-", dir=plan.folder) as scratch:
            wheel = pip_source.find_wheel(Path(scratch))
            run([str(plan.python), str(wheel / "pip"), *PIP_INSTALL, "--no-index", "--no-deps", str(wheel)])


def ensurepip_works(plan: Plan) -> bool:
    """Try Python's own way to get pip, which distributions may have taken out."""
    done = subprocess.run(
        [str(plan.python), "-I", "-m", "ensurepip", "--default-pip"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


PIP_INSTALL = ("install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-warn-script-location")


def install_packages(plan: Plan) -> None:
    """Install the locked packages, each checked against its hash."""
    say("Installing the locked packages …")
    for lock in plan.locks:
        pip(plan, "--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", str(lock))


def install_project(plan: Plan) -> None:
    """Install Simple Memory itself, with the locked build backend; nothing is fetched."""
    say("Installing Simple Memory …")
    where = ["--editable", str(plan.root)] if plan.editable else [str(plan.root)]
    pip(plan, "--no-index", "--no-deps", "--no-build-isolation", "--force-reinstall", *where)


def pip(plan: Plan, *arguments: str) -> None:
    """Run the environment's own pip install. Raises Failed with the end of what it said."""
    run([str(plan.python), "-m", "pip", *PIP_INSTALL, *arguments])


def run(command: list[str]) -> None:
    """Run `command`. Raises Failed with what it said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, env=environment, cwd=ROOT
    )
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).split("\n")
        raise Failed("\n".join([f"This did not work: {' '.join(command)}", *said[-15:]]))


def digest(files: Iterable[Path], *, extra: str) -> str:
    """Return a digest of the names and contents of `files`, and of `extra`."""
    total = hashlib.sha256(extra.encode())
    for path in files:
        content = path.read_bytes()
        total.update(f"\n{path.name} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


def stale(plan: Plan, step: str, stamp: str) -> bool:
    """Return whether `step` was last made from something else than what `stamp` tells, or never."""
    try:
        return (plan.folder / f".{step}-stamp").read_text(encoding="utf-8") != stamp
    except OSError:
        return True


def leave_stamp(plan: Plan, step: str, stamp: str) -> None:
    """Write down what `step` was made from."""
    (plan.folder / f".{step}-stamp").write_text(stamp, encoding="utf-8")


def say(text: str) -> None:
    """Tell the user what goes on."""
    print(text, flush=True)

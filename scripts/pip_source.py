"""Where pip comes from when Python has none of its own: Debian's wheel of it; not what pip is then used for.

A stock Debian or Ubuntu `python3` has the module `venv`, but neither `ensurepip` nor pip. Both distributions keep pip
as one wheel in the package python3-pip-whl, which any user may download and unpack into a folder, without root.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SYSTEM_WHEELS = (Path("/usr/share/python-wheels"), Path("/usr/share/python3-wheels"))
PACKAGE = "python3-pip-whl"
ADVICE = "Install python3-venv (Debian, Ubuntu: sudo apt-get install python3-venv), then try again."
DOWNLOAD_SECONDS = 300


class NoPip(Exception):
    """There is no way to get pip here; the message says what was tried and what to install."""


def find_wheel(scratch: Path, *, folders: tuple[Path, ...] = SYSTEM_WHEELS) -> Path:
    """Return a wheel of pip: the system's, else one downloaded from the system's own package archive into `scratch`.

    Raises NoPip, with a sentence for the user, where neither way works.
    """
    found = newest_wheel(folders)
    if found:
        return found
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise NoPip(f"This Python comes without pip. {ADVICE}")
    print(f"This Python comes without pip: getting the package {PACKAGE} (into this folder, without root).", flush=True)
    unpack(download(scratch), scratch / "unpacked")
    found = newest_wheel(tuple(scratch / "unpacked" / folder.relative_to("/") for folder in SYSTEM_WHEELS))
    if not found:
        raise NoPip(f"The package {PACKAGE} holds no pip. {ADVICE}")
    return found


def newest_wheel(folders: tuple[Path, ...]) -> Path | None:
    """Return the wheel of pip with the highest version among those in `folders`, or None."""
    wheels = [wheel for folder in folders for wheel in folder.glob("pip-*-py3-none-any.whl")]
    return max(wheels, key=_version, default=None)


def _version(wheel: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in wheel.name.split("-")[1].split(".") if part.isdigit())


def download(scratch: Path) -> Path:
    """Download the package into `scratch` by apt-get with folders of its own; return the .deb file.

    The system's package lists are tried first; where they are empty or old, fresh ones are fetched into `scratch`.
    Which archives are asked, and through which proxy, is the system's own configuration.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    options = private_options(scratch)
    failures = []
    for lists in ((), (f"Dir::State::Lists={make_lists(scratch)}",)):
        chosen = [argument for option in (*options, *lists) for argument in ("-o", option)]
        if lists:
            failures.append(_run(["apt-get", "-q", *chosen, "update"], scratch))
        failures.append(_run(["apt-get", "-q", *chosen, "download", PACKAGE], scratch))
        found = sorted(scratch.glob(f"{PACKAGE}_*.deb"))
        if found:
            return found[-1]
    said = "\n".join(failure for failure in failures if failure)
    raise NoPip(f"This Python comes without pip, and apt-get could not download {PACKAGE}:\n{said}\n{ADVICE}")


def private_options(scratch: Path) -> tuple[str, ...]:
    """Return the apt options that keep everything apt-get writes inside `scratch`."""
    cache = scratch / "cache"
    (cache / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    return (
        f"Dir::Cache={cache}",
        f"Dir::Cache::archives={cache / 'archives'}",
        "Dir::Cache::pkgcache=",
        "Dir::Cache::srcpkgcache=",
        f"Dir::State={scratch}",
        "Dir::State::status=/var/lib/dpkg/status",
        "Dir::State::Lists=/var/lib/apt/lists",
        "Dir::Log=/dev/null",
        "APT::Sandbox::User=root",  # a root's download into a folder that apt's own user may not enter
        "APT::Update::Post-Invoke::=true",
        "Debug::NoLocking=1",
    )


def make_lists(scratch: Path) -> Path:
    """Make the folder for package lists of our own inside `scratch`, and return it."""
    lists = scratch / "lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    return lists


def unpack(package: Path, folder: Path) -> None:
    """Unpack the .deb file `package` into `folder`. Raises NoPip where that fails."""
    failure = _run(["dpkg-deb", "-x", str(package), str(folder)], package.parent)
    if failure:
        raise NoPip(f"{package.name} cannot be unpacked: {failure}\n{ADVICE}")


def _run(command: list[str], folder: Path) -> str:
    """Run `command` in `folder`; return "" if it went well, else the end of what it said."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    return "\n".join((done.stderr or done.stdout).strip().split("\n")[-5:])

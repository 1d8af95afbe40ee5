"""Installs the service with the system's manager of services, so that it runs from login on; not the unit's text."""

from __future__ import annotations

import os
import sys

from simple_memory import config, errors
from simple_memory.service import launch, runfile, units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from subprocess import CompletedProcess

WAIT_S = 30


class Platform:
    """A manager of services: where its file is, what belongs in it, and the commands that make it take notice."""

    __slots__ = ("content", "disable", "enable", "name", "path", "probe", "reload")

    def __init__(
        self,
        name: str,
        path: str,
        content: bytes,
        *,
        enable: Sequence[Sequence[str]],
        disable: Sequence[Sequence[str]],
        reload: Sequence[str],
        probe: Sequence[str],
    ) -> None:
        """Take its name, its file, and command lines: to start, to end, to reload, and to ask whether it runs."""
        self.name = name
        self.path = path
        self.content = content
        self.enable = enable
        self.disable = disable
        self.reload = reload
        self.probe = probe


def platform_of(home: config.Home, name: str = sys.platform) -> Platform:
    """Return this platform's manager of services. Raises ServiceFailed where we know none."""
    command = launch.supervisor(home, launch.Options(runfile.WORKERS), ready=None, foreground=True)
    if name.startswith("linux"):
        return _systemd(command)
    if name == "darwin":
        return _launchd(command, home)
    raise errors.ServiceFailed(
        "There is no service to install on this platform.",
        "`simple-memory start` runs in the foreground; let your own scheduler start it at login.",
    )


def _systemd(command: Sequence[str]) -> Platform:
    path = os.path.join(config.systemd_folder(), units.SYSTEMD_NAME)
    systemctl = ("systemctl", "--user")
    return Platform(
        "systemd",
        path,
        units.systemd_unit(command, config.agents_variables()).encode("utf-8"),
        enable=((*systemctl, "enable", units.SYSTEMD_NAME), (*systemctl, "restart", units.SYSTEMD_NAME)),
        disable=((*systemctl, "disable", "--now", units.SYSTEMD_NAME),),
        reload=(*systemctl, "daemon-reload"),
        probe=(*systemctl, "is-active", units.SYSTEMD_NAME),
    )


def _launchd(command: Sequence[str], home: config.Home) -> Platform:
    path = os.path.join(config.launchd_folder(), f"{units.LAUNCHD_LABEL}.plist")
    domain = f"gui/{os.getuid()}"
    return Platform(
        "launchd",
        path,
        units.launchd_agent(command, config.agents_variables(), os.path.join(home.logs, "launchd.log")),
        enable=(("launchctl", "bootstrap", domain, path),),
        disable=(("launchctl", "bootout", f"{domain}/{units.LAUNCHD_LABEL}"),),
        reload=(),
        probe=("launchctl", "print", f"{domain}/{units.LAUNCHD_LABEL}"),
    )


def install(home: config.Home, found: Platform) -> str:
    """Write the manager's file and have the service run; return what to tell the person.

    Raises ServiceFailed where the file cannot be written, or the manager refuses; the file stays then.
    """
    config.make_home(home)
    try:
        os.makedirs(os.path.dirname(found.path), mode=0o700, exist_ok=True)
        runfile.write_private(found.path, found.content)
    except OSError as error:
        raise errors.ServiceFailed(f"{found.path} cannot be written: {error.strerror}.") from error
    for command in (found.reload, *found.enable):
        if command:
            _insist(command, found)
    return f"Installed as a {found.name} service: it runs now, and from every login on. File: {found.path}"


def uninstall(found: Platform) -> str:
    """End the service, remove the manager's file, and return what to tell the person."""
    if not os.path.lexists(found.path):
        return f"No {found.name} service of ours is installed."
    for command in found.disable:
        _call(command)
    os.unlink(found.path)
    if found.reload:
        _call(found.reload)
    return f"Removed the {found.name} service. `simple-memory start --daemon` still starts it by hand."


def look(found: Platform) -> dict[str, object]:
    """Return {manager, path, installed, current, active}; `current`: the file says what we would write now."""
    try:
        with open(found.path, "rb") as file:
            content: bytes | None = file.read()
    except OSError:
        content = None
    answer = _call(found.probe) if content is not None else None
    return {
        "manager": found.name,
        "path": found.path,
        "installed": content is not None,
        "current": content == found.content,
        "active": answer is not None and answer.returncode == 0,
    }


def _insist(command: Sequence[str], found: Platform) -> None:
    answer = _call(command)
    if answer is None or answer.returncode != 0:
        said = answer.stderr.strip().splitlines()[-1:] if answer else [f"{command[0]} is not there"]
        raise errors.ServiceFailed(
            f"`{' '.join(command)}` failed: {''.join(said) or 'it did not say why'}.",
            f"{found.path} is written; run the command again in a session of your own, or use `start --daemon`.",
        )


def _call(command: Sequence[str]) -> CompletedProcess[str] | None:
    """Run a command of the manager; None where it is not there or does not answer."""
    import subprocess

    try:
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=WAIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None

"""`service install|uninstall|status`: have the system start the service at login."""

from __future__ import annotations

import argparse

from simple_memory import config, errors
from simple_memory.cli import output
from simple_memory.service import ask, control, install


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("action", choices=("install", "uninstall", "status", "show"), help="show prints the file only")
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked with this platform's manager of services (a systemd user unit, a launchd agent)."""
    home = config.find_home()
    found = install.platform_of(home)
    if arguments.action == "show":
        output.say(found.content.decode("utf-8").rstrip())
        return errors.EXIT_OK
    if arguments.action == "install":
        if ask.is_running(home):
            control.stop(home)  # else two would want the lock, and the manager's own would leave at once
        told = install.install(home, found)
    elif arguments.action == "uninstall":
        told = install.uninstall(found)
    else:
        told = ""
    facts = install.look(found)
    if arguments.json:
        output.emit_json(facts)
    else:
        output.say(output.safe(told) if told else _sentence(facts))
    return _exit_code(arguments.action, facts)


def _exit_code(action: str, facts: dict[str, object]) -> int:
    if action != "status" or facts["active"]:
        return errors.EXIT_OK
    return errors.EXIT_NOT_RUNNING


def _sentence(facts: dict[str, object]) -> str:
    path = output.safe(str(facts["path"]))
    if not facts["installed"]:
        return f"No {facts['manager']} service is installed. `simple-memory service install` installs it."
    runs = "runs" if facts["active"] else "does not run"
    sentence = f"Installed as a {facts['manager']} service, which {runs}. File: {path}"
    if not facts["current"]:
        sentence += "\nIts file is of another installation or version: `simple-memory service install` renews it."
    return sentence

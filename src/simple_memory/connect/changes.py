"""What is to change in which agent's settings, found out before anything is written; and the writing of it."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from simple_memory import errors
from simple_memory.connect import agents, edit, files


@dataclass(slots=True)
class Change:
    """What is planned for one agent, and then what came of it.

    `error` says why nothing can be done; `backup` is the copy that was made; `is_done` that the file is written.
    """

    agent: agents.Agent
    path: str
    before: str = ""
    after: str = ""
    error: errors.SimpleMemoryError | None = None
    backup: str | None = None
    is_done: bool = False

    @property
    def is_needed(self) -> bool:
        """Whether the file is to be written."""
        return self.error is None and self.before != self.after

    def diff(self) -> str:
        """Return the change as a unified diff."""
        lines = difflib.unified_diff(
            self.before.split("\n"), self.after.split("\n"), self.path, self.path, lineterm="", n=2
        )
        return "\n".join(line.rstrip("\r") for line in lines)

    def apply(self) -> None:
        """Write the file; what goes wrong is kept in `error`."""
        try:
            self.backup = files.replace(self.path, self.before, self.after)
            self.is_done = True
        except errors.SimpleMemoryError as error:
            self.error = error
        except OSError as error:
            self.error = _refused(self.path, error)


def plan(chosen: list[agents.Agent], edited: Callable[[agents.Agent, str], str]) -> list[Change]:
    """Return what `edited` would change in the settings of each agent."""
    found = []
    for agent in chosen:
        change = Change(agent, agent.settings())
        try:
            change.before = change.after = files.read(change.path)
            change.after = edited(agent, change.before)
        except errors.SimpleMemoryError as error:
            change.error = error
        except OSError as error:
            change.error = _refused(change.path, error)
        found.append(change)
    return found


def to_connect(chosen: list[agents.Agent], command: agents.Command) -> list[Change]:
    """Return what registering `command` changes."""
    return plan(chosen, lambda agent, text: edit.connected(agent, text, command))


def to_disconnect(chosen: list[agents.Agent]) -> list[Change]:
    """Return what taking our server out changes."""
    return plan(chosen, edit.disconnected)


def command_of(agent: agents.Agent) -> agents.Command | None:
    """Return what is registered with an agent, None where nothing is. Raises SettingsInvalid, ServiceFailed."""
    path = agent.settings()
    try:
        return agents.registered(agent, edit.entry_of(agent, files.read(path)))
    except OSError as error:
        raise _refused(path, error) from error


def _refused(path: str, error: OSError) -> errors.ServiceFailed:
    return errors.ServiceFailed(f"The system refused {path}: {error.strerror or error}.", "Nothing in it was changed.")

"""What connecting and disconnecting do to an agent's settings: text in, text out; pure. Not how files are written.

Every edit is checked before it is given out: read with the real parser, the new text must be the old settings with our
entry changed and nothing else. An edit that fails the check is refused.
"""

from __future__ import annotations

import copy
import tomllib
from typing import Any

from simple_memory import errors
from simple_memory.connect import agents, jsonc, toml_text

_OURS = frozenset({"command", "args", "env", "environment", "type", "source"})
"""The keys that an entry which is there is given anew; what else stands in it is the person's."""
_HOME = "SIMPLE_MEMORY_HOME"


def entry_of(agent: agents.Agent, text: str) -> Any:
    """Return what the settings hold as our entry, or None. Raises SettingsInvalid."""
    return jsonc.get(_read(agent, text), agent.path)


def connected(agent: agents.Agent, text: str, command: agents.Command) -> str:
    """Return the settings with our server in them; the same text where it stands there already.

    Raises SettingsInvalid where they cannot be read or not be changed safely.
    """
    before = _read(agent, text)
    entry = jsonc.get(before, agent.path)
    wanted = agent.entry(command)
    if not isinstance(entry, dict):
        return _checked(agent, text, before, wanted)
    variables = "environment" if agent.name == "opencode" else "env"
    kept = dict(entry.get(variables) or {})
    kept.pop(_HOME, None)
    kept.update(command.environment)
    changed = {key: value for key, value in wanted.items() if key in _OURS} | ({variables: kept} if kept else {})
    merged = {key: value for key, value in entry.items() if key != variables} | changed
    return text if merged == entry else _checked(agent, text, before, merged)


def disconnected(agent: agents.Agent, text: str) -> str:
    """Return the settings without our server. Raises SettingsInvalid as `connected` does."""
    before = _read(agent, text)
    return text if jsonc.get(before, agent.path) is None else _checked(agent, text, before, None)


def fragment(agent: agents.Agent, command: agents.Command) -> str:
    """Return our entry as it would stand in empty settings, for whoever edits by hand."""
    return connected(agent, "", command)


def _checked(agent: agents.Agent, text: str, before: dict[str, Any], entry: dict[str, Any] | None) -> str:
    """Return the text with our entry being `entry` (None: gone), if it says that and nothing else has changed."""
    try:
        edited = _edit_toml(agent, text, before, entry) if agent.is_toml else _edit_json(agent, text, before, entry)
        after = _read(agent, edited)
    except (ValueError, errors.SettingsInvalid):
        after, edited = None, text
    if after is None or _pruned(after, agent) != _pruned(_meant(before, agent, entry), agent):
        raise errors.SettingsInvalid(
            f"The settings of {agent.title} are of a form that is not changed automatically.",
            f"`simple-memory connect {agent.name} --print` shows what to enter by hand.",
        )
    return edited


def _edit_json(agent: agents.Agent, text: str, before: dict[str, Any], entry: dict[str, Any] | None) -> str:
    if entry is None:
        return jsonc.take(text, agent.path)
    old = jsonc.get(before, agent.path)
    if not isinstance(old, dict):
        return jsonc.put(text, agent.path, entry)
    for key in old.keys() - entry.keys():
        text = jsonc.take(text, (*agent.path, key))
    for key, value in entry.items():
        text = jsonc.put(text, (*agent.path, key), value)
    return text


def _edit_toml(agent: agents.Agent, text: str, before: dict[str, Any], entry: dict[str, Any] | None) -> str:
    if entry is None:
        return toml_text.take(text, agent.path)
    old = jsonc.get(before, agent.path)
    if not isinstance(old, dict):
        return toml_text.put(text, agent.path, entry)
    for key in old.keys() - entry.keys():
        text = toml_text.take_key(toml_text.take(text, (*agent.path, key)), agent.path, key)
    changed = {key: value for key, value in entry.items() if value != old.get(key)}
    for key, value in changed.items():
        for name in (old.get(key) or {}).keys() - value.keys() if isinstance(value, dict) else ():
            text = toml_text.take_key(text, (*agent.path, key), name)
    return toml_text.put(text, agent.path, changed)


def _read(agent: agents.Agent, text: str) -> dict[str, Any]:
    try:
        value = tomllib.loads(text.replace("\r\n", "\n")) if agent.is_toml else jsonc.read(text)
    except ValueError as error:
        form = "TOML" if agent.is_toml else "JSON"
        raise errors.SettingsInvalid(f"The settings of {agent.title} are not {form}: {error}.") from None
    if not isinstance(value, dict):
        raise errors.SettingsInvalid(f"The settings of {agent.title} are no object.")
    return value


def _meant(before: dict[str, Any], agent: agents.Agent, entry: dict[str, Any] | None) -> dict[str, Any]:
    after = copy.deepcopy(before)
    table = after
    for key in agent.table:
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            raise errors.SettingsInvalid(f"In the settings of {agent.title}, {key} is no table.")
    if entry is None:
        table.pop(agents.SERVER, None)
    else:
        table[agents.SERVER] = entry
    return after


def _pruned(settings: dict[str, Any], agent: agents.Agent) -> dict[str, Any]:
    """Return the settings without a table of servers that is empty: whether it stands there means nothing."""
    table = settings.get(agent.table[0])
    return {key: value for key, value in settings.items() if key != agent.table[0] or table != {}}

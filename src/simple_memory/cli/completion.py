"""`completion`: a script that lets the shell complete commands, options, filters and ids; and what that script asks.

The script asks anew at each key press, so that it never grows stale; the answer must come in a few dozen milliseconds.
"""

from __future__ import annotations

from simple_memory import config, errors
from simple_memory.cli import command_line, completion_scripts, output

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    import apsw

    from simple_memory.store.completing import Offered

    Commands = Iterable[tuple[str, str, str]]

ASKED = "--words"
"""What the script puts before its shell's name and the words of the line, the last one being typed."""
FILTERS = ("project", "agent", "role", "kind", "tool", "file", "session", "branch", "since", "until", "in")
"""The names before a colon in a query (search/query.py has them too)."""
ROLES = ("user", "assistant", "system", "attachment", "note")
SCOPES = ("conversation", "tools", "all")
TIMES = ("today", "yesterday", "1h", "1d", "3d", "1w", "2w", "1month", "3months", "1year")
FIXED = {"role": ROLES, "in": SCOPES, "scope": SCOPES, "since": TIMES, "until": TIMES}
OF_SESSIONS = ("show", "export", "forget", "restore", "resume")
"""Commands whose words are sessions."""
OF_AGENTS = ("connect", "disconnect")
"""Commands whose words are agents that ask."""
_BREAKS = ":="
_BUSY_MS = 100
"""A key press does not wait longer for another's lock."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("shell", choices=tuple(completion_scripts.SCRIPTS), help="the shell that the script is for")


def run(arguments: argparse.Namespace) -> int:
    """Write the script."""
    output.say(completion_scripts.SCRIPTS[arguments.shell].strip("\n"))
    return errors.EXIT_OK


def run_knowing(given: list[str], commands: Commands) -> int | None:
    """Answer the script; None where this is a person who asks for it. A fault of ours is no answer, never a message."""
    if given[:1] != [ASKED]:
        return None
    try:
        shell, words = given[1], given[2:]
        for value, about in offers(*_joined(shell, words), commands):
            output.say(f"{output.safe(value)}\t{output.safe(' '.join(about.split()))[:60]}")
    except (errors.SimpleMemoryError, OSError, ValueError, IndexError):
        pass
    return errors.EXIT_OK


def _joined(shell: str, words: list[str]) -> tuple[list[str], str]:
    """Return the words of the line, and how the last one begins in a way that the shell keeps by itself.

    bash takes ":" and "=" for words of their own, and replaces what stands after them only.
    """
    if shell != "bash":
        return words, ""
    joined: list[str] = []
    kept = ""
    glue = False
    for word in words:
        is_break = bool(word) and not word.strip(_BREAKS)
        if (is_break or glue) and len(joined) > 1:
            kept = joined[-1] + (word if is_break else "")
            joined[-1] += word
        else:
            kept = ""
            joined.append(word)
        glue = is_break
    return [word.lstrip("\"'") for word in joined], kept.lstrip("\"'")


def offers(words: list[str], kept: str, commands: Commands) -> Offered:
    """Return what the last of `words` may become, without `kept`, its beginning; the first word is the program."""
    before, current = words[1:-1], words[-1]
    if not before:
        found = [(name, about) for name, _, about in commands if name.startswith(current)]
    else:
        module = next((module for name, module, _ in commands if name == before[0]), "")
        found = _of_command(before[0], module, before[-1] if len(before) > 1 else "", current)
    return [(value[len(kept) :], about) for value, about in found if value.startswith(kept)]


def _of_command(command: str, module: str, previous: str, current: str) -> Offered:
    option, is_set, begun = current.partition("=")
    if option.startswith("--") and is_set:
        return [(f"{option}={value}", about) for value, about in _of_option(module, option, begun)]
    if previous.startswith("--") and (found := _of_option(module, previous, current)):
        return found
    if current.startswith("--") or (current == "-" and command != "search"):
        return _options(module, current)
    return _words(command, module, current)


def _words(command: str, module: str, current: str) -> Offered:
    """Return what a word that is no option may become."""
    if command == "search":
        return _filters(current)
    if command in OF_SESSIONS:
        return values("session", current)
    if command in OF_AGENTS:
        from simple_memory.connect import agents

        return [(agent.name, agent.title) for agent in agents.AGENTS if agent.name.startswith(current)]
    return values("file", current) if command == "files" else _choices(module, current)


def _filters(current: str) -> Offered:
    """Return the filters of a query, or the values of the one that is begun. A minus before it stays."""
    sign = "-" if current.startswith("-") else ""
    name, colon, begun = current[len(sign) :].partition(":")
    if not colon:
        return [(f"{sign}{each}:", "") for each in FILTERS if each.startswith(name.lower())]
    if name.lower() not in FILTERS:
        return []
    found = values(name.lower(), begun.lstrip('"'))
    return [(f"{sign}{name}:{_quoted(value)}", about) for value, about in found]


def _quoted(value: str) -> str:
    return f'"{value}"' if any(sign.isspace() for sign in value) else value


def values(name: str, begun: str) -> Offered:
    """Return the values of a filter, or of the option of that name, that begin with `begun`.

    One that holds a key or a token is not offered: hidden it would be another value.
    """
    if name in FIXED:
        return [(value, "") for value in FIXED[name] if value.startswith(begun)]
    if name in {"kind", "tool"}:
        return _tagged(name, begun)
    from simple_memory.store import completing

    ask: dict[str, Callable[[apsw.Connection, str], Offered]] = {
        "project": completing.projects,
        "agent": completing.agents,
        "branch": completing.branches,
        "session": completing.sessions,
        "file": completing.files,
        "model": completing.models,
    }
    if name not in ask:
        return []
    from simple_memory import redaction
    from simple_memory.store import connection as opening

    connection = opening.open_reader(config.find_home(), busy_ms=_BUSY_MS)
    try:
        found = ask[name](connection, begun)
    finally:
        connection.close()
    return [(value, redaction.hide(about) or "") for value, about in found if redaction.hide(value) == value]


def _tagged(kind: str, begun: str) -> Offered:
    """Return what stands in the index as `kind` of messages: a look at its words is faster than at all rows.

    It stands there in small letters; what was typed stays as it was typed, since shells want it so.
    """
    from simple_memory.store import index

    searcher, _ = index.IndexReader(config.find_home().index).searcher()
    tags = searcher.terms_with_prefix(index.TAGS, f"{kind}:{begun.lower()}", limit=100)
    from simple_memory import redaction

    found = ((tag.partition(":")[2], count) for tag, count in tags if redaction.hide(tag) == tag)
    return [(begun + tag[len(begun) :], f"{count:,} messages") for tag, count in found]


def _taken(module: str) -> list[command_line.Argument]:
    """Return what a command takes, but for what is not for people; [] for no command."""
    import importlib

    if not module:
        return []
    takes = command_line.declared(importlib.import_module(module))
    return [argument for argument in takes.arguments if not argument.is_hidden]


def _options(module: str, begun: str) -> Offered:
    found = [(argument.names[0], argument.about) for argument in _taken(module) if argument.names]
    return [(name, about) for name, about in [*found, ("--help", "")] if name.startswith(begun)]


def _of_option(module: str, option: str, begun: str) -> Offered:
    """Return the values that an option takes; [] where it takes none, or any."""
    if (name := option[2:]) in {*FIXED, "project", "agent", "session", "branch", "tool", "kind", "model"}:
        return values(name, begun)
    if name == "in":
        return values("in", begun)
    return next((_chosen(argument, begun) for argument in _taken(module) if option in argument.names), [])


def _choices(module: str, begun: str) -> Offered:
    return [each for argument in _taken(module) if not argument.names for each in _chosen(argument, begun)]


def _chosen(argument: command_line.Argument, begun: str) -> Offered:
    return [(str(each), "") for each in argument.choices if str(each).startswith(begun)]

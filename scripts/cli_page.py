"""docs/cli.md from the parsers themselves: every command, its arguments and its options."""

from __future__ import annotations

import argparse
import importlib.util
from types import ModuleType

from simple_memory import __main__ as program

HEAD = """\
<!-- Written by `make docs` from the parsers. Do not edit. -->
# Commands

`simple-memory COMMAND`. The answer goes to stdout, talk to stderr. With `--json`, the answer is one line of JSON
([fields](json.md)), and so is an error. Colour only on a terminal; `NO_COLOR` is honoured.

| exit code | means |
|---|---|
| 0 | fine, or running |
| 1 | an error; the service has crashed |
| 2 | the command line was not of its form |
| 3 | the service does not run |
| 4 | it cannot be told whether it runs |
| 130 | interrupted |
| 141 | who read the output left, as `head` does |
| 150 | degraded: it runs, but is behind, unresponsive, without room on the disk, or gave up on a worker |

| command | what it does |
|---|---|
"""


def page() -> str:
    """Return docs/cli.md."""
    present = [(name, module, text) for name, module, text in program.COMMANDS if is_there(module)]
    rows = [f"| [`{name}`](#{name}) | {text} |" for name, _, text in present]
    sections = [section(name, importlib.import_module(module), text) for name, module, text in present]
    return HEAD + "\n".join(rows) + "\n\n" + "\n".join(sections)


def is_there(module: str) -> bool:
    """Return whether a command's module is in this build."""
    return importlib.util.find_spec(module) is not None


def section(name: str, module: ModuleType, text: str) -> str:
    """Return what a command takes, as a section of the page."""
    parser = program.build_parser(name, module)
    actions = [action for action in parser._actions if action.help != argparse.SUPPRESS]  # noqa: SLF001
    actions = [action for action in actions if not isinstance(action, argparse._HelpAction)]  # noqa: SLF001
    lines = [f"## {name}\n", f"{text[0].upper()}{text[1:]}.\n"]
    lines += ["```", usage(name, actions), "```", ""]
    if actions:
        lines += ["| | |", "|---|---|", *(f"| {shown(action)} | {explained(action)} |" for action in actions), ""]
    return "\n".join(lines)


def usage(name: str, actions: list[argparse.Action]) -> str:
    """Return the usage line: what argparse would say, the same in every version of Python."""
    parts = [_part(action) for action in [*_optional(actions), *_positional(actions)]]
    return " ".join([program.PROGRAM, name, *parts])


def _optional(actions: list[argparse.Action]) -> list[argparse.Action]:
    return [action for action in actions if action.option_strings]


def _positional(actions: list[argparse.Action]) -> list[argparse.Action]:
    return [action for action in actions if not action.option_strings]


def _part(action: argparse.Action) -> str:
    if action.option_strings:
        value = placeholder(action)
        return f"[{action.option_strings[0]}{' ' + value if value else ''}]"
    word = placeholder(action)
    return {"?": f"[{word}]", "*": f"[{word} …]", "+": f"{word} …"}.get(str(action.nargs), word)


def placeholder(action: argparse.Action) -> str:
    """Return the word that stands for an action's value; "" where it takes none."""
    if action.nargs == 0:
        return ""
    if action.choices is not None:
        return "{" + "|".join(map(str, action.choices)) + "}"
    word = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    return f"[{word}]" if action.option_strings and action.nargs == "?" else word


def shown(action: argparse.Action) -> str:
    """Return an action as the first cell of its row."""
    names = ", ".join(f"`{option}`" for option in action.option_strings)
    value = placeholder(action).replace("|", "\\|")
    return f"{names} {f'`{value}`' if value else ''}".strip()


def explained(action: argparse.Action) -> str:
    """Return the help of an action as the second cell of its row."""
    text = (action.help or "") % vars(action)
    return text.replace("|", "\\|")

"""`connect`: register the MCP server with the agents that are here; parses, plans, shows, asks, writes, checks."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from simple_memory import config, errors
from simple_memory.cli import output
from simple_memory.connect import agents, changes, edit, probe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "agents", nargs="*", metavar="AGENT", help=f"{', '.join(agents.NAMES)}; all that are here if none"
    )
    parser.add_argument("--yes", action="store_true", help="write without asking")
    parser.add_argument("--print", action="store_true", help="show what to enter by hand; write nothing")
    parser.add_argument(
        "--check", action="store_true", help="start what is registered, as the agent would, and say what it will see"
    )
    parser.add_argument("--json", action="store_true", help="answer as JSON; without --yes nothing is written")


def run(arguments: argparse.Namespace) -> int:
    """Register, show or check. Returns 1 where an agent could not be served."""
    chosen = agents.chosen(arguments.agents)
    if arguments.check:
        return _check(chosen, arguments)
    if not chosen:
        raise errors.NotFound("None of the known agents is here.", f"Name one: {', '.join(agents.NAMES)}.")
    command = agents.own_command()
    if arguments.print:
        return _print(chosen, command, as_json=arguments.json)
    planned = changes.to_connect(chosen, command)
    return carry_out(planned, arguments, done="connected", kept="already connected", verb="connect")


def carry_out(planned: list[changes.Change], arguments: argparse.Namespace, *, done: str, kept: str, verb: str) -> int:
    """Show the planned changes, ask, write them and tell what came of each. Returns the exit code."""
    needed = [change for change in planned if change.is_needed]
    if not arguments.json:
        _show(needed)
        if needed and not arguments.yes and not _agreed(len(needed)):
            raise errors.UsageError("Nothing was changed.", f"`simple-memory {verb} --yes` changes without asking.")
    if arguments.yes or not arguments.json:
        for change in needed:
            change.apply()
    told = [(change, _state(change, done, kept, verb)) for change in planned]
    return _tell_all(told, as_json=arguments.json)


def _tell_all(told: list[tuple[changes.Change, str]], *, as_json: bool) -> int:
    if as_json:
        output.emit_json({"agents": [_as_json(change, state) for change, state in told]})
    else:
        for change, state in told:
            _tell(change, state)
    return errors.EXIT_ERROR if any(change.error for change, _ in told) else errors.EXIT_OK


def _show(needed: list[changes.Change]) -> None:
    for change in needed:
        output.say(_coloured(output.safe(change.diff(), lines=True)))


def _state(change: changes.Change, done: str, kept: str, verb: str) -> str:
    if change.error:
        return "failed"
    if change.is_done:
        return done
    return f"to {verb}" if change.is_needed else kept


def _as_json(change: changes.Change, state: str) -> dict[str, object]:
    return {
        "agent": change.agent.name,
        "state": state.replace(" ", "_"),
        "path": change.path,
        "diff": change.diff() if change.is_needed else "",
        "backup": change.backup,
        "error": _error(change.error),
    }


def _error(error: errors.SimpleMemoryError | None) -> dict[str, str] | None:
    return {"code": error.code, "message": error.message, "hint": error.hint} if error else None


def _tell(change: changes.Change, state: str) -> None:
    line = f"{change.agent.title}: {state}"
    if change.error:
        output.talk(output.safe(f"{line}. {change.error.message} {change.error.hint}".rstrip()))
        return
    if change.is_done:
        line += ". Start it anew to see the change" + (f"; what it was: {change.backup}" if change.backup else "")
    output.say(output.safe(line + "."))


def _agreed(count: int) -> bool:
    """Ask the person; without a terminal nobody can agree."""
    if not sys.stdin.isatty():
        return False
    sys.stderr.write(f"Change {'this file' if count == 1 else f'these {count} files'}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _coloured(diff: str) -> str:
    styles = {"+": "green", "-": "red", "@": "cyan"}
    return "\n".join(output.paint(line, styles[line[0]]) if line[:1] in styles else line for line in diff.split("\n"))


def _print(chosen: list[agents.Agent], command: agents.Command, *, as_json: bool) -> int:
    shown = [(agent, agent.settings(), edit.fragment(agent, command)) for agent in chosen]
    if as_json:
        output.emit_json({"agents": [{"agent": agent.name, "path": path, "text": text} for agent, path, text in shown]})
        return errors.EXIT_OK
    for agent, path, text in shown:
        output.say(output.paint(output.safe(f"{agent.title}, in {path}:"), "bold"))
        output.say(output.safe(text, lines=True))
    return errors.EXIT_OK


def _check(chosen: list[agents.Agent], arguments: argparse.Namespace) -> int:
    """Ask the chosen agents' servers; exit code 1 where none answers, one fails, or one that was named has none."""
    rows = [_checked(agent) for agent in chosen]
    states = {row["state"] for row in rows}
    if arguments.json:
        output.emit_json({"agents": rows})
    else:
        for row in rows:
            _tell_check(row)
        if "ok" not in states:
            output.talk("No agent is connected: `simple-memory connect` connects those that are here.")
    allowed = {"ok"} if arguments.agents else {"ok", "not_connected"}
    return errors.EXIT_OK if "ok" in states and states <= allowed else errors.EXIT_ERROR


def _checked(agent: agents.Agent) -> dict[str, Any]:
    row: dict[str, Any] = {"agent": agent.name, "state": "not_connected", "path": agent.settings()}
    try:
        command = changes.command_of(agent)
        if command is None:
            return row
        row["command"] = [command.program, *command.arguments]
        seen = probe.probe(command)
    except errors.SimpleMemoryError as error:
        return {**row, "state": "failed", "error": _error(error)}
    about = {"name": seen.server, "version": seen.version}
    return {
        **row, "state": "ok", "server": about, "protocol": seen.protocol, "tools": list(seen.tools),
        "took_ms": seen.took_ms, "home": dict(command.environment).get("SIMPLE_MEMORY_HOME", config.find_home().root),
    }  # fmt: skip


def _tell_check(row: dict[str, Any]) -> None:
    title = next(agent.title for agent in agents.AGENTS if agent.name == row["agent"])
    if row["state"] == "ok":
        tools = f"{len(row['tools'])} tools ({', '.join(row['tools'])})"
        server = f"{row['server']['name']} {row['server']['version']}"
        output.say(output.safe(f"{title}: {server} answers in {row['took_ms']:.0f} ms; it will see {tools}."))
    elif row["state"] == "failed":
        output.talk(output.safe(f"{title}: {row['error']['message']} {row['error']['hint']}".rstrip()))
    else:
        output.say(f"{title}: not connected.")

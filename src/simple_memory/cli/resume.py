"""`resume`: the agent's own command that goes on with a session, in the folder where it finds it; printed, or run."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable

from simple_memory import config, errors
from simple_memory.cli import output
from simple_memory.records import NamedTuple
from simple_memory.store import archived, connection, reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    import apsw


class Problem(NamedTuple):
    """Why the command would not work now: a word for programs, a sentence, and what to do."""

    code: str
    message: str
    hint: str


class Resumption(NamedTuple):
    """How to go on with `session`: `command` with `variables` set, in `folder`. It works where `problems` is empty.

    `asked` is the session that was asked for: a sub-agent's, where `session` is its parent.
    """

    session: str
    asked: str
    agent: str
    folder: str
    command: tuple[str, ...]
    variables: dict[str, str]
    problems: tuple[Problem, ...]

    @property
    def shell(self) -> str:
        """The whole as one line for a shell."""
        given = [f"{name}={shlex.quote(value)}" for name, value in self.variables.items()]
        return f"cd {shlex.quote(self.folder)} && {' '.join([*given, shlex.join(self.command)])}"


def _claude_code(session: str, transcripts: list[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Claude Code looks for a session below its folder of settings, by the directory in which it is started."""
    there = [path for path in transcripts if os.path.exists(path)]
    root = (there or transcripts or [""])[0].rpartition("/projects/")[0]
    is_usual = not root or root == config.claude_own_folder()
    return ("claude", "--resume", session), {} if is_usual else {"CLAUDE_CONFIG_DIR": root}


_Making = Callable[[str, list[str]], tuple[tuple[str, ...], dict[str, str]]]
AGENTS: dict[str, _Making] = {"claude-code": _claude_code}
"""Per agent: from a session's id and the paths of its transcripts, the command and the variables that it needs."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("session", metavar="SESSION", help="a session's id, the beginning of it, or its title")
    parser.add_argument("--run", action="store_true", help="run it, in the right folder, instead of printing it")
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Find out how to go on, and print or run it."""
    if arguments.run and arguments.json:
        raise errors.UsageError("--run hands over to the agent, which answers no JSON.", "Give one of the two.")
    database = connection.open_reader(config.find_home())
    found = look(database, reader.resolve_session(database, arguments.session))
    if arguments.json:
        output.emit_json(_as_json(found))
        return errors.EXIT_ERROR if found.problems else errors.EXIT_OK
    if found.asked != found.session:
        output.talk(f"{output.safe(found.asked)} is a sub-agent; its parent can be resumed.")
    for problem in found.problems:
        output.talk(output.safe(problem.message))
        output.talk(output.safe(problem.hint))
    if found.problems:
        return errors.EXIT_ERROR
    if arguments.run:
        launch(found)
    output.say(output.safe(found.shell))
    return errors.EXIT_OK


def look(database: apsw.Connection, session: str) -> Resumption:
    """Return how to go on with the session whose whole id is `session`. Raises NotFound."""
    asked = reader.session_row(database, session)
    row = asked
    while row.kind == "subagent" and row.parent:
        row = reader.session_row(database, row.parent)
    files = archived.files_of_session(database, row.session)
    transcripts = [file.path for file in files if file.session == row.session and file.path.endswith(".jsonl")]
    making = AGENTS.get(row.agent)
    command, variables = making(row.session, transcripts) if making else ((), {})
    found = Resumption(row.session, asked.session, row.agent, row.project, command, variables, ())
    return found._replace(problems=tuple(_problems(found, transcripts)))


def launch(found: Resumption) -> None:
    """Become the agent, in the session's folder; never returns. Raises NotFound where the agent is not installed."""
    environment = config.environment_with(found.variables)
    program = shutil.which(found.command[0])
    if program is None:
        raise errors.NotFound(f"There is no program {found.command[0]!r} here.", f"To run it yourself: {found.shell}")
    os.chdir(found.folder)
    os.execve(program, found.command, environment)  # noqa: S606 - no shell is wanted


def _problems(found: Resumption, transcripts: list[str]) -> list[Problem]:
    if not found.command:
        return [
            Problem(
                "no_command",
                f"How {found.agent} resumes a session is not known here.",
                f"`simple-memory show {found.session}` shows all of it.",
            )
        ]
    problems = []
    if not any(map(os.path.exists, transcripts)):
        problems.append(
            Problem(
                "deleted_at_source",
                f"{found.agent} has deleted the transcript of {found.session}, and could not resume it.",
                f"`simple-memory restore {found.session} --touch` gives it back; then resume.",
            )
        )
    if not os.path.isdir(found.folder):
        problems.append(
            Problem(
                "folder_gone",
                f"The session's folder is gone: {found.folder}",
                f"{found.agent} finds the session from there alone: make it again, or move it back.",
            )
        )
    return problems


def _as_json(found: Resumption) -> dict[str, object]:
    return {
        "session": found.session,
        "asked": found.asked,
        "agent": found.agent,
        "folder": found.folder,
        "command": list(found.command),
        "variables": found.variables,
        "shell": found.shell if found.command else None,
        "problems": [problem._asdict() for problem in found.problems],
    }

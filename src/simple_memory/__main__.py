"""The command line's front door: finds the command, hands over, turns errors into sentences and exit codes.

Not the place of any command. A command's module is imported when it is called and never before.
"""

from __future__ import annotations

import gc
import os
import sys

from simple_memory import __version__, errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from types import ModuleType

COMMANDS = (
    ("start", "simple_memory.cli.start", "run the service: here, or in the background with --daemon"),
    ("stop", "simple_memory.cli.stop", "end the service"),
    ("restart", "simple_memory.cli.restart", "end the service and start it again in the background"),
    ("status", "simple_memory.cli.status", "show how the service and the memory are"),
    ("logs", "simple_memory.cli.logs", "show what the service wrote down"),
    ("service", "simple_memory.cli.service", "have the system start it at login: install, uninstall, status"),
    ("sync", "simple_memory.cli.sync", "read new transcripts now"),
    ("search", "simple_memory.cli.search", "find what was said"),
    ("show", "simple_memory.cli.show", "read a session"),
    ("browse", "simple_memory.cli.browse", "search and read full-screen in the terminal"),
    ("resume", "simple_memory.cli.resume", "print or run the agent's own command that goes on with a session"),
    ("sessions", "simple_memory.cli.sessions", "list sessions, newest first"),
    ("projects", "simple_memory.cli.projects", "list projects"),
    ("files", "simple_memory.cli.files", "show where a file was read, written and edited, and each change"),
    ("sql", "simple_memory.cli.sql", "ask the memory in SQL, read-only"),
    (
        "stats",
        "simple_memory.cli.stats",
        "count messages, tokens and cost; show what takes the room",
    ),
    ("export", "simple_memory.cli.export", "a session, or everything, as lossless JSON lines, Markdown or HTML"),
    ("import", "simple_memory.cli.import_", "take an export of another memory into this one"),
    ("restore", "simple_memory.cli.restore", "give an agent its own transcripts back, byte for byte"),
    ("backup", "simple_memory.cli.backup", "make a checked copy of the database, or put one in place"),
    ("doctor", "simple_memory.cli.doctor", "check everything, and mend what can be mended"),
    ("forget", "simple_memory.cli.forget", "take sessions, or lines with a phrase, out of the memory for good"),
    ("shrink", "simple_memory.cli.shrink", "drop old images and long tool output; what was said stays"),
    ("reset", "simple_memory.cli.reset", "erase the memory and start over"),
    ("connect", "simple_memory.cli.connect", "let your agents ask: register with those that are here"),
    ("disconnect", "simple_memory.cli.disconnect", "take the memory out of the agents' settings"),
    ("completion", "simple_memory.cli.completion", "let your shell complete commands, filters and ids"),
    ("mcp", "simple_memory.cli.mcp", "serve agents over MCP on standard input and output"),
)
"""Every command: its name, its module, and what it does in one line."""

ONLY_READ = frozenset({"completion", "files", "projects", "search", "sessions", "show", "stats", "status"})
"""Commands that leave nothing to do when their answer is written: no thread, no process, no open file."""

_OBJECTS = 100_000
"""What a command that only reads may make before Python looks for cycles: to load its modules sets that off often."""

PROGRAM = "simple-memory"


def main(arguments: list[str] | None = None) -> int:
    """Run one command line (`sys.argv[1:]` if None) and return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    _open_what_is_closed()
    try:
        code = _dispatch(given)
        sys.stdout.flush()
    except errors.SimpleMemoryError as error:
        return _tell(error, "--json" in given)
    except KeyboardInterrupt:
        return errors.EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of our output left, as `head` does
        _silence_output()
        return errors.EXIT_NO_READER
    except OSError as error:
        return _tell(_refusal(error), "--json" in given)
    except Exception as error:
        broken = next((one for one in given if not _is_text(one)), None)
        if isinstance(error, UnicodeError) and broken is not None:
            return _tell(errors.UsageError(f"{broken!r} is no text in UTF-8."), "--json" in given)
        return _break_down(error, "--json" in given)
    return code


def _is_text(argument: str) -> bool:
    try:
        argument.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def run() -> None:
    """Run the command line of this process, and end it: what `simple-memory` is.

    After a command that only reads, the system takes what is left: all is written and closed by then, and to take
    Python and the libraries down piece by piece would take as long as a bare Python does in all.
    """
    only_reads = sys.argv[1:2] and sys.argv[1] in ONLY_READ
    if only_reads:
        gc.set_threshold(_OBJECTS)
    code = main()
    if only_reads:
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _open_what_is_closed() -> None:
    """Put nothing where standard input, output or error was closed, for which Python has None.

    Else a file of ours would get that number, and what is written there.
    """
    if None not in {sys.stdin, sys.stdout, sys.stderr}:
        return
    while (opened := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(opened, True)
    os.close(opened)
    sys.stdin = sys.stdin or os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)


def _dispatch(given: list[str]) -> int:
    if not given:
        sys.stderr.write(_overview())
        return errors.EXIT_USAGE
    name, rest = given[0], given[1:]
    if name in {"-h", "--help", "help"} and not rest:
        sys.stdout.write(_overview())
        return errors.EXIT_OK
    if name in {"-V", "--version", "version"}:
        sys.stdout.write(f"{PROGRAM} {__version__}\n")
        return errors.EXIT_OK
    if name == "help":
        name, rest = rest[0], ["--help"]
    module = _load(name)
    code = _run_unread(module, rest)
    return int(module.run(_read(name, module, rest))) if code is None else code


def _run_unread(module: ModuleType, rest: list[str]) -> int | None:
    """Return the exit code of a command that takes its words as they are; None where it is not one, or not for them."""
    code: int | None = None
    if hasattr(module, "run_knowing"):  # a command about the commands
        code = module.run_knowing(rest, COMMANDS)
    if code is None and hasattr(module, "run_quickly"):
        code = module.run_quickly(rest)
    return code


def _read(name: str, module: ModuleType, rest: list[str]) -> argparse.Namespace:
    """Return what the words after the command `name` mean; argparse is loaded only where they are not ordinary."""
    from simple_memory.cli import command_line

    arguments = command_line.read(module, rest)
    if arguments is None:
        parser = build_parser(name, module)
        parse = getattr(module, "parse", None)  # of a command whose words may look like options
        arguments = parser.parse_args(rest) if parse is None else parse(parser, rest)
    return arguments


def _load(name: str) -> ModuleType:
    """Return the module of the command `name`; raises UsageError where there is none."""
    module_name = next((module for known, module, _ in COMMANDS if known == name), "")
    if not module_name:
        raise errors.UsageError(f"There is no command {name!r}.", _nearest(name))
    import importlib

    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:
            raise
        raise errors.UsageError(
            f"The command `{name}` is not available in this build.", f"`{PROGRAM} --help` lists the commands."
        ) from None


def _nearest(name: str) -> str:
    import difflib

    close = difflib.get_close_matches(name, [known for known, _, _ in COMMANDS], 1)
    return f"Did you mean `{PROGRAM} {close[0]}`?" if close else f"`{PROGRAM} --help` lists the commands."


def build_parser(name: str, module: ModuleType) -> argparse.ArgumentParser:
    """Return the argument parser of the command `name`; what it refuses is raised as UsageError."""
    import argparse

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> None:  # type: ignore[override] # raises: never returns either
            raise errors.UsageError(f"{PROGRAM} {name}: {message}.", self.format_usage().strip())

    help_line = next(text for known, _, text in COMMANDS if known == name)
    parser = Parser(prog=f"{PROGRAM} {name}", description=f"{help_line[0].upper()}{help_line[1:]}.", allow_abbrev=False)
    module.add_arguments(parser)
    return parser


def _overview() -> str:
    lines = [f"{PROGRAM} {__version__}: the memory of people who work with coding agents", "", "Commands:"]
    lines += [f"  {name:<10} {text}" for name, _, text in COMMANDS]
    lines += ["", f"`{PROGRAM} COMMAND --help` tells more.", ""]
    return "\n".join(lines)


def _refusal(error: OSError) -> errors.SimpleMemoryError:
    place = f" {error.filename}" if error.filename else ""
    return errors.SimpleMemoryError(f"The system refused{place}: {error.strerror or error}.")


def _tell(error: errors.SimpleMemoryError, as_json: bool) -> int:
    from simple_memory.cli import output

    try:
        if not _answered(error, as_json):
            output.talk(output.safe(error.message))
            if error.hint:
                output.talk(output.safe(error.hint, lines=True))
    except BrokenPipeError:
        _silence_output()
        return errors.EXIT_NO_READER
    return error.exit_code


def _answered(error: errors.SimpleMemoryError, as_json: bool) -> bool:
    """Write an error as JSON if that is asked for; return whether that was done. On a full disk nothing can be."""
    from simple_memory.cli import output

    try:
        if as_json:
            output.emit_json({"error": {"code": error.code, "message": error.message, "hint": error.hint}})
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError:
        _silence_output()
        return False
    return as_json


def _break_down(error: Exception, as_json: bool) -> int:
    """Tell of a fault of ours: all of it, since it is to be reported."""
    import traceback

    traceback.print_exc()
    told = errors.SimpleMemoryError(
        f"Simple Memory has a fault: {error!r}.", "Please report it, with what stands above."
    )
    told.code = "internal"
    return _tell(told, as_json)


def _silence_output() -> None:
    """Point stdout at nothing, so that the interpreter's last flush does not complain."""
    from simple_memory.cli import output

    output.silence(sys.stdout)


if __name__ == "__main__":
    sys.exit(main())

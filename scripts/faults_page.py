"""docs/faults.md: which test proves which fault, from the marks `@pytest.mark.fault("L1")` in the tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

HEAD = """\
<!-- Written by `make docs` from the marks in the tests. Do not edit. -->
# Faults

What goes wrong, with services, transcripts, disks and agents, and what must be seen then. Each row is proved by the
tests beside it: they bring the fault about, with real processes, files and signals. Tests that a machine cannot run
(no root, no `unshare`, `strace`, `faketime` or `fiu-run`) are skipped by name. *Long* ones run with `make chaos`.
"""

ROWS = {
    "Life cycle": {
        "L1": ("many starts at once", "one service; every start exits 0"),
        "L2": ("start while it runs", '"already running, pid N", exit 0'),
        "L3": ("a worker is killed", "it serves again within 3 s, nothing is lost, status shows the restart"),
        "L4": ("the supervisor is killed", "no worker outlives it by more than 2 s; the next start works"),
        "L5": ("nothing runs", "status exits 3; stop says so and exits 0"),
        "L6": ("a frozen worker or supervisor", "status says unresponsive, exit 150; plain stop ends it"),
        "L7": ("a worker ignores SIGTERM", "stop exits 1 with a hint; stop --force ends it"),
        "L8": ("a pid that another process has by now", "never signalled, never reported as ours"),
        "L9": ("look-alikes, a foreign listener on our port", "left alone; start says what is wrong"),
        "L10": ("a zombie", "never reported as running; none is left after 200 crashes"),
        "L11": ("a start that fails", "exit 1 with a cause; no process is left"),
        "L12": ("the terminal is closed", "the service lives"),
        "L13": ("a worker crashes again and again", "1, 2, 4, 8, 16 s, then it gives up and status says so"),
        "L14": ("the home is deleted under it", "it ends, and writes nothing elsewhere"),
        "L15": ("a newer program, an older service", "start restarts it once"),
        "L16": ("the clock jumps by years", "the heart beats on, nothing is read again"),
        "L17": ("a reboot", "not running; nobody is signalled"),
        "L18": ("everything hangs, a million messages", "status is instant, at most 20 lines, and writes nothing"),
        "L19": ("alive, and deaf", "the slow look catches up; status is degraded, not healthy"),
    },
    "Transcripts": {
        "T1": ("a line is read before all of it is written", "in the end the store is what one pass makes of it"),
        "T2": ("the sync is killed, again and again", "nothing is lost and nothing doubled"),
        "T3": ("bytes that are no record, two records on a line", "kept and counted; all else is stored"),
        "T4": ("text that is no text", "stored readable; lines end at a line feed alone"),
        "T5": ("one record that cannot be right", "set aside alone"),
        "T6": ("a line of a gigabyte", "archived in bounded memory and counted; all else is stored"),
        "T7": ("cut, rewritten, replaced", "noticed; every version is kept, no message twice"),
        "T8": ("deleted by its agent", "it stays, is found, and comes back byte for byte"),
        "T9": ("the same message in several sessions", "each shows it; totals count it once"),
        "T10": ("what lies there and is no file", "passed over with one warning; nothing blocks"),
        "T11": ("names of any bytes, folders that begin with a dot", "read, and read live"),
        "T12": ("a steady stream of lines", "each is seen while the stream goes on"),
        "T13": ("the system gives no watches", "it looks by itself, says so, and nothing is lost"),
        "T14": ("ten thousand files at once", "all are stored, with few files open"),
        "T15": ("a folder that cannot be listed", "nothing in it is taken for deleted"),
        "T16": ("reading fails", "it is tried again from the same place"),
    },
    "Store": {
        "S1": ("the disk is full", "status says so; with room it goes on by itself, nothing is lost"),
        "S2": ("writing fails, or stops half-way", "not taken for written; a new connection tries again; no damage"),
        "S3": ("the power goes", "never damaged; at worst the newest lines are read again"),
        "S4": ("a damaged database", "noticed, moved aside, and made again with nothing lost"),
        "S5": ("empty, foreign, or of a newer version", "refused in a sentence, and left as it is"),
        "S6": ("a reader that does not end", "the journal is bounded, with an alarm before; our own readers are ended"),
        "S7": ("another program keeps the database locked", "it waits, says busy, and loses nothing"),
        "S8": ("a second writer", "refused; and were it not, nothing would be lost or doubled"),
        "S9": ("a migration is killed", "the old schema or the new one, and a backup"),
        "S10": ("a backup while an import runs", "it ends, is whole, and restores to what it counted"),
        "S11": ("the database's files opened by hand beside SQLite", "no code of ours ever does"),
        "S12": ("a home on a network's file system", "status and doctor say what that means"),
        "S13": (
            "a database of an earlier build or version",
            "each command says what to do; sync, start and doctor do it after a backup",
        ),
        "S14": (
            "the database is removed or replaced while it is open",
            "noticed; what is there now is opened, or a new one made, and read into; journals are never mixed",
        ),
    },
    "MCP server and SQL": {
        "M1": ("the agent closes the pipe", "the server ends within a second"),
        "M2": ("the agent is killed, and its pipe is held by another", "the server ends within two seconds"),
        "M3": ("garbage, huge messages, unknown names", "an error each; the server stays, and stays small"),
        "M4": ("no database, or one that is locked or damaged", "each tool says so in one sentence"),
        "M5": ("hostile SQL", "refused or cut off; nothing is written; questions are answered"),
        "M6": ("a stranger on the port", "learns nothing"),
        "M7": ("twenty agents at once", "every question is answered, in bounded memory"),
        "M8": ("stored text that gives orders", "quoted as what it is, with its source"),
    },
    "Limits and privacy": {
        "P1": ("a flood of log lines", "the cap holds at every instant; the newest line is seen"),
        "P2": ("no log folder, no room", "the service works on"),
        "P3": ("umask 000", "folders 0700, files and sockets 0600"),
        "P4": ("another user", "reads nothing"),
        "P5": ("planted links", "refused or replaced; the target is untouched"),
        "P6": ("a home that is open, or another's", "repaired, or refused and named"),
        "P7": ("secrets in transcripts", "not in logs, not in status, redacted on the way out"),
        "P8": ("control characters", "escaped in terminals and logs"),
        "P9": ("a phrase, a session or a project is to be forgotten", "gone from every file, and it stays gone"),
        "P10": ("little memory, few files", "a clear error, recovery, nothing lost"),
        "P11": ("a hostile environment", "it does not reach the service"),
        "P12": (
            "a config.toml that is a pipe, a device, no TOML, or nonsense",
            "refused at once, in one sentence",
        ),
        "P13": ("no /proc", "the service is seen and ended all the same"),
        "P14": ("a home that is mounted read-only", "what reads the database reads; the rest says why it cannot"),
        "P15": ("arguments that are no text, a locale without UTF-8", "a sentence, or an answer"),
    },
}
"""What each row is about: (fault, what must be seen). Every one of them has a test."""


def proofs(folder: Path) -> dict[str, list[tuple[str, str, bool]]]:
    """Return, per row, its tests below `folder`: (path from the root, name, whether it is a long one)."""
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        for function in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                marks = list(_marks(function))
                rows = [row for name, given in marks for row in given if name == "fault"]
                is_long = any(name == "chaos" for name, _ in marks)
                for row in rows:
                    found.setdefault(row, []).append((str(path.relative_to(ROOT)), function.name, is_long))
    return found


def _marks(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, list[str]]]:
    """Yield each mark of a test with its texts."""
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        given = decorator.args if isinstance(decorator, ast.Call) else []
        if isinstance(called, ast.Attribute) and ast.unparse(called.value) == "pytest.mark":
            yield called.attr, [str(one.value) for one in given if isinstance(one, ast.Constant)]


def page() -> str:
    """Return the whole page. Raises KeyError for a row without a test."""
    found = proofs(ROOT / "tests")
    parts = [HEAD]
    for title, rows in ROWS.items():
        parts.append(f"\n## {title}\n\n| row | fault | what is seen | tests |\n|---|---|---|---|\n")
        parts += [f"| {row} | {fault} | {seen} | {_cell(found[row])} |\n" for row, (fault, seen) in rows.items()]
    return "".join(parts)


def _cell(tests: list[tuple[str, str, bool]]) -> str:
    return "<br>".join(
        f"[{name.removeprefix('test_').replace('_', ' ')}](../{path})" + (" (*long*)" if is_long else "")
        for path, name, is_long in tests
    )
